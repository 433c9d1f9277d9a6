/* Drives one conversation as TCP does: bytes that are not taken are kept and offered again when the
 * talk asks for them, and when the stream ends. What came out is written as text, each side in its
 * own order, so that two runs can be compared. Places are stream offsets plus 1. */
#ifndef KEYHOLE_TESTS_TALK_DRIVER_H
#define KEYHOLE_TESTS_TALK_DRIVER_H

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "dissectors/tls/talk.h"

enum { LINE_ROOM = 1 << 19, DRIVER_ROWS = 1 << 14, SUMMARY_ROOM = 1 << 17 };

struct line {
	uint8_t *byte; /* LINE_ROOM bytes */
	uint64_t base; /* stream offset of byte[0] */
	size_t len, used, need;
	bool over;
};

struct driver {
	struct arena arena;
	struct session s;
	struct tls_sink sink;
	struct tls_talk *k;
	struct line line[2];
	struct cert cert;
	const struct cert *certs[1];
	struct chain chain;
	uint32_t chain_sum[2];
	struct trace trace;
	uint32_t n_seen;
	const char *broken; /* a sentence when the talk broke a promise */
};

static inline void driver_demand(struct driver *d, bool what, const char *why)
{
	if (!what && d->broken == NULL)
		d->broken = why;
}

static inline uint32_t driver_place(void *ctx, enum side from, uint64_t at)
{
	struct driver *d = ctx;
	const struct line *l = &d->line[from];
	driver_demand(d, at >= l->base + l->used && at < l->base + l->len,
	              "a place was asked for that is not being offered");
	return (uint32_t)at + 1;
}

static inline moment driver_now(void *ctx)
{
	(void)ctx;
	return 0;
}

static inline const struct chain *driver_chain(void *ctx, enum side from, struct bytes list,
                                               bool tls13)
{
	struct driver *d = ctx;
	d->chain_sum[from] = d->chain_sum[from] * 31 + tls13;
	for (size_t i = 0; i < list.len; i++)
		d->chain_sum[from] = d->chain_sum[from] * 31 + list.at[i];
	return &d->chain;
}

static inline struct raw_key driver_key(void *ctx, struct bytes spki)
{
	struct raw_key key = {.kind = "lab", .bits = (uint32_t)spki.len};
	(void)ctx;
	for (size_t i = 0; i < spki.len; i++)
		key.spki_sha256[i % sizeof key.spki_sha256] ^= spki.at[i];
	return key;
}

/* Algorithm 1 copies what is there. */
static inline struct bytes driver_unpack(void *ctx, uint16_t algorithm, struct bytes packed,
                                         size_t len, bool *more)
{
	struct driver *d = ctx;
	*more = algorithm == 1 && packed.len > len;
	driver_demand(d, len <= TLS_HANDSHAKE_LIMIT, "more is to be unpacked than may be");
	return algorithm == 1 && packed.len == len ? packed : (struct bytes){NULL, 0};
}

static inline void driver_seen(void *ctx, const struct tls_seen *s)
{
	struct driver *d = ctx;
	d->n_seen++;
	for (size_t i = 0; i < s->bytes.len; i++) /* all of it can be read */
		d->n_seen += s->bytes.at[i] == 0xff && s->event.kind == EVENT_KINDS;
}

/* One at a time: the large rooms are shared. */
static inline struct driver *driver_new(const struct keyring *keys, bool watched, bool late)
{
	static uint8_t bytes[2][LINE_ROOM], scratch[TLS_SCRATCH];
	static struct field_row rows[DRIVER_ROWS];
	struct driver *d = calloc(1, sizeof *d);
	if (d == NULL)
		abort();
	d->line[CLIENT].byte = bytes[CLIENT];
	d->line[SERVER].byte = bytes[SERVER];
	d->s.arena = &d->arena;
	d->certs[0] = &d->cert;
	d->chain = (struct chain){.cert = d->certs, .n_certs = 1};
	d->trace = (struct trace){.row = rows, .room = DRIVER_ROWS};
	d->sink = (struct tls_sink){
		.ctx = d,
		.session = &d->s,
		.keys = keys,
		.place = driver_place,
		.now = driver_now,
		.chain = driver_chain,
		.key = driver_key,
		.unpack = driver_unpack,
		.scratch = scratch,
		.trace = watched ? &d->trace : NULL,
		.seen = watched ? driver_seen : NULL,
	};
	d->k = tls_talk_new(&d->sink, late);
	return d;
}

static inline void driver_free(struct driver *d)
{
	arena_free(&d->arena);
	free(d);
}

