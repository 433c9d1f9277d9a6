/* The handshake decoders: RFC 8448's hellos, messages of real servers in the fuzz corpus, and lies
 * about every length. */
#include <check.h>
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>

#include "tests/handshake_invariants.h"

Suite *handshake_suite(void);

enum { MESSAGE_ROOM = 1 << 18 };

/* A message with its faults and facts; `data` begins with the head. */
struct decoded {
	uint8_t data[MESSAGE_ROOM];
	size_t len;
	struct faults faults;
	struct handshake h;
};

static struct decoded m;

/* RFC 8448, 3 */
static const char client_hello[] = "010000c00303cb34ecb1e78163ba1c38c6dacb196a6dffa21a8d9912ec18a2e"
				   "f6283024dece7000006130113031302"
				   "010000910000000b0009000006736572766572ff01000100000a00140012001"
				   "d001700180019010001010102010301"
				   "0400230000003300260024001d002099381de560e4bd43d23d8e435a7dbafeb"
				   "3c06e51c13cae4d5413691e529aaf2c"
				   "002b0003020304000d0020001e0403050306030203080408050806040105010"
				   "60102010402050206020202002d0002"
				   "0101001c00024001";
static const char server_hello[] =
	"020000560303a6af06a4121860dc5e6e60249cd34c95930c8ac5cb1434dac155772ed3e2692800130100002e00"
	"3300"
	"24001d0020c9828876112095fe66762bdbf7c672e156d6cc253b833df1dd69b1b04e751f0f002b00020304";

static const char retry_random[] =
	"cf21ad74e59a6111be1d8c021e65b891c2a211167abb8c5e079e09e2c8a8339c";

static unsigned nibble(char c)
{
	return (unsigned)(c <= '9' ? c - '0' : c - 'a' + 10);
}

/* Adds bytes written in hexadecimal to the message. */
static void add(const char *hex)
{
	for (; hex[0] != '\0' && hex[1] != '\0'; hex += 2)
		m.data[m.len++] = (uint8_t)(nibble(hex[0]) << 4 | nibble(hex[1]));
}

static void write_number(size_t at, size_t width, size_t value)
{
	for (size_t i = 0; i < width; i++)
		m.data[at + i] = (uint8_t)(value >> 8 * (width - 1 - i));
}

/* Begins a message, whose length finish() writes. */
static void begin(uint8_t type)
{
	m.len = 4;
	m.data[0] = type;
}

static void decode(struct handshake_context c, bool partial)
{
	m.faults = (struct faults){0};
	struct reader r = reader_over((struct bytes){m.data, m.len}, &m.faults, NULL);
	r.partial = partial;
	handshake_decode(&r, &c, &m.h);
	const char *broken = broken_invariant((struct bytes){m.data, m.len}, &c, partial);
	ck_assert_msg(broken == NULL, "%s", broken);
}

static void finish(struct handshake_context c)
{
	write_number(1, 3, m.len - 4);
	decode(c, false);
}

static void decode_hex(const char *hex, uint16_t version, uint16_t suite)
{
	m.len = 0;
	add(hex);
	decode((struct handshake_context){.version = version, .suite = suite}, false);
}

/* A TLS 1.2 ClientHello with these extensions, the list's length left out. */
static void hello_with(const char *extensions)
{
	begin(HS_CLIENT_HELLO);
	add("0303000000000000000000000000000000000000000000000000000000000000000000000200ff0100");
	size_t at = m.len;
	add("0000");
	add(extensions);
	write_number(at, 2, m.len - at - 2);
	finish((struct handshake_context){0});
}

static bool noted(enum finding code)
{
	for (uint8_t i = 0; i < m.h.noted.n; i++)
		if (m.h.noted.code[i] == code)
			return true;
	return false;
}

static void expect_text(struct bytes b, const char *text)
{
	ck_assert_uint_eq(b.len, strlen(text));
	ck_assert(b.len == 0 || memcmp(b.at, text, b.len) == 0);
}

