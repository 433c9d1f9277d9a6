/* Every byte of every handshake that was recorded has a field with a name, and every code point in
 * it has one too: in all recordings of captures/, with their key logs. */
#include <check.h>
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "dissectors/tls/fields.h"
#include "dissectors/tls/handshake.h"
#include "dissectors/tls/registry/registry.h"
#include "tests/recording.h"

Suite *named_suite(void);

enum { GROUP_LEAST = 4, PLACE = 128 };

/* Where something without a name was found. */
struct nameless {
	char where[PLACE * 8];
	size_t n, messages;
};

static void complain(struct nameless *found, const char *recording, const struct unfolded *u,
                     const char *what, uint32_t at)
{
	size_t len = strlen(found->where);
	found->n++;
	snprintf(found->where + len, sizeof found->where - len, "%s, frame %u: %s at byte %u\n",
	         recording, u->event.first_frame, what, at);
}

/* What a row says of its bytes: a field of its own all of them, a vector its length alone, and a
 * group of fields nothing. */
static uint32_t named_bytes(const struct field_row *r)
{
	bool vector = tls_field(r->field)->shape == FIELD_VECTOR;
	if (!vector)
		return r->len;
	return r->value == 0 && r->len >= GROUP_LEAST ? 0 : r->len - (uint32_t)r->value;
}

static void look_at_row(struct nameless *found, const char *recording, const struct unfolded *u,
                        const struct field_row *r)
{
	const struct field_info *f = tls_field(r->field);
	bool opaque = r->field == F_EXTENSION_OPAQUE || r->field == F_OTHER_MESSAGE;
	if (opaque && r->len > 0)
		complain(found, recording, u, "bytes of nothing", r->at);
	if (f->shape == FIELD_NUMBER && f->values != REG_NONE &&
	    registry_name(f->values, (uint32_t)r->value) == NULL)
		complain(found, recording, u, f->name, r->at);
}

static void look_at_message(struct nameless *found, const char *recording, const struct unfolded *u)
{
	uint8_t *named = calloc(u->bytes.len + 1, 1);
	ck_assert_ptr_nonnull(named);
	for (uint32_t i = 0; i < u->n_rows; i++) {
		look_at_row(found, recording, u, &u->row[i]);
		memset(named + u->row[i].at, 1, named_bytes(&u->row[i]));
	}
	uint8_t *hole = memchr(named, 0, u->bytes.len);
	if (hole != NULL)
		complain(found, recording, u, "no field", (uint32_t)(hole - named));
	free(named);
	found->messages++;
}

static void look_at_session(struct nameless *found, const char *recording, const char *path,
                            const struct keyring *keys, struct pki *pki, const struct session *s)
{
	struct recorded again;
	struct arena a = {0};
	struct unfold u = {0};
	struct replay r = {
		.first_frame = s->first_frame, .last_frame = s->last_frame, .arena = &a, .out = &u};
	memcpy(r.endpoint, s->endpoint, sizeof r.endpoint);
	recording_run(path, keys, pki, &r, &again);
	for (uint32_t i = 0; i < u.n_items; i++)
		if (u.item[i].n_rows > 0 && !u.item[i].event.partial)
			look_at_message(found, recording, &u.item[i]);
	for (size_t i = 0; i < again.n; i++)
		engine_session_free(again.session[i]);
	arena_free(&a);
}

static void look_at_recording(struct nameless *found, const char *recording)
{
	char why[256] = "", path[512];
	struct pki_options options = {.no_system = true, .at = MOMENT_UNKNOWN};
	struct recorded all;
	snprintf(path, sizeof path, "%s", recording_path(recording, "capture.pcap"));
	if (access(path, R_OK) != 0)
		snprintf(path, sizeof path, "%s", recording_path(recording, "capture.pcapng"));
	if (access(path, R_OK) != 0)
		return; /* a folder of something else */
	struct pki *pki = pki_new(&options, why, sizeof why);
	struct keyring *keys = keyring_new();
	ck_assert(pki != NULL && keys != NULL);
	if (access(recording_path(recording, "keys.log"), R_OK) == 0)
		keyring_add_log(keys, recording_path(recording, "keys.log"), why, sizeof why);
	recording_run(path, keys, pki, NULL, &all);
	for (size_t i = 0; i < all.n; i++) {
		look_at_session(found, recording, path, keys, pki, all.session[i]);
		engine_session_free(all.session[i]);
	}
	keyring_free(keys);
	pki_free(pki);
}

START_TEST(every_byte_and_every_code_point_of_every_recorded_handshake_has_a_name)
{
	static struct nameless found;
	DIR *folder = opendir(recording_path("", ""));
	ck_assert_ptr_nonnull(folder);
	for (struct dirent *e = readdir(folder); e != NULL; e = readdir(folder))
		if (e->d_name[0] != '.')
			look_at_recording(&found, e->d_name);
	closedir(folder);
	ck_assert_uint_gt(found.messages, 500);
	ck_assert_msg(found.n == 0, "%zu without a name:\n%s", found.n, found.where);
}
END_TEST

Suite *named_suite(void)
{
	Suite *s = suite_create("named");
	TCase *c = tcase_create("recordings");
	tcase_set_timeout(c, 300);
	tcase_add_test(c, every_byte_and_every_code_point_of_every_recorded_handshake_has_a_name);
	suite_add_tcase(s, c);
	return s;
}