/* Offers what is there; says whether some of it was taken. */
static inline bool driver_offer(struct driver *d, enum side from, bool asked)
{
	struct line *l = &d->line[from];
	size_t used = 0, need = 0, left = l->len - l->used;
	if (left == 0 || (!asked && (l->need == SIZE_MAX || left < l->need)))
		return false;
	tls_talk_bytes(d->k, &d->sink, from, l->base + l->used,
	               (struct bytes){l->byte + l->used, left}, &used, &need);
	driver_demand(d, used <= left, "more was used than was there");
	driver_demand(d, used == left || need == SIZE_MAX || need > left - used,
	              "what is needed was there already");
	driver_demand(d, need != SIZE_MAX || used < left, "nothing is left, and yet it waits");
	l->used += used < left ? used : left;
	l->need = need;
	return used > 0;
}

static inline void driver_settle(struct driver *d)
{
	bool moved = true;
	while (moved) {
		moved = false;
		for (int i = 0; i < 2; i++)
			if (tls_talk_can_go(d->k, (enum side)i))
				moved = driver_offer(d, (enum side)i, true) || moved;
	}
}

static inline void driver_bytes(struct driver *d, enum side from, struct bytes b)
{
	struct line *l = &d->line[from];
	if (l->len + b.len > LINE_ROOM) {
		memmove(l->byte, l->byte + l->used, l->len - l->used);
		l->base += l->used;
		l->len -= l->used;
		l->used = 0;
	}
	if (l->len + b.len > LINE_ROOM || b.len == 0)
		return;
	memcpy(l->byte + l->len, b.at, b.len);
	l->len += b.len;
	driver_offer(d, from, false);
	driver_settle(d);
}

/* Loses bytes, as TCP does: what is kept is offered once more and dropped. */
static inline void driver_gap(struct driver *d, enum side from, uint64_t len)
{
	struct line *l = &d->line[from];
	while (driver_offer(d, from, true))
		;
	uint64_t at = l->base + l->len;
	l->base = at + len;
	l->len = l->used = l->need = 0;
	tls_talk_gap(d->k, &d->sink, from, at, len);
	driver_settle(d);
}

/* Ends a stream; both sides are offered until nothing is taken. */
static inline void driver_over(struct driver *d, enum side from)
{
	if (d->line[from].over)
		return;
	d->line[from].over = true;
	while (driver_offer(d, CLIENT, true) || driver_offer(d, SERVER, true))
		;
	tls_talk_over(d->k, from);
	driver_settle(d);
	while (driver_offer(d, CLIENT, true) || driver_offer(d, SERVER, true))
		;
}

static inline void driver_end(struct driver *d)
{
	driver_over(d, CLIENT);
	driver_over(d, SERVER);
	for (int i = 0; i < 2; i++)
		driver_demand(d, d->line[i].used == d->line[i].len, "bytes were never taken");
	tls_talk_end(d->k, &d->sink);
}

struct summary {
	char text[SUMMARY_ROOM];
	size_t len;
};

__attribute__((format(printf, 2, 3))) static inline void say(struct summary *s, const char *format,
                                                             ...)
{
	va_list list;
	va_start(list, format);
	int n = vsnprintf(s->text + s->len, SUMMARY_ROOM - s->len, format, list);
	va_end(list);
	if (n > 0 && (size_t)n < SUMMARY_ROOM - s->len)
		s->len += (size_t)n;
}

static inline void say_bytes(struct summary *s, const char *name, struct bytes b)
{
	say(s, " %s=", name);
	for (size_t i = 0; i < b.len && s->len + 3 < SUMMARY_ROOM; i++) {
		s->text[s->len++] = "0123456789abcdef"[b.at[i] >> 4];
		s->text[s->len++] = "0123456789abcdef"[b.at[i] & 15];
	}
	s->text[s->len] = '\0';
}

static inline void say_hellos(struct summary *s, const struct tls_facts *f)
{
	const struct client_hello *c = f->client;
	const struct server_hello *v = f->server;
	if (c != NULL) {
		say(s, "client %04x %04x %u %u %u %u %u %u %x", c->legacy_version, c->best_version,
		    c->n_suites, c->n_extensions, c->n_groups, c->n_shares, c->n_psks,
		    c->ticket_len, c->flags);
		say_bytes(s, "random", (struct bytes){c->random, 32});
		say_bytes(s, "id", c->session_id);
		say_bytes(s, "sni", c->sni);
		say_bytes(s, "alpn", c->alpn);
	}
	if (v != NULL) {
		say(s, "\nserver %04x %04x %04x %u %d %x", v->legacy_version, v->version, v->suite,
		    v->group, v->retry, v->flags);
		say_bytes(s, "random", (struct bytes){v->random, 32});
		say_bytes(s, "id", v->session_id);
		say_bytes(s, "alpn", v->alpn);
	}
	if (f->server_kx != NULL)
		say(s, "\nskx %u %x %u %u", f->server_kx->group, f->server_kx->scheme,
		    f->server_kx->public_len, f->server_kx->signature_len);
	if (f->client_kx != NULL)
		say(s, "\nckx %u %d", f->client_kx->len, f->client_kx->secret.at != NULL);
}