START_TEST(the_client_hello_of_rfc_8448_is_read)
{
	decode_hex(client_hello, 0, 0);
	const struct client_hello *h = &m.h.client_hello;
	ck_assert_uint_eq(m.faults.n + m.h.noted.n, 0);
	ck_assert_uint_eq(m.h.len, 192);
	ck_assert_uint_eq(h->random[0], 0xcb);
	ck_assert_uint_eq(h->random[31], 0xe7);
	ck_assert_uint_eq(h->legacy_version, 0x0303);
	ck_assert_uint_eq(h->best_version, 0x0304);
	ck_assert_uint_eq(h->n_suites, 3);
	ck_assert_uint_eq(h->first_suite, 0x1301);
	ck_assert_uint_eq(h->n_extensions, 9);
	ck_assert_uint_eq(h->n_groups, 9);
	ck_assert_uint_eq(h->n_schemes, 15);
	ck_assert_uint_eq(h->n_shares, 1);
	ck_assert_uint_eq(h->first_share, 0x001d);
	ck_assert_uint_eq(h->n_names, 1);
	expect_text(h->sni, "server");
	ck_assert_uint_eq(h->flags, HELLO_SNI | HELLO_TICKET | HELLO_RENEGOTIATION |
	                                    HELLO_KEY_SHARE | HELLO_VERSIONS | HELLO_RECORD_LIMIT |
	                                    HELLO_EXTENSIONS);
}
END_TEST

START_TEST(the_server_hello_of_rfc_8448_is_read)
{
	decode_hex(server_hello, 0, 0);
	const struct server_hello *h = &m.h.server_hello;
	ck_assert_uint_eq(m.faults.n + m.h.noted.n, 0);
	ck_assert_uint_eq(h->legacy_version, 0x0303);
	ck_assert_uint_eq(h->version, 0x0304);
	ck_assert_uint_eq(h->suite, 0x1301);
	ck_assert_uint_eq(h->group, 0x001d);
	ck_assert(!h->retry);
	ck_assert_int_eq(handshake_event(&m.h), EVENT_SERVER_HELLO);
}
END_TEST

START_TEST(a_cut_hello_says_only_what_was_there)
{
	decode_hex(client_hello, 0, 0);
	size_t whole = m.len;
	for (size_t len = 0; len < whole; len++) {
		m.len = len;
		decode((struct handshake_context){0}, true);
		const struct client_hello *h = &m.h.client_hello;
		ck_assert_uint_eq(m.h.noted.n, 0);
		ck_assert_uint_eq(h->random[31], len < 38 ? 0 : 0xe7);
		ck_assert_uint_eq(h->n_suites, len < 43 ? 0 : len < 45 ? 1 : len < 47 ? 2 : 3);
		expect_text(h->sni, len < 66 ? "" : "server");
		ck_assert_uint_eq(h->n_groups, len < 95 ? 0 : 9);
		ck_assert_uint_eq(h->n_shares, len < 141 ? 0 : 1);
		ck_assert_uint_eq(h->flags & HELLO_PARTIAL, len < 4 ? 0 : HELLO_PARTIAL);
	}
}
END_TEST

START_TEST(a_message_shorter_than_its_head_says_is_found)
{
	decode_hex(client_hello, 0, 0);
	for (size_t len = m.len - 1; len > 0; len--) {
		m.len = len;
		decode((struct handshake_context){0}, false);
		ck_assert(noted(FIND_TLS_HS_LENGTH));
		ck_assert(m.h.client_hello.sni.at == NULL);
	}
}
END_TEST

/* Where each length of the ClientHello of RFC 8448 stands, and what a wrong one must lead to. */
static const struct {
	size_t at, width;
	enum finding finding;
} lengths[] = {
	{1, 3, FIND_TLS_HS_LENGTH},    {39, 2, FIND_TLS_HS_LENGTH},   {49, 2, FIND_TLS_EXT_LENGTH},
	{53, 2, FIND_TLS_EXT_LENGTH},  {55, 2, FIND_TLS_EXT_LENGTH},  {58, 2, FIND_TLS_EXT_LENGTH},
	{70, 1, FIND_TLS_EXT_LENGTH},  {75, 2, FIND_TLS_EXT_LENGTH},  {103, 2, FIND_TLS_EXT_LENGTH},
	{107, 2, FIND_TLS_EXT_LENGTH}, {145, 1, FIND_TLS_EXT_LENGTH}, {152, 2, FIND_TLS_EXT_LENGTH},
	{188, 1, FIND_TLS_EXT_LENGTH},
};

START_TEST(a_length_that_says_too_much_is_found)
{
	decode_hex(client_hello, 0, 0);
	write_number(lengths[_i].at, lengths[_i].width, 0xfffffff);
	decode((struct handshake_context){0}, false);
	ck_assert(noted(lengths[_i].finding));
}
END_TEST

START_TEST(a_length_that_says_too_little_is_found)
{
	decode_hex(client_hello, 0, 0);
	size_t low = lengths[_i].at + lengths[_i].width - 1;
	if (m.data[low] == 0)
		return;
	m.data[low]--;
	decode((struct handshake_context){0}, false);
	ck_assert(noted(FIND_TLS_HS_LENGTH) || noted(FIND_TLS_EXT_LENGTH));
}
END_TEST

START_TEST(a_broken_extension_leaves_the_others_alone)
{
	decode_hex(client_hello, 0, 0);
	m.data[56] = 8; /* the server_name_list's length, one too short */
	decode((struct handshake_context){0}, false);
	const struct client_hello *h = &m.h.client_hello;
	ck_assert(noted(FIND_TLS_EXT_LENGTH) && !noted(FIND_TLS_HS_LENGTH));
	ck_assert(h->sni.at == NULL);
	ck_assert_uint_eq(h->n_names, 0);
	ck_assert_uint_eq(h->n_groups, 9);
	ck_assert_uint_eq(h->best_version, 0x0304);
}
END_TEST

START_TEST(bytes_behind_a_message_are_found)
{
	decode_hex("0e00000100", 0x0303, 0);
	ck_assert(noted(FIND_TLS_HS_LENGTH));
	decode_hex("0e00000000", 0x0303, 0);
	ck_assert(noted(FIND_TLS_HS_LENGTH));
	decode_hex("0e000000", 0x0303, 0);
	ck_assert_uint_eq(m.h.noted.n, 0);
}
END_TEST

START_TEST(a_hello_without_extensions_is_fine)
{
	begin(HS_CLIENT_HELLO);
	add("0300000000000000000000000000000000000000000000000000000000000000000000000400055600"
	    "0100");
	finish((struct handshake_context){0});
	ck_assert_uint_eq(m.faults.n + m.h.noted.n, 0);
	ck_assert_uint_eq(m.h.client_hello.best_version, 0x0300);
	ck_assert_uint_eq(m.h.client_hello.flags, HELLO_FALLBACK_SCSV);
}
END_TEST

START_TEST(the_first_of_two_names_is_the_name)
{
	hello_with("0000000c000a000001610000046e616d65");
	ck_assert(noted(FIND_TLS_EXT_LENGTH)); /* 11 bytes in a list of 10 */
	hello_with("0000000d000b000001610000046e616d65");
	ck_assert_uint_eq(m.h.noted.n, 0);
	ck_assert_uint_eq(m.h.client_hello.n_names, 2);
	expect_text(m.h.client_hello.sni, "a");
}
END_TEST

/* A hello whose one server name is `name`. */
static void hello_for(const char *name, size_t len)
{
	char hex[2048];
	int n = snprintf(hex, sizeof hex, "0000%04zx%04zx00%04zx", len + 5, len + 3, len);
	for (size_t i = 0; i < len; i++)
		n += snprintf(hex + n, sizeof hex - (size_t)n, "%02x", (unsigned char)name[i]);
	hello_with(hex);
	ck_assert_uint_eq(m.faults.n, 0);
}