static inline void say_facts(struct summary *s, const struct tls_facts *f)
{
	say_hellos(s, f);
	say(s, "\nversion %04x suite %04x record %04x kx %u cipher %u hash %u fs %u\n", f->version,
	    f->suite, f->record_version, f->kx, f->cipher, f->hash, f->forward_secret);
	say(s, "retry %d asked %d resumed %d/%d staple %d renegotiated %d ticket %u %u\n",
	    f->hello_retry, f->client_cert_asked, f->resumed, f->resumed_known, f->staple,
	    f->renegotiated, f->ticket_len, f->ticket_life);
	for (int i = 0; i < 2; i++)
		say(s,
		    "side %d ccs %d fin %u opened %d sealed %u ok %u bad %u hs %u rec %u %u %u "
		    "%u\n",
		    i, f->ccs[i], f->finished[i], f->opened[i], f->sealed_records[i],
		    f->verified_records[i], f->failed_records[i], f->handshake_count[i],
		    f->record_count[i][0], f->record_count[i][1], f->record_count[i][2],
		    f->record_count[i][3]);
	say(s, "have %llx supply %x\n", (unsigned long long)f->known.have, f->supply);
}

static inline void say_meaning(struct summary *s, const struct meaning *m)
{
	const struct renegotiation *a = m->again;
	say(s, "early %u %u %llu %d retry %u %u %d %d client %u %u %u %d %d\n", m->early_data,
	    m->early_records, (unsigned long long)m->early_bytes, m->early_guessed, m->retry_frame,
	    m->retry_group, m->retry_complied, m->retry_ignored, m->asked_frame, m->shown_frame,
	    m->proven_frame, m->shown_empty, m->asked_later);
	if (a != NULL)
		say(s, "again %u %u %u %u %x %d\n", a->n, a->frame, a->requests, a->request_frame,
		    a->suite, a->chain != NULL);
	for (int i = 0; i < 2; i++) {
		say(s, "compat %u late %u %u update %u notes", m->compat_frame[i], m->late_frame[i],
		    m->late_records[i], m->update[i].frame);
		for (int n = 0; n < m->n_notes[i]; n++)
			say(s, " %u:%u", m->note[i][n].record, m->note[i][n].len);
		say(s, "\n");
	}
}

static inline void say_events(struct summary *s, const struct session *v, enum side from)
{
	for (uint32_t i = 0; i < v->n_events; i++) {
		const struct event *e = &v->event[i];
		if (e->from == from)
			say(s, "event %u kind %u at %u-%u len %u records %u see %u %u/%u %s\n",
			    from, e->kind, e->first_frame, e->last_frame, e->len, e->records,
			    e->see, e->level, e->detail, e->partial ? "cut" : "");
	}
	const struct talk *t = &v->talk[from];
	say(s, "talk %u at %u-%u ok %u bad %u bytes %llu text %llu %llu-%llu", t->records,
	    t->first_frame, t->last_frame, t->verified, t->failed, (unsigned long long)t->bytes,
	    (unsigned long long)t->text_bytes, (unsigned long long)t->text_least,
	    (unsigned long long)t->text_most);
	say_bytes(s, "kept", t->text);
	say(s, "\n");
}

/* Writes all that a session knows; findings in the order of their codes. */
static inline void driver_summary(const struct driver *d, struct summary *s)
{
	s->len = 0;
	say_facts(s, d->s.tls);
	say_meaning(s, &d->s.tls->meaning);
	for (int i = 0; i < 2; i++) {
		say_events(s, &d->s, (enum side)i);
		say(s, "chain %x\n", d->chain_sum[i]);
		for (unsigned code = 0; code < FINDINGS; code++)
			for (uint32_t n = 0; n < d->s.n_found; n++)
				if (d->s.found[n].code == code && d->s.found[n].from == i)
					say(s, "found %s from %d at %u, %u\n",
					    finding_code((enum finding)code), i,
					    d->s.found[n].frame, d->s.found[n].n);
	}
	say(s, "lost %u %u\n", d->s.events_lost, d->s.found_lost);
}

#endif