static const struct {
	const char *name;
	size_t len;
	bool valid;
} names[] = {
#define NAME(text, valid)                                                                          \
	{                                                                                          \
		text, sizeof(text) - 1, valid                                                      \
	}
	NAME("www.bank.example", true),
	NAME("WWW.BANK.example", true),
	NAME("_dmarc.a-b.example", true),
	NAME("localhost", true),
	NAME("xn--bcher-kva.example", true),
	NAME("1.2.3.4.example", true),
	NAME("", false),
	NAME("www.example.", false),
	NAME("www..example", false),
	NAME(".example", false),
	NAME("192.0.2.1", false),
	NAME("2001:db8::1", false),
	NAME("[2001:db8::1]", false),
	NAME("www.exa\0mple", false),
	NAME("b\xc3\xbc.example", false),
	NAME("a b", false),
	NAME("*.example", false),
#undef NAME
};

START_TEST(a_name_that_no_host_can_have_is_found)
{
	hello_for(names[_i].name, names[_i].len);
	ck_assert_msg(noted(FIND_TLS_SNI_INVALID) == !names[_i].valid, "%s", names[_i].name);
	ck_assert_uint_eq(m.h.client_hello.sni.len, names[_i].len);
}
END_TEST

START_TEST(names_and_labels_may_be_as_long_as_in_dns)
{
	char name[254];
	memset(name, 'a', sizeof name);
	name[63] = name[127] = name[191] = '.';
	hello_for(name, 253);
	ck_assert(!noted(FIND_TLS_SNI_INVALID));
	hello_for(name, 254);
	ck_assert(noted(FIND_TLS_SNI_INVALID));
	name[63] = 'a';
	hello_for(name, 200);
	ck_assert(noted(FIND_TLS_SNI_INVALID));
}
END_TEST

START_TEST(an_empty_list_of_names_is_found)
{
	hello_with("000000020000");
	ck_assert(noted(FIND_TLS_SNI_INVALID));
}
END_TEST

START_TEST(grease_and_drafts_do_not_hide_the_best_version)
{
	hello_with("002b0007067a7a7f1c0303");
	ck_assert_uint_eq(m.h.client_hello.best_version, 0x7f1c);
	ck_assert((m.h.client_hello.flags & HELLO_GREASE) != 0);
	hello_with("002b0007067f1c03040303");
	ck_assert_uint_eq(m.h.client_hello.best_version, 0x0304);
	ck_assert((m.h.client_hello.flags & HELLO_GREASE) == 0);
	hello_with("002b0003021a1a");
	ck_assert_uint_eq(m.h.client_hello.best_version, 0x0303);
	ck_assert_uint_eq(m.h.noted.n, 0);
}
END_TEST

START_TEST(a_repeated_extension_is_found_and_the_first_counts)
{
	hello_with("0000000600040000016100000006000400000162");
	ck_assert(noted(FIND_TLS_EXT_DUPLICATE));
	ck_assert_uint_eq(m.h.client_hello.n_extensions, 2);
	expect_text(m.h.client_hello.sni, "a");
	hello_with("fafa00000a0a0000");
	ck_assert_uint_eq(m.h.noted.n, 0);
}
END_TEST

START_TEST(a_second_name_is_kept_beside_the_first)
{
	hello_with("0000000600040000016100000006000400000162");
	expect_text(m.h.client_hello.other_sni, "b");
	ck_assert_uint_eq(m.h.client_hello.n_names, 2);
	hello_with("0000000a00080000016100000162");
	expect_text(m.h.client_hello.sni, "a");
	expect_text(m.h.client_hello.other_sni, "b");
	hello_with("00000006000400000161");
	ck_assert(m.h.client_hello.other_sni.at == NULL);
}
END_TEST

START_TEST(a_protocol_without_a_name_is_found)
{
	hello_with("00100003000100");
	ck_assert(noted(FIND_TLS_EXT_LENGTH));
	hello_with("00100005000302683200"); /* "h2" in a list that says one byte more */
	ck_assert(noted(FIND_TLS_EXT_LENGTH));
	hello_with("0010000500030268"
	           "32");
	ck_assert_uint_eq(m.h.noted.n, 0);
}
END_TEST

/* draft-ietf-tls-esni, 5: type, two HPKE code points, config_id, enc and payload with their lengths
 */
START_TEST(an_encrypted_hello_is_held_to_its_lengths)
{
	hello_with("fe0d000d00000100012a0001aa0002bbcc");
	ck_assert_uint_eq(m.h.noted.n, 0);
	ck_assert((m.h.client_hello.flags & HELLO_ECH) != 0);
	hello_with("fe0d000101"); /* the inner one is empty */
	ck_assert_uint_eq(m.h.noted.n, 0);
	static const char *const lie[] = {
		"fe0d000d00000100012affffaabbccddee", /* enc longer than all */
		"fe0d000d00000100012a0001aaffffbbcc", /* so is the payload */
		"fe0d000b00000100012a0001aa0000",     /* which must not be empty */
		"fe0d00020100",                       /* an inner one with content */
		"fd00000403000a00",                   /* half an extension's number */
	};
	for (size_t i = 0; i < sizeof lie / sizeof *lie; i++) {
		hello_with(lie[i]);
		ck_assert_msg(noted(FIND_TLS_EXT_LENGTH), "%s", lie[i]);
	}
}
END_TEST

START_TEST(a_list_of_extensions_that_goes_on_behind_its_message_is_a_wrong_message_length)
{
	decode_hex(client_hello, 0, 0);
	m.len = 60;
	write_number(1, 3, 56);
	decode((struct handshake_context){0}, false);
	ck_assert(noted(FIND_TLS_HS_LENGTH));
}
END_TEST

START_TEST(as_many_extensions_as_fit_are_read)
{
	begin(HS_CLIENT_HELLO);
	add("0303000000000000000000000000000000000000000000000000000000000000000000000200ff0100");
	add("fa00"); /* 16,000 extensions of 4 bytes */
	for (size_t i = 0; i < 16000; i++) {
		write_number(m.len, 4, (0x8000 + i) << 16);
		m.len += 4;
	}
	finish((struct handshake_context){0});
	ck_assert_uint_eq(m.faults.n + m.h.noted.n, 0);
	ck_assert_uint_eq(m.h.client_hello.n_extensions, 16000);
	write_number(m.len - 4, 2, 0x8000);
	finish((struct handshake_context){0});
	ck_assert(noted(FIND_TLS_EXT_DUPLICATE));
}
END_TEST

START_TEST(as_many_suites_as_fit_are_read)
{
	begin(HS_CLIENT_HELLO);
	add("0303000000000000000000000000000000000000000000000000000000000000000000fffe");
	for (size_t i = 0; i < 32767; i++) {
		write_number(m.len, 2, i);
		m.len += 2;
	}
	add("0100");
	finish((struct handshake_context){0});
	ck_assert_uint_eq(m.faults.n + m.h.noted.n, 0);
	ck_assert_uint_eq(m.h.client_hello.n_suites, 32767);
	ck_assert_uint_eq(m.h.client_hello.suites.len, 65534);
}
END_TEST

START_TEST(an_over_long_session_id_is_no_fact)
{
	begin(HS_CLIENT_HELLO);
	add("0303000000000000000000000000000000000000000000000000000000000000000021");
	add("000000000000000000000000000000000000000000000000000000000000000000");
	add("000200ff0100");
	finish((struct handshake_context){0});
	ck_assert(m.h.client_hello.session_id.at == NULL);
	ck_assert(noted(FIND_TLS_HS_LENGTH));
	ck_assert_uint_eq(m.h.client_hello.n_suites, 1);
}
END_TEST

/* A TLS 1.2 ServerHello that ends its random in these 8 bytes, to a client that offered `offered`.
 */
static void server_hello_with(uint16_t version, const char *tail, uint16_t offered)
{
	begin(HS_SERVER_HELLO);
	write_number(m.len, 2, version);
	m.len += 2;
	add("000000000000000000000000000000000000000000000000");
	add(tail);
	add("00c02f00");
	finish((struct handshake_context){.offered = offered});
}

START_TEST(a_downgrade_is_told_by_the_random_and_the_offer)
{
	static const char to12[] = "444f574e47524401", to11[] = "444f574e47524400";
	static const struct {
		uint16_t version;
		const char *tail;
		uint16_t offered;
		bool downgrade;
	} cases[] = {
		{0x0303, to12, 0x0304, true},
		{0x0303, to12, 0x7f1c, true},
		{0x0303, to12, 0x0303, false},
		{0x0303, to12, 0, false},
		{0x0302, to11, 0x0304, true},
		{0x0302, to11, 0x0303, true},
		{0x0302, to11, 0x0302, false},
		{0x0303, "0000000000000000", 0x0304, false},
		{0x0303, "444f574e47524402", 0x0304, false},
	};
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		server_hello_with(cases[i].version, cases[i].tail, cases[i].offered);
		ck_assert_msg(noted(FIND_TLS_DOWNGRADE) == cases[i].downgrade, "case %zu", i);
	}
}
END_TEST

/* draft-ietf-tls-tls13-19, 4.1.3: version, random, cipher_suite, extensions; key_share was 40 */
START_TEST(the_server_hello_of_an_early_draft_is_short)
{
	begin(HS_SERVER_HELLO);
	add("7f13000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f1302");
	add("000a"
	    "0028"
	    "0006"
	    "001d"
	    "0002"
	    "aabb");
	finish((struct handshake_context){0});
	ck_assert_uint_eq(m.h.noted.n, 0);
	ck_assert_uint_eq(m.h.server_hello.version, 0x7f13);
	ck_assert_uint_eq(m.h.server_hello.suite, 0x1302);
	ck_assert_uint_eq(m.h.server_hello.group, 0x001d);
	ck_assert_uint_eq(m.h.server_hello.session_id.len, 0);
}
END_TEST

START_TEST(a_hello_retry_request_is_told_by_its_random)
{
	begin(HS_SERVER_HELLO);
	add("0303");
	add(retry_random);
	add("00130100000c002b000203040033000200180000");
	m.len -= 2;
	finish((struct handshake_context){0});
	ck_assert(m.h.server_hello.retry);
	ck_assert_uint_eq(m.h.server_hello.group, 0x0018);
	ck_assert_uint_eq(m.h.server_hello.version, 0x0304);
	ck_assert_int_eq(handshake_event(&m.h), EVENT_HELLO_RETRY_REQUEST);
}
END_TEST

START_TEST(every_field_has_its_words)
{
	for (uint16_t id = 0; id < TLS_FIELDS; id++) {
		ck_assert(tls_field(id)->name[0] != '\0');
		ck_assert(tls_field(id)->label[0] != '\0');
	}
	ck_assert_ptr_eq(tls_field(UINT16_MAX), tls_field(0));
}
END_TEST

/* Holds every beginning of one message against the invariants. */
static void check_truncations(const char *path)
{
	FILE *file = fopen(path, "rb");
	ck_assert_msg(file != NULL, "%s", path);
	size_t len = fread(m.data, 1, sizeof m.data, file);
	fclose(file);
	static const struct handshake_context contexts[] = {
		{0, 0, CLIENT, 0, 0, false},
		{0x0301, 0x002f, CLIENT, 0x0301, 0, false},
		{0x0303, 0xc02f, SERVER, 0x0303, 0, false},
		{0x0304, 0x1301, SERVER, 0x0304, 0, false},
	};
	for (size_t i = 0; i < 8; i++)
		for (size_t n = 1; n <= len; n++) {
			struct bytes b = {m.data + 1, n - 1};
			const char *broken = broken_invariant(b, &contexts[i / 2], i % 2 == 1);
			ck_assert_msg(broken == NULL, "%s, %zu bytes: %s", path, n - 1, broken);
		}
}

START_TEST(watching_changes_nothing_in_any_beginning_of_the_corpus)
{
	char folder[512], path[1024];
	const char *srcdir = getenv("srcdir");
	snprintf(folder, sizeof folder, "%s/tests/fuzz/corpus/handshake",
	         srcdir == NULL ? "." : srcdir);
	DIR *dir = opendir(folder);
	ck_assert_msg(dir != NULL, "%s", folder);
	unsigned n = 0;
	for (struct dirent *e = readdir(dir); e != NULL; e = readdir(dir)) {
		if (e->d_name[0] == '.')
			continue;
		snprintf(path, sizeof path, "%s/%s", folder, e->d_name);
		check_truncations(path);
		n++;
	}
	closedir(dir);
	ck_assert_uint_ge(n, 50);
}
END_TEST

Suite *handshake_suite(void)
{
	Suite *suite = suite_create("handshake");
	TCase *hellos = tcase_create("hellos");
	tcase_add_test(hellos, the_client_hello_of_rfc_8448_is_read);
	tcase_add_test(hellos, the_server_hello_of_rfc_8448_is_read);
	tcase_add_test(hellos, a_cut_hello_says_only_what_was_there);
	tcase_add_test(hellos, a_message_shorter_than_its_head_says_is_found);
	tcase_add_loop_test(hellos, a_length_that_says_too_much_is_found, 0,
	                    sizeof lengths / sizeof *lengths);
	tcase_add_loop_test(hellos, a_length_that_says_too_little_is_found, 0,
	                    sizeof lengths / sizeof *lengths);
	tcase_add_test(hellos, a_broken_extension_leaves_the_others_alone);
	tcase_add_test(hellos, bytes_behind_a_message_are_found);
	tcase_add_test(hellos, a_hello_without_extensions_is_fine);
	tcase_add_test(hellos, the_first_of_two_names_is_the_name);
	tcase_add_loop_test(hellos, a_name_that_no_host_can_have_is_found, 0,
	                    sizeof names / sizeof *names);
	tcase_add_test(hellos, names_and_labels_may_be_as_long_as_in_dns);
	tcase_add_test(hellos, an_empty_list_of_names_is_found);
	tcase_add_test(hellos, grease_and_drafts_do_not_hide_the_best_version);
	tcase_add_test(hellos, a_repeated_extension_is_found_and_the_first_counts);
	tcase_add_test(hellos, a_second_name_is_kept_beside_the_first);
	tcase_add_test(hellos, a_protocol_without_a_name_is_found);
	tcase_add_test(hellos, an_encrypted_hello_is_held_to_its_lengths);
	tcase_add_test(
		hellos,
		a_list_of_extensions_that_goes_on_behind_its_message_is_a_wrong_message_length);
	tcase_add_test(hellos, the_server_hello_of_an_early_draft_is_short);
	tcase_add_test(hellos, as_many_extensions_as_fit_are_read);
	tcase_add_test(hellos, as_many_suites_as_fit_are_read);
	tcase_add_test(hellos, an_over_long_session_id_is_no_fact);
	tcase_add_test(hellos, a_downgrade_is_told_by_the_random_and_the_offer);
	tcase_add_test(hellos, a_hello_retry_request_is_told_by_its_random);
	suite_add_tcase(suite, hellos);

	TCase *messages = tcase_create("messages");
	tcase_add_test(messages, every_field_has_its_words);
	tcase_add_test(messages, watching_changes_nothing_in_any_beginning_of_the_corpus);
	suite_add_tcase(suite, messages);
	return suite;
}
