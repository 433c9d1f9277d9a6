/* What is said before TLS: each protocol with a good upgrade, a refusal, and one that was not
 * taken; all of them cut at every byte, with either side first. */
#include <check.h>
#include <stdio.h>

#include "tests/opening_driver.h"

Suite *opening_suite(void);

#define RUN(text)                                                                                  \
	{                                                                                          \
		(const uint8_t *)(text), sizeof(text) - 1                                          \
	}
#define TLS "\x16\3\1"

/* One connection: what both sides send, and what is to be told. */
struct script {
	const char *what;
	struct bytes client, server;
	enum opening_protocol protocol;
	enum upgrade upgrade;
	const char *named, *said; /* NULL: nothing */
	int found;                /* enum finding, of the one that is expected; -1: none */
};

#define OFFER "220 mx.test ESMTP\r\n250-mx.test\r\n250 STARTTLS\r\n"
#define V2    "\r\n\r\n\0\r\nQUIT\n"
#define MYSQL_GREETING(flags)                                                                      \
	"\x2c\0\0\0\x0a"                                                                           \
	"8.0.1\0\1\0\0\0noncenon\0" flags "\x21\2\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0"
#define ZEROS23 "\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0"
#define LDAP_ASKS                                                                                  \
	"\x30\x1d\2\1\1\x77\x18\x80\x16"                                                           \
	"1.3.6.1.4.1.1466.20037"

static const struct script scripts[] = {
	{"SMTP, accepted", RUN("EHLO me.test\r\nSTARTTLS\r\n" TLS), RUN(OFFER "220 go\r\n" TLS),
         OPEN_SMTP, UPGRADE_ACCEPTED, "me.test", "220 mx.test ESMTP", -1},
	{"SMTP, refused", RUN("EHLO me.test\r\nSTARTTLS\r\nQUIT\r\n"),
         RUN(OFFER "454 not now\r\n221 bye\r\n"), OPEN_SMTP, UPGRADE_REFUSED, "me.test",
         "220 mx.test ESMTP", FIND_STARTTLS_REFUSED},
	{"SMTP, not taken", RUN("EHLO me.test\r\nMAIL FROM:<a@b>\r\n"), RUN(OFFER "250 ok\r\n"),
         OPEN_SMTP, UPGRADE_NOT_TAKEN, "me.test", "220 mx.test ESMTP", FIND_STARTTLS_NOT_TAKEN},
	{"SMTP, offered, and a goodbye", RUN("EHLO me.test\r\nQUIT\r\n"), RUN(OFFER "221 bye\r\n"),
         OPEN_SMTP, UPGRADE_OFFERED, "me.test", "220 mx.test ESMTP", -1},
	{"SMTP, never spoken of", RUN("HELO me.test\r\nMAIL FROM:<a@b>\r\n"),
         RUN("220 mx.test ESMTP\r\n250 hi\r\n250 ok\r\n"), OPEN_SMTP, UPGRADE_NONE, "me.test",
         "220 mx.test ESMTP", -1},
	{"SMTP, commands behind STARTTLS", RUN("EHLO me.test\r\nSTARTTLS\r\nRSET\r\n" TLS),
         RUN(OFFER "220 go\r\n" TLS), OPEN_SMTP, UPGRADE_ACCEPTED, "me.test", "220 mx.test ESMTP",
         FIND_STARTTLS_INJECTION},
	{"SMTP, answers behind STARTTLS", RUN("EHLO me.test\r\nSTARTTLS\r\n" TLS),
         RUN(OFFER "220 go\r\n250 me too\r\n" TLS), OPEN_SMTP, UPGRADE_ACCEPTED, "me.test",
         "220 mx.test ESMTP", FIND_STARTTLS_INJECTION},
	{"SMTP, the server was not captured", RUN("EHLO me.test\r\nSTARTTLS\r\n"), RUN(""),
         OPEN_SMTP, UPGRADE_ASKED, "me.test", NULL, -1},
	{"SMTP, the client was not captured", RUN(""), RUN(OFFER "220 go\r\n" TLS), OPEN_SMTP,
         UPGRADE_ACCEPTED, NULL, "220 mx.test ESMTP", -1},
	{"LMTP, accepted", RUN("LHLO me.test\r\nSTARTTLS\r\n" TLS),
         RUN("220 mx.test ready\r\n250-mx.test\r\n250 STARTTLS\r\n220 go\r\n" TLS), OPEN_LMTP,
         UPGRADE_ACCEPTED, "me.test", "220 mx.test ready", -1},
	{"FTP, accepted", RUN("AUTH TLS\r\n" TLS), RUN("220-hi\r\n220 ftp.test\r\n234 go\r\n" TLS),
         OPEN_FTP, UPGRADE_ACCEPTED, NULL, "220-hi", -1},
	{"FTP, refused", RUN("AUTH TLS\r\nQUIT\r\n"),
         RUN("120 soon\r\n220 ftp.test\r\n500 what?\r\n221 bye\r\n"), OPEN_FTP, UPGRADE_REFUSED,
         NULL, "120 soon", FIND_STARTTLS_REFUSED},
	{"FTP, not taken", RUN("FEAT\r\nSYST\r\nCWD x\r\n"),
         RUN("220 ftp.test\r\n211-Features:\r\n AUTH TLS\r\n211 End\r\n215 UNIX\r\n"), OPEN_FTP,
         UPGRADE_NOT_TAKEN, NULL, "220 ftp.test", FIND_STARTTLS_NOT_TAKEN},
	{"POP3, accepted", RUN("CAPA\r\nSTLS\r\n" TLS),
         RUN("+OK hi\r\n+OK list\r\nTOP\r\nSTLS\r\n.\r\n+OK go\r\n" TLS), OPEN_POP3,
         UPGRADE_ACCEPTED, NULL, "+OK hi", -1},
	{"POP3, refused", RUN("CAPA\r\nSTLS\r\nQUIT\r\n"),
         RUN("+OK hi\r\n+OK list\r\nTOP\r\n.\r\n-ERR no\r\n+OK bye\r\n"), OPEN_POP3,
         UPGRADE_REFUSED, NULL, "+OK hi", FIND_STARTTLS_REFUSED},
	{"POP3, not taken", RUN("CAPA\r\nSTAT\r\n"),
         RUN("+OK hi\r\n+OK list\r\nSTLS\r\n.\r\n+OK\r\n"), OPEN_POP3, UPGRADE_NOT_TAKEN, NULL,
         "+OK hi", FIND_STARTTLS_NOT_TAKEN},
	{"IMAP, accepted", RUN("a1 STARTTLS\r\n" TLS),
         RUN("* OK [CAPABILITY IMAP4rev1 STARTTLS] hi\r\na1 OK go\r\n" TLS), OPEN_IMAP,
         UPGRADE_ACCEPTED, NULL, "* OK [CAPABILITY IMAP4rev1 STARTTLS] hi", -1},
	{"IMAP, one tag for all", RUN(". CAPABILITY\r\n. STARTTLS\r\n. LOGOUT\r\n"),
         RUN("* OK hi\r\n. OK\r\n. BAD no\r\n. OK bye\r\n"), OPEN_IMAP, UPGRADE_REFUSED, NULL,
         "* OK hi", FIND_STARTTLS_REFUSED},
	{"IMAP, refused", RUN("a1 CAPABILITY\r\na2 STARTTLS\r\n"),
         RUN("* OK hi\r\n* CAPABILITY IMAP4rev1\r\na1 OK\r\na2 BAD no\r\n"), OPEN_IMAP,
         UPGRADE_REFUSED, NULL, "* OK hi", FIND_STARTTLS_REFUSED},
	{"IMAP, not taken", RUN("a1 CAPABILITY\r\na2 SELECT x\r\n"),
         RUN("* OK hi\r\n* CAPABILITY IMAP4rev1 STARTTLS\r\na1 OK\r\na2 OK\r\n"), OPEN_IMAP,
         UPGRADE_NOT_TAKEN, NULL, "* OK hi", FIND_STARTTLS_NOT_TAKEN},
	{"NNTP, accepted", RUN("CAPABILITIES\r\nSTARTTLS\r\n" TLS),
         RUN("200 hi\r\n101 list\r\nREADER\r\nSTARTTLS\r\n.\r\n382 go\r\n" TLS), OPEN_NNTP,
         UPGRADE_ACCEPTED, NULL, "200 hi", -1},
	{"NNTP, refused", RUN("CAPABILITIES\r\nSTARTTLS\r\n"),
         RUN("200 hi\r\n101 list\r\nREADER\r\n.\r\n580 no\r\n"), OPEN_NNTP, UPGRADE_REFUSED, NULL,
         "200 hi", FIND_STARTTLS_REFUSED},
	{"NNTP, not taken", RUN("CAPABILITIES\r\nGROUP x\r\n"),
         RUN("200 hi\r\n101 list\r\nSTARTTLS\r\n.\r\n211 x\r\n"), OPEN_NNTP, UPGRADE_NOT_TAKEN,
         NULL, "200 hi", FIND_STARTTLS_NOT_TAKEN},
	{"ManageSieve, accepted", RUN("STARTTLS\r\n" TLS),
         RUN("\"IMPLEMENTATION\" \"S 1\"\r\n\"STARTTLS\"\r\nOK \"hi\"\r\nOK \"go\"\r\n" TLS),
         OPEN_SIEVE, UPGRADE_ACCEPTED, NULL, "S 1", -1},
	{"ManageSieve, refused", RUN("STARTTLS\r\nLOGOUT\r\n"),
         RUN("\"IMPLEMENTATION\" \"S 1\"\r\nOK \"hi\"\r\nNO \"no\"\r\nOK\r\n"), OPEN_SIEVE,
         UPGRADE_REFUSED, NULL, "S 1", FIND_STARTTLS_REFUSED},
	{"XMPP, accepted", RUN("<stream:stream to='x.test'><starttls xmlns='t'/>\n" TLS),
         RUN("<?xml version='1.0'?><stream:stream from=\"x.test\"><stream:features><starttls "
             "xmlns='t'/></stream:features><proceed xmlns='t'/>" TLS),
         OPEN_XMPP, UPGRADE_ACCEPTED, "x.test", "x.test", -1},
	{"XMPP, accepted, with a prefix",
         RUN("<stream:stream to='x.test'><t:starttls xmlns:t='t'/>" TLS),
         RUN("<stream:stream from='x.test'><t:proceed xmlns:t='t'/>" TLS), OPEN_XMPP,
         UPGRADE_ACCEPTED, "x.test", "x.test", -1},
	{"XMPP, refused", RUN("<stream:stream to='x.test'><starttls xmlns='t'/>"),
         RUN("<stream:stream from='x.test'><failure xmlns='t'/></stream:stream>"), OPEN_XMPP,
         UPGRADE_REFUSED, "x.test", "x.test", FIND_STARTTLS_REFUSED},
	{"XMPP, not taken", RUN("<stream:stream to='x.test'><iq id='1'/>"),
         RUN("<stream:stream from='x.test'><stream:features><starttls xmlns='t'/>"
             "</stream:features>"),
         OPEN_XMPP, UPGRADE_NOT_TAKEN, "x.test", "x.test", FIND_STARTTLS_NOT_TAKEN},
	{"IRC, accepted", RUN("CAP LS\r\nNICK me\r\nSTARTTLS\r\n" TLS),
         RUN(":s CAP * LS :multi-prefix tls\r\n:s 670 me :go\r\n" TLS), OPEN_IRC, UPGRADE_ACCEPTED,
         "me", ":s CAP * LS :multi-prefix tls", -1},
	{"IRC, refused", RUN("NICK me\r\nSTARTTLS\r\n"),
         RUN(":s NOTICE * :hi\r\n:s 691 me :no\r\n"), OPEN_IRC, UPGRADE_REFUSED, "me",
         ":s NOTICE * :hi", FIND_STARTTLS_REFUSED},
	{"IRC, not taken", RUN("NICK me\r\nJOIN #x\r\n"),
         RUN(":s NOTICE * :hi\r\n:s 005 me STARTTLS :are supported\r\n"), OPEN_IRC,
         UPGRADE_NOT_TAKEN, "me", ":s NOTICE * :hi", FIND_STARTTLS_NOT_TAKEN},
	{"LDAP, accepted", RUN(LDAP_ASKS TLS), RUN("\x30\x0c\2\1\1\x78\7\x0a\1\0\4\0\4\0" TLS),
         OPEN_LDAP, UPGRADE_ACCEPTED, NULL, NULL, -1},
	{"LDAP, lengths of four bytes",
         RUN("\x30\x84\0\0\0\x1d\2\1\1\x77\x18\x80\x16"
             "1.3.6.1.4.1.1466.20037" TLS),
         RUN("\x30\x84\0\0\0\x10\2\1\1\x78\x84\0\0\0\7\x0a\1\0\4\0\4\0" TLS), OPEN_LDAP,
         UPGRADE_ACCEPTED, NULL, NULL, -1},
	{"LDAP, refused", RUN(LDAP_ASKS), RUN("\x30\x0c\2\1\1\x78\7\x0a\1\2\4\0\4\0"), OPEN_LDAP,
         UPGRADE_REFUSED, NULL, NULL, FIND_STARTTLS_REFUSED},
	{"LDAP, a password", RUN("\x30\x12\2\1\1\x60\x0d\2\1\3\4\3o=x\x80\3sec"),
         RUN("\x30\x0c\2\1\1\x61\7\x0a\1\0\4\0\4\0"), OPEN_LDAP, UPGRADE_NONE, NULL, NULL,
         FIND_CLEAR_CREDENTIALS},
	{"PostgreSQL, accepted", RUN("\0\0\0\x08\4\xd2\x16\x2f" TLS), RUN("S" TLS), OPEN_POSTGRESQL,
         UPGRADE_ACCEPTED, NULL, NULL, -1},
	{"PostgreSQL, GSSAPI first", RUN("\0\0\0\x08\4\xd2\x16\x30\0\0\0\x08\4\xd2\x16\x2f" TLS),
         RUN("NS" TLS), OPEN_POSTGRESQL, UPGRADE_ACCEPTED, NULL, NULL, -1},
	{"PostgreSQL, refused", RUN("\0\0\0\x08\4\xd2\x16\x2f\0\0\0\x11\0\3\0\0user\0me\0\0"),
         RUN("NR\0\0\0\x08\0\0\0\0"), OPEN_POSTGRESQL, UPGRADE_REFUSED, NULL, NULL,
         FIND_STARTTLS_REFUSED},
	{"PostgreSQL, refused by a server that does not know the request",
         RUN("\0\0\0\x08\4\xd2\x16\x2f"), RUN("E\0\0\0\x0bSERROR\0"), OPEN_POSTGRESQL,
         UPGRADE_REFUSED, NULL, NULL, FIND_STARTTLS_REFUSED},
	{"PostgreSQL, a password", RUN("\0\0\0\x11\0\3\0\0user\0me\0\0p\0\0\0\x08sec"),
         RUN("R\0\0\0\x08\0\0\0\3"), OPEN_POSTGRESQL, UPGRADE_NONE, NULL, NULL,
         FIND_CLEAR_CREDENTIALS},
	{"MySQL, accepted", RUN("\x20\0\0\1\x00\x0a\0\0\0\0\0\1\x21" ZEROS23 TLS),
         RUN(MYSQL_GREETING("\xff\xff") TLS), OPEN_MYSQL, UPGRADE_ACCEPTED, NULL, "8.0.1", -1},
	{"MySQL, not taken", RUN("\x24\0\0\1\x00\x02\0\0\0\0\0\1\x21" ZEROS23 "me\0\0"),
         RUN(MYSQL_GREETING("\xff\xff")), OPEN_MYSQL, UPGRADE_NOT_TAKEN, NULL, "8.0.1",
         FIND_STARTTLS_NOT_TAKEN},
	{"MySQL, not offered", RUN("\x24\0\0\1\x00\x02\0\0\0\0\0\1\x21" ZEROS23 "me\0\0"),
         RUN(MYSQL_GREETING("\xff\xf7")), OPEN_MYSQL, UPGRADE_NONE, NULL, "8.0.1",
         FIND_CLEAR_CREDENTIALS},
	{"MySQL, refused", RUN("\x20\0\0\1\x00\x0a\0\0\0\0\0\1\x21" ZEROS23),
         RUN(MYSQL_GREETING("\xff\xf7") "\5\0\0\2\xff\x15\4no"), OPEN_MYSQL, UPGRADE_REFUSED, NULL,
         "8.0.1", FIND_STARTTLS_REFUSED},
	{"RDP, accepted",
         RUN("\3\0\0\x28\x23\xe0\0\0\0\0\0Cookie: mstshash=me\r\n\1\0\x08\0\3\0\0\0" TLS),
         RUN("\3\0\0\x13\x0e\xd0\0\0\x12\x34\0\2\0\x08\0\1\0\0\0" TLS), OPEN_RDP, UPGRADE_ACCEPTED,
         "Cookie: mstshash=me", NULL, -1},
	{"RDP, refused", RUN("\3\0\0\x13\x0e\xe0\0\0\0\0\0\1\0\x08\0\1\0\0\0"),
         RUN("\3\0\0\x13\x0e\xd0\0\0\x12\x34\0\3\0\x08\0\2\0\0\0"), OPEN_RDP, UPGRADE_REFUSED, NULL,
         NULL, FIND_STARTTLS_REFUSED},
	{"RDP, never spoken of", RUN("\3\0\0\x0b\x06\xe0\0\0\0\0\0"),
         RUN("\3\0\0\x0b\x06\xd0\0\0\x12\x34\0"), OPEN_RDP, UPGRADE_NONE, NULL, NULL, -1},
	{"CONNECT, accepted", RUN("CONNECT a.test:443 HTTP/1.1\r\nHost: a.test\r\n\r\n" TLS),
         RUN("HTTP/1.1 200 yes\r\n\r\n" TLS), OPEN_CONNECT, UPGRADE_ACCEPTED, "a.test:443",
         "HTTP/1.1 200 yes", -1},
	{"CONNECT, accepted at last",
         RUN("CONNECT a.test:443 HTTP/1.1\r\n\r\nCONNECT b.test:443 HTTP/1.1\r\n\r\n" TLS),
         RUN("HTTP/1.1 407 who?\r\nContent-Length: 3\r\n\r\nabcHTTP/1.1 200 yes\r\n\r\n" TLS),
         OPEN_CONNECT, UPGRADE_ACCEPTED, "b.test:443", "HTTP/1.1 200 yes", -1},
	{"CONNECT, accepted with a length that means nothing",
         RUN("CONNECT a.test:443 HTTP/1.1\r\n\r\n" TLS),
         RUN("HTTP/1.1 200 yes\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n" TLS),
         OPEN_CONNECT, UPGRADE_ACCEPTED, "a.test:443", "HTTP/1.1 200 yes", -1},
	{"CONNECT, accepted behind an answer in chunks",
         RUN("CONNECT a.test:443 HTTP/1.1\r\n\r\nCONNECT a.test:443 HTTP/1.1\r\n\r\n" TLS),
         RUN("HTTP/1.1 407 who?\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n"
             "HTTP/1.1 200 yes\r\n\r\n" TLS),
         OPEN_CONNECT, UPGRADE_ACCEPTED, "a.test:443", "HTTP/1.1 200 yes", -1},
	{"CONNECT, refused", RUN("CONNECT a.test:443 HTTP/1.1\r\n\r\n"),
         RUN("HTTP/1.1 403 no\r\nContent-Length: 2\r\n\r\nno"), OPEN_CONNECT, UPGRADE_REFUSED,
         "a.test:443", "HTTP/1.1 403 no", -1},
	{"CONNECT, a password",
         RUN("CONNECT a.test:443 HTTP/1.1\r\nProxy-Authorization: Basic c2VjcmV0\r\n\r\n" TLS),
         RUN("HTTP/1.1 200 yes\r\n\r\n" TLS), OPEN_CONNECT, UPGRADE_ACCEPTED, "a.test:443",
         "HTTP/1.1 200 yes", FIND_CLEAR_CREDENTIALS},
	{"SOCKS 4, accepted", RUN("\4\1\1\xbb\xc0\0\2\7me\0" TLS), RUN("\0\x5a\0\0\0\0\0\0" TLS),
         OPEN_SOCKS4, UPGRADE_ACCEPTED, "192.0.2.7:443", NULL, -1},
	{"SOCKS 4a, refused", RUN("\4\1\1\xbb\0\0\0\1\0a.test\0"), RUN("\0\x5b\0\0\0\0\0\0"),
         OPEN_SOCKS4, UPGRADE_REFUSED, "a.test:443", NULL, -1},
	{"SOCKS 5, accepted", RUN("\5\1\0\5\1\0\3\6a.test\1\xbb" TLS),
         RUN("\5\0\5\0\0\1\0\0\0\0\0\0" TLS), OPEN_SOCKS5, UPGRADE_ACCEPTED, "a.test:443", NULL,
         -1},
	{"SOCKS 5, IPv6", RUN("\5\1\0\5\1\0\4\x20\1\x0d\xb8\0\0\0\0\0\0\0\0\0\0\0\1\1\xbb" TLS),
         RUN("\5\0\5\0\0\1\0\0\0\0\0\0" TLS), OPEN_SOCKS5, UPGRADE_ACCEPTED, "[2001:db8::1]:443",
         NULL, -1},
	{"SOCKS 5, refused", RUN("\5\1\0\5\1\0\1\xc0\0\2\7\1\xbb"), RUN("\5\0\5\5\0\1\0\0\0\0\0\0"),
         OPEN_SOCKS5, UPGRADE_REFUSED, "192.0.2.7:443", NULL, -1},
	{"SOCKS 5, no method fits", RUN("\5\1\0"), RUN("\5\xff"), OPEN_SOCKS5, UPGRADE_REFUSED,
         NULL, NULL, -1},
	{"SOCKS 5, a password", RUN("\5\1\2\1\2me\6secret\5\1\0\3\6a.test\1\xbb" TLS),
         RUN("\5\2\1\0\5\0\0\1\0\0\0\0\0\0" TLS), OPEN_SOCKS5, UPGRADE_ACCEPTED, "a.test:443", NULL,
         FIND_CLEAR_CREDENTIALS},
	{"PROXY 1", RUN("PROXY TCP4 10.0.0.5 192.0.2.7 1234 443\r\n" TLS), RUN(TLS), OPEN_PROXY,
         UPGRADE_NONE, NULL, NULL, -1},
	{"PROXY 2", RUN(V2 "\x21\x11\0\x0c\x0a\0\0\5\xc0\0\2\7\x04\xd2\1\xbb" TLS), RUN(TLS),
         OPEN_PROXY, UPGRADE_NONE, NULL, NULL, -1},
};

enum { SCRIPTS = sizeof scripts / sizeof *scripts };

/* Plays a script in pieces, and gives what was told in `out`. */
static struct opening_driver *play(const struct script *s, size_t most, enum side first)
{
	struct opening_driver *d = opening_driver_new();
	ck_assert_ptr_nonnull(d);
	opening_driver_bytes(d, first, first == CLIENT ? s->client : s->server, most);
	opening_driver_bytes(d, other_side(first), first == CLIENT ? s->server : s->client, most);
	return d;
}

static bool is(struct bytes b, const char *z)
{
	return z == NULL ? b.len == 0
	                 : b.len == strlen(z) && (b.len == 0 || memcmp(b.at, z, b.len) == 0);
}

static bool has_found(const struct session *s, int code)
{
	for (uint32_t i = 0; i < s->n_found; i++)
		if (s->found[i].code == code)
			return true;
	return false;
}

START_TEST(each_protocol_is_told_with_what_came_of_it)
{
	const struct script *s = &scripts[_i];
	struct opening_driver *d = play(s, SIZE_MAX, CLIENT);
	const char *told = opening_driver_tell(d);
	const struct opening *o = &d->opening[0];
	ck_assert_msg(d->session.n_openings == 1, "%s: %s", s->what, told);
	ck_assert_msg(d->broken == NULL, "%s: %s", s->what, d->broken);
	ck_assert_msg(o->protocol == s->protocol, "%s: %s", s->what, told);
	ck_assert_msg(o->upgrade == s->upgrade, "%s: %s", s->what, told);
	ck_assert_msg(is(o->client_named, s->named), "%s: %s", s->what, told);
	ck_assert_msg(is(o->server_said, s->said), "%s: %s", s->what, told);
	ck_assert_msg(s->found < 0 ? d->session.n_found == 0 : has_found(&d->session, s->found),
	              "%s: %s", s->what, told);
	for (int i = 0; i < 2; i++) {
		struct bytes b = i == CLIENT ? s->client : s->server;
		bool tls = b.len >= 3 && memcmp(b.at + b.len - 3, TLS, 3) == 0;
		ck_assert_msg(d->side[i].tls == tls, "%s: side %d", s->what, i);
		ck_assert_msg(d->side[i].used == b.len - (tls ? 3 : 0), "%s: side %d", s->what, i);
	}
	opening_driver_free(d);
}
END_TEST

START_TEST(neither_pieces_nor_the_order_of_sides_change_what_is_told)
{
	const struct script *s = &scripts[_i];
	struct opening_driver *whole = play(s, SIZE_MAX, CLIENT);
	const char *told = opening_driver_tell(whole);
	for (size_t most = 1; most < 60; most++)
		for (enum side first = CLIENT; first <= SERVER; first++) {
			struct opening_driver *d = play(s, most, first);
			ck_assert_str_eq(opening_driver_tell(d), told);
			ck_assert_ptr_null(d->broken);
			opening_driver_free(d);
		}
	opening_driver_free(whole);
}
END_TEST

/* Wherever a stream is cut off, nothing breaks; and what is told is the beginning of it. */
START_TEST(a_stream_may_end_anywhere)
{
	const struct script *s = &scripts[_i];
	for (size_t c = 0; c <= s->client.len; c++)
		for (size_t r = 0; r <= s->server.len; r++) {
			struct script cut = *s;
			cut.client.len = c;
			cut.server.len = r;
			struct opening_driver *d = play(&cut, SIZE_MAX, CLIENT);
			opening_driver_tell(d);
			ck_assert_ptr_null(d->broken);
			opening_driver_free(d);
		}
}
END_TEST

/* A tiny generator (Numerical Recipes): the same garbage on every machine. */
static uint8_t garbage(uint32_t *state)
{
	*state = *state * 1664525 + 1013904223;
	return (uint8_t)(*state >> 24);
}

START_TEST(garbage_in_it_breaks_nothing)
{
	const struct script *s = &scripts[_i];
	uint32_t state = (uint32_t)_i + 1;
	for (int round = 0; round < 300; round++) {
		uint8_t byte[2][512];
		struct script bad = *s;
		bad.client = (struct bytes){byte[0], s->client.len};
		bad.server = (struct bytes){byte[1], s->server.len};
		memcpy(byte[0], s->client.at, s->client.len);
		memcpy(byte[1], s->server.at, s->server.len);
		for (int i = 0; i < 2; i++)
			for (int n = 0; n < 3; n++) {
				size_t len = i == CLIENT ? s->client.len : s->server.len;
				uint8_t at = garbage(&state);
				if (len > 0)
					byte[i][at % len] = garbage(&state);
			}
		struct opening_driver *a = play(&bad, SIZE_MAX, CLIENT);
		struct opening_driver *b = play(&bad, 1, SERVER);
		ck_assert_str_eq(opening_driver_tell(a), opening_driver_tell(b));
		ck_assert_ptr_null(a->broken);
		ck_assert_ptr_null(b->broken);
		opening_driver_free(a);
		opening_driver_free(b);
	}
}
END_TEST

/* ---- secrets ---- */

/* Connections in which the word SECRET is one; `kept` is what may be shown of the client's side. */
static const struct secret {
	struct bytes client, server;
	bool password; /* it was sent as it is */
	const char *kept;
} secrets[] = {
	{RUN("EHLO me\r\nAUTH PLAIN SECRET\r\n"), RUN(OFFER "235 ok\r\n"), true,
         "EHLO me\r\nAUTH PLAIN (not shown)\r\n"},
	{RUN("EHLO me\r\nAUTH LOGIN\r\nSECRET\r\nSECRET\r\nMAIL FROM:<a>\r\n"),
         RUN(OFFER "334 a\r\n334 b\r\n235 ok\r\n250 ok\r\n"), true,
         "EHLO me\r\nAUTH LOGIN\r\n(not shown)\r\n(not shown)\r\nMAIL FROM:<a>\r\n"},
	{RUN("EHLO me\r\nAUTH CRAM-MD5\r\nSECRET\r\n"), RUN(OFFER "334 a\r\n235 ok\r\n"), false,
         "EHLO me\r\nAUTH CRAM-MD5\r\n(not shown)\r\n"},
	{RUN("USER SECRET\r\nPASS SECRET\r\n"), RUN("+OK\r\n+OK\r\n+OK\r\n"), true,
         "USER (not shown)\r\nPASS (not shown)\r\n"},
	{RUN("APOP SECRET SECRET\r\n"), RUN("+OK <1@x>\r\n+OK\r\n"), false, "APOP (not shown)\r\n"},
	{RUN("USER SECRET\r\nPASS SECRET SECRET\r\nACCT SECRET\r\n"),
         RUN("220 FTP\r\n331\r\n332 \r\n230 \r\n"), true,
         "USER (not shown)\r\nPASS (not shown)\r\nACCT (not shown)\r\n"},
	{RUN("a LOGIN SECRET \"SECRET\"\r\n"), RUN("* OK\r\na OK\r\n"), true,
         "a LOGIN (not shown)\r\n"},
	{RUN("a LOGIN {6}\r\nSECRET {13}\r\nSECRET SECRET\r\nb NOOP\r\n"),
         RUN("* OK\r\n+ go\r\n+ go\r\na OK\r\nb OK\r\n"), true,
         "a LOGIN (not shown)\r\n(not shown)\r\n(not shown)\r\nb NOOP\r\n"},
	{RUN("a AUTHENTICATE PLAIN\r\nSECRET\r\nb NOOP\r\n"), RUN("* OK\r\n+ \r\na OK\r\nb OK\r\n"),
         true, "a AUTHENTICATE PLAIN\r\n(not shown)\r\nb NOOP\r\n"},
	{RUN("AUTHINFO USER SECRET\r\nAUTHINFO PASS SECRET\r\n"), RUN("200 hi\r\n381 \r\n281 \r\n"),
         true, "AUTHINFO USER (not shown)\r\nAUTHINFO PASS (not shown)\r\n"},
	{RUN("AUTHINFO SASL PLAIN SECRET\r\n"), RUN("200 hi\r\n281 \r\n"), true,
         "AUTHINFO SASL PLAIN (not shown)\r\n"},
	{RUN("AUTHENTICATE \"PLAIN\" \"SECRET\"\r\n"),
         RUN("\"IMPLEMENTATION\" \"S\"\r\nOK\r\nOK\r\n"), true,
         "AUTHENTICATE \"PLAIN\" (not shown)\r\n"},
	{RUN("AUTHENTICATE \"PLAIN\" {6+}\r\nSECRET\r\n"),
         RUN("\"IMPLEMENTATION\" \"S\"\r\nOK\r\nOK\r\n"), true,
         "AUTHENTICATE \"PLAIN\" (not shown)\r\n(not shown)\r\n"},
	{RUN("PASS SECRET\r\nNICK me\r\nOPER SECRET SECRET\r\n"), RUN(":s NOTICE * :hi\r\n"), true,
         "PASS (not shown)\r\nNICK me\r\nOPER (not shown)\r\n"},
	{RUN("NICK me\r\nAUTHENTICATE PLAIN\r\nAUTHENTICATE SECRET\r\n"),
         RUN(":s NOTICE * :hi\r\n"), true,
         "NICK me\r\nAUTHENTICATE PLAIN\r\nAUTHENTICATE (not shown)\r\n"},
	{RUN("NICK me\r\nPRIVMSG NickServ :IDENTIFY SECRET\r\n"), RUN(":s NOTICE * :hi\r\n"), true,
         "NICK me\r\nPRIVMSG NickServ :IDENTIFY (not shown)\r\n"},
	{RUN("<stream:stream><auth mechanism='PLAIN'>SECRET</auth>"), RUN("<stream:stream>"), true,
         "<stream:stream><auth mechanism='PLAIN'>(not shown)\r\n"},
	{RUN("CONNECT a:1 HTTP/1.1\r\nproxy-authorization: Basic SECRET\r\n\r\n"),
         RUN("HTTP/1.1 403 \r\n\r\n"), true,
         "CONNECT a:1 HTTP/1.1\r\nproxy-authorization: Basic (not shown)\r\n\r\n"},
	{RUN("CONNECT a:1 HTTP/1.1\r\nProxy-Authorization: Digest SECRET, SECRET\r\n\r\n"),
         RUN("HTTP/1.1 403 \r\n\r\n"), false,
         "CONNECT a:1 HTTP/1.1\r\nProxy-Authorization: Digest (not shown)\r\n\r\n"},
	{RUN("CONNECT a:1 HTTP/1.1\r\nProxy-Authorization:Basic SECRET\r\n\r\n"),
         RUN("HTTP/1.1 403 \r\n\r\n"), true,
         "CONNECT a:1 HTTP/1.1\r\nProxy-Authorization:Basic (not shown)\r\n\r\n"},
	{RUN("CONNECT a:1 HTTP/1.1\r\nProxy-Authorization : SECRET\r\n\r\n"),
         RUN("HTTP/1.1 403 \r\n\r\n"), false,
         "CONNECT a:1 HTTP/1.1\r\nProxy-Authorization : (not shown)\r\n\r\n"},
	{RUN("CONNECT a:1 HTTP/1.1\r\nAuthorization: Basic\r\n SECRET\r\n\r\n"),
         RUN("HTTP/1.1 403 \r\n\r\n"), true,
         "CONNECT a:1 HTTP/1.1\r\nAuthorization: (not shown)\r\n(not shown)\r\n\r\n"},
	{RUN("EHLO me\r\n AUTH PLAIN SECRET\r\n"), RUN(OFFER "235 ok\r\n"), true,
         "EHLO me\r\n AUTH PLAIN (not shown)\r\n"},
	{RUN("AUTHINFO SIMPLE\r\nSECRET SECRET\r\n"), RUN("200 NNTP\r\n350 \r\n250 \r\n"), true,
         "AUTHINFO SIMPLE\r\n(not shown)\r\n"},
	{RUN("NICK me\r\n@label=1 :me PASS SECRET\r\n"), RUN(":s NOTICE * :hi\r\n"), true,
         "NICK me\r\n@label=1 :me PASS (not shown)\r\n"},
	{RUN("<stream:stream><s:auth\nmechanism='PLAIN'><![CDATA[SECRET]]></s:auth>"),
         RUN("<stream:stream>"), true,
         "<stream:stream><s:auth\nmechanism='PLAIN'>(not shown)\r\n</s:auth>"},
	{RUN("<stream:stream><authenticate mechanism='PLAIN'><initial-response>SECRET"
             "</initial-response></authenticate>"),
         RUN("<stream:stream>"), true,
         "<stream:stream><authenticate mechanism='PLAIN'><initial-response>(not "
         "shown)\r\n</authenticate>"},
	{RUN("<stream:stream><iq><username>SECRET</username><password>SECRET</password></iq>"),
         RUN("<stream:stream>"), true,
         "<stream:stream><iq><username>(not shown)\r\n<password>(not shown)\r\n</iq>"},
	{RUN("\5\1\2\1\6SECRET\6SECRET\5\1\0\3\1a\1\xbb"), RUN("\5\2\1\0"), true, ""},
	{RUN("\x30\x18\2\1\1\x60\x13\2\1\3\4\6SECRET\x80\6SECRET"),
         RUN("\x30\x0c\2\1\1\x61\7\x0a\1\0\4\0\4\0"), true, ""},
};

START_TEST(a_secret_is_never_told)
{
	const struct secret *s = &secrets[_i];
	struct script one = {.client = s->client, .server = s->server};
	struct opening_driver *d = play(&one, SIZE_MAX, CLIENT);
	const char *told = opening_driver_tell(d);
	const struct opening *o = &d->opening[0];
	ck_assert_msg(d->session.n_openings == 1, "%d: %s", _i, told);
	ck_assert_msg(strstr(told, "SECRET") == NULL, "%d: %s", _i, told);
	ck_assert_msg(is(o->said[CLIENT], s->kept), "%d: %s", _i, told);
	ck_assert_msg((o->password_frame != 0) == s->password, "%d: %s", _i, told);
	ck_assert_msg(s->password || o->login_frame != 0, "%d: %s", _i, told);
	ck_assert(has_found(&d->session, FIND_CLEAR_CREDENTIALS));
	opening_driver_free(d);
}
END_TEST

/* What may hold a secret, though nobody can tell: it is not shown, and not called a login. */
static const struct {
	struct bytes client, server;
	const char *kept, *kept_of_server;
} perhaps[] = {
	{RUN("CONNECT me:SECRET@a:1 HTTP/1.1\r\nHost: a:1\r\nCookie: "
             "SECRET\r\nX-Key:SECRET\r\n\r\n"),
         RUN("HTTP/1.1 403 no\r\nSet-Cookie: SECRET\r\n\r\n"),
         "CONNECT (not shown)\r\nHost: a:1\r\nCookie: (not shown)\r\nX-Key:(not shown)\r\n\r\n",
         "HTTP/1.1 403 no\r\nSet-Cookie:(not shown)\r\n\r\n"},
	{RUN("NICK me\r\nPRIVMSG Q@services :AUTH me SECRET\r\nNS ID SECRET\r\n"),
         RUN(":s NOTICE * :hi\r\n"), "NICK me\r\nPRIVMSG (not shown)\r\nNS (not shown)\r\n",
         ":s NOTICE * :hi\r\n"},
	{RUN("FEAT\r\nSITE PSWD SECRET SECRET\r\n"), RUN("220 FTP\r\n211 \r\n200 \r\n"),
         "FEAT\r\nSITE (not shown)\r\n", "220 FTP\r\n211 \r\n200 \r\n"},
	{RUN("<stream:stream><iq/>"),
         RUN("<stream:stream><iq><query><password>SECRET</password></query></iq>"),
         "<stream:stream><iq/>",
         "<stream:stream><iq><query><password>(not shown)\r\n</query></iq>"},
};

START_TEST(what_may_be_a_secret_is_not_shown)
{
	struct script one = {.client = perhaps[_i].client, .server = perhaps[_i].server};
	struct opening_driver *d = play(&one, SIZE_MAX, CLIENT);
	const char *told = opening_driver_tell(d);
	const struct opening *o = &d->opening[0];
	ck_assert_msg(strstr(told, "SECRET") == NULL, "%d: %s", _i, told);
	ck_assert_msg(is(o->said[CLIENT], perhaps[_i].kept), "%d: %s", _i, told);
	ck_assert_msg(is(o->said[SERVER], perhaps[_i].kept_of_server), "%d: %s", _i, told);
	opening_driver_free(d);
}
END_TEST

/* A login longer than what is kept of a line comes in several messages. */
START_TEST(the_rest_of_a_long_secret_is_never_told)
{
	static uint8_t client[3000] = "EHLO me\r\nAUTH PLAIN ";
	size_t head = strlen((char *)client);
	memset(client + head, 'Q', sizeof client - head - 2);
	memcpy(client + sizeof client - 2, "\r\n", 2);
	struct script one = {.client = {client, sizeof client}, .server = RUN(OFFER)};
	struct opening_driver *d = play(&one, 1000, CLIENT);
	const char *told = opening_driver_tell(d);
	ck_assert_ptr_null(strstr(told, "QQ"));
	ck_assert_uint_eq(d->side[CLIENT].used, sizeof client);
	ck_assert(is(d->opening[0].said[CLIENT], "EHLO me\r\nAUTH PLAIN (not shown)\r\n"));
	opening_driver_free(d);
}
END_TEST

START_TEST(who_is_nobody_has_no_secret)
{
	struct script one = {.client = RUN("USER anonymous\r\nPASS a@b\r\n"),
	                     .server = RUN("220 FTP\r\n331 \r\n230 \r\n")};
	struct opening_driver *d = play(&one, SIZE_MAX, CLIENT);
	opening_driver_tell(d);
	ck_assert_uint_eq(d->session.n_openings, 1);
	ck_assert_uint_eq(d->session.n_found, 0);
	opening_driver_free(d);
}
END_TEST

/* ---- nesting, bounds, facts ---- */

START_TEST(openings_nest)
{
	struct script one = {
		.client =
			RUN("PROXY TCP6 2001:db8::5 2001:db8::7 1 25\r\nCONNECT m.test:25 HTTP/1.1"
	                    "\r\n\r\n\5\1\0\5\1\0\3\1m\0\x19"
	                    "EHLO me\r\nSTARTTLS\r\n" TLS),
		.server = RUN("HTTP/1.1 200 \r\n\r\n\5\0\5\0\0\1\0\0\0\0\0\0" OFFER
	                      "220 go\r\n" TLS)};
	struct opening_driver *d = play(&one, SIZE_MAX, CLIENT);
	const char *told = opening_driver_tell(d);
	static const uint8_t order[] = {OPEN_PROXY, OPEN_CONNECT, OPEN_SOCKS5, OPEN_SMTP};
	ck_assert_msg(d->session.n_openings == 4, "%s", told);
	for (int i = 0; i < 4; i++)
		ck_assert_uint_eq(d->opening[i].protocol, order[i]);
	ck_assert(d->side[CLIENT].tls && d->side[SERVER].tls);
	ck_assert(is(d->opening[0].fact[0].value, "[2001:db8::5]:1"));
	ck_assert(is(d->opening[0].fact[1].value, "[2001:db8::7]:25"));
	ck_assert_uint_eq(d->opening[3].upgrade, UPGRADE_ACCEPTED);
	opening_driver_free(d);
}
END_TEST

START_TEST(a_proxy_tells_what_it_knows_of_the_client)
{
	struct script one = {
		.client = RUN(V2
	                      "\x21\x11\0\x43\x0a\0\0\5\xc0\0\2\7\x04\xd2\1\xbb\1\0\2h2\2\0\6a.test"
	                      "\5\0\3uid\x20\0\x1b\7\0\0\0\0\x21\0\7TLSv1.3\x22\0\2me\x23\0\x04"
	                      "AES!\x30\0\2ns" TLS)};
	static const struct {
		enum opening_fact_kind kind;
		const char *value;
	} known[] = {{FACT_SOURCE, "10.0.0.5:1234"},
	             {FACT_DESTINATION, "192.0.2.7:443"},
	             {FACT_ALPN, "h2"},
	             {FACT_AUTHORITY, "a.test"},
	             {FACT_UNIQUE_ID, "uid"},
	             {FACT_TLS_VERSION, "TLSv1.3"},
	             {FACT_COMMON_NAME, "me"},
	             {FACT_TLS_CIPHER, "AES!"}};
	struct opening_driver *d = play(&one, SIZE_MAX, CLIENT);
	const char *told = opening_driver_tell(d);
	ck_assert_msg(d->opening[0].n_facts == OPENING_FACTS, "%s", told);
	for (int i = 0; i < OPENING_FACTS; i++) {
		ck_assert_uint_eq(d->opening[0].fact[i].kind, known[i].kind);
		ck_assert_msg(is(d->opening[0].fact[i].value, known[i].value), "%s", told);
	}
	ck_assert(d->side[CLIENT].tls);
	opening_driver_free(d);
}
END_TEST

START_TEST(an_opening_is_followed_only_so_far)
{
	static uint8_t server[40000];
	size_t n = 0;
	memcpy(server, "220 mx ESMTP\r\n", 14);
	for (n = 14; n + 40 < sizeof server; n += 40)
		memcpy(server + n, "250-1234567890123456789012345678901234\r\n", 40);
	struct script one = {.client = RUN("EHLO me\r\n"), .server = {server, n}};
	struct opening_driver *d = play(&one, SIZE_MAX, CLIENT);
	opening_driver_tell(d);
	ck_assert(d->opening[0].cut);
	ck_assert_uint_le(d->opening[0].bytes[SERVER], PREAMBLE_BYTES + PREAMBLE_KEPT);
	ck_assert_uint_lt(d->side[SERVER].used, n);
	opening_driver_free(d);
}
END_TEST

START_TEST(what_is_nothing_known_is_left_at_once)
{
	static const struct bytes other[] = {
		RUN("SSH-2.0-OpenSSH\r\n"),    RUN("GET / HTTP/1.1\r\n"),   RUN("\x16\3\1\0\5"),
		RUN("*1\r\n$4\r\nPING\r\n"),   RUN("\0\0\1\0\0\0\0\0\0"),   RUN("hello\r\n"),
		RUN("\x30\x82\1\1\2\1\1\x99"), RUN("\3\0\0\x0b\6\xf0\0\0"), RUN("\5\0"),
	};
	for (size_t i = 0; i < sizeof other / sizeof *other; i++)
		ck_assert_int_eq(preamble_look(other[i], CLIENT, true), LOOK_NO);
	ck_assert_int_eq(preamble_look((struct bytes)RUN("EHL"), CLIENT, false), LOOK_MORE);
	ck_assert_int_eq(preamble_look((struct bytes)RUN("EHL"), CLIENT, true), LOOK_NO);
	ck_assert_int_eq(preamble_look((struct bytes){NULL, 0}, CLIENT, false), LOOK_MORE);
	ck_assert_int_eq(preamble_look((struct bytes){NULL, 0}, SERVER, true), LOOK_NO);
}
END_TEST

/* RFC 2228, 3: ADAT is sealed by its mechanism. */
START_TEST(a_login_that_needs_no_clear_channel_is_hidden_and_not_found)
{
	struct script one = {.client = RUN("AUTH GSSAPI\r\nADAT SECRET\r\n"),
	                     .server = RUN("220 FTP\r\n334 \r\n235 \r\n")};
	struct opening_driver *d = play(&one, SIZE_MAX, CLIENT);
	const char *told = opening_driver_tell(d);
	ck_assert_msg(strstr(told, "SECRET") == NULL && strstr(told, "ADAT ") != NULL, "%s", told);
	ck_assert_uint_eq(d->session.n_found, 0);
	opening_driver_free(d);
}
END_TEST

/* X.690, 8.1.3.5: a length has at most four bytes here. RFC 4513, 5.2.1: SASL. */
START_TEST(ldap_tells_its_login_and_its_offer)
{
	struct script one = {
		.client = RUN("\x30\x1a\2\1\1\x60\x15\2\1\3\4\0\xa3\x0e\4\5PLAIN\4\5\0me\0p"
	                      "\x30\x85\0\0\0\0\1"),
		.server = RUN("\x30\x21\2\1\2\x64\x1c\4\0\x30\x18\4\x16"
	                      "1.3.6.1.4.1.1466.20037")};
	struct opening_driver *d = play(&one, SIZE_MAX, CLIENT);
	opening_driver_tell(d);
	const struct opening *o = &d->opening[0];
	ck_assert_uint_eq(o->protocol, OPEN_LDAP);
	ck_assert_uint_eq(o->upgrade, UPGRADE_NOT_TAKEN);
	ck_assert_uint_ne(o->password_frame, 0);
	ck_assert(o->n_facts == 1 && is(o->fact[0].value, "PLAIN"));
	ck_assert_uint_eq(d->side[CLIENT].used, 28); /* what follows is none */
	opening_driver_free(d);
}
END_TEST

START_TEST(a_long_message_is_kept_in_part_and_gone_over)
{
	static uint8_t client[4 + 3000 + 31] = "\x30\x82\x0b\xb8\2\1\1\x63\x82\x0b\xb1";
	memcpy(client + 4 + 3000, LDAP_ASKS, 31);
	struct script one = {.client = {client, sizeof client},
	                     .server = RUN("\x30\x0c\2\1\1\x78\7\x0a\1\0\4\0\4\0")};
	for (size_t most = 1; most < 5000; most += 499) {
		struct opening_driver *d = play(&one, most, CLIENT);
		opening_driver_tell(d);
		ck_assert_uint_eq(d->opening[0].upgrade, UPGRADE_ACCEPTED);
		ck_assert_uint_eq(d->side[CLIENT].used, sizeof client);
		opening_driver_free(d);
	}
}
END_TEST

START_TEST(postgresql_tells_whom_and_what_for)
{
	struct script one = {
		.client = RUN("\0\0\0\x33\0\3\0\0user\0me\0database\0db\0application_name\0psql\0\0"
	                      "p\0\0\0\5\0")};
	struct opening_driver *d = play(&one, 3, CLIENT);
	const char *told = opening_driver_tell(d);
	const struct opening *o = &d->opening[0];
	ck_assert_msg(o->n_facts == 3, "%s", told);
	ck_assert(o->fact[0].kind == FACT_USER && is(o->fact[0].value, "me"));
	ck_assert(o->fact[1].kind == FACT_DATABASE && is(o->fact[1].value, "db"));
	ck_assert(o->fact[2].kind == FACT_APPLICATION && is(o->fact[2].value, "psql"));
	opening_driver_free(d);
}
END_TEST

/* The header's line is longer than what is kept of one. */
START_TEST(a_proxys_long_secret_is_never_told)
{
	static uint8_t client[3100] = "CONNECT a.test:443 HTTP/1.1\r\nCookie: a=QQ; b=QQ\r\n"
				      "Authorization: QQ\r\n"
				      "Authorization: Basic QQ\r\nProxy-Authorization: Digest ";
	size_t at = strlen((char *)client);
	memset(client + at, 'Q', sizeof client - at - 4);
	memcpy(client + sizeof client - 4, "\r\n\r\n", 4);
	struct script one = {.client = {client, sizeof client},
	                     .server = RUN("HTTP/1.1 200 yes\r\n\r\n")};
	struct opening_driver *d = play(&one, SIZE_MAX, CLIENT);
	const char *told = opening_driver_tell(d);
	const struct opening *o = &d->opening[0];
	ck_assert_msg(strstr(told, "QQ") == NULL, "%s", told);
	ck_assert_uint_eq(o->upgrade, UPGRADE_ACCEPTED);
	ck_assert(o->n_facts == 1 && is(o->fact[0].value, "Basic")); /* the first of them */
	ck_assert(o->password_frame != 0 && o->login_frame != 0);
	opening_driver_free(d);
}
END_TEST

START_TEST(what_is_over_takes_nothing_more)
{
	struct opening_driver *d = opening_driver_new();
	struct bytes hello = RUN("EHLO me\r\n"), noise = RUN("\1\2\3\4");
	for (int i = 0; i < 2; i++) {
		struct preamble_step step =
			preamble_take(d->preamble, CLIENT, 0, i == 0 ? noise : hello, true,
		                      opening_driver_place, d);
		ck_assert(step.strange && step.used == 0);
	}
	opening_driver_free(d);
}
END_TEST

/* What is no longer kept is taken all the same. */
START_TEST(where_memory_ends_bytes_are_still_taken)
{
	enum { BLOCK_HEAD = 16 };
	struct script one = {.client = RUN("EHLO me.test\r\nSTARTTLS\r\n" TLS),
	                     .server = RUN(OFFER "220 go\r\n" TLS)};
	struct opening_driver *d = opening_driver_new();
	ck_assert_ptr_nonnull(arena_take(&d->arena, 60000)); /* a block that is full */
	d->arena.limit = d->arena.held + BLOCK_HEAD + 32 * (size_t)_i;
	opening_driver_bytes(d, CLIENT, one.client, SIZE_MAX);
	opening_driver_bytes(d, SERVER, one.server, SIZE_MAX);
	opening_driver_tell(d);
	ck_assert_ptr_null(d->broken);
	ck_assert(d->side[CLIENT].tls && d->side[SERVER].tls);
	opening_driver_free(d);
}
END_TEST

Suite *opening_suite(void)
{
	Suite *suite = suite_create("opening");
	TCase *each = tcase_create("each");
	tcase_add_loop_test(each, each_protocol_is_told_with_what_came_of_it, 0, SCRIPTS);
	tcase_add_loop_test(each, neither_pieces_nor_the_order_of_sides_change_what_is_told, 0,
	                    SCRIPTS);
	tcase_add_loop_test(each, a_stream_may_end_anywhere, 0, SCRIPTS);
	tcase_add_loop_test(each, garbage_in_it_breaks_nothing, 0, SCRIPTS);
	suite_add_tcase(suite, each);
	TCase *secret = tcase_create("secrets");
	tcase_add_loop_test(secret, a_secret_is_never_told, 0,
	                    (int)(sizeof secrets / sizeof *secrets));
	tcase_add_loop_test(secret, what_may_be_a_secret_is_not_shown, 0,
	                    (int)(sizeof perhaps / sizeof *perhaps));
	tcase_add_test(secret, the_rest_of_a_long_secret_is_never_told);
	tcase_add_test(secret, who_is_nobody_has_no_secret);
	suite_add_tcase(suite, secret);
	TCase *all = tcase_create("all");
	tcase_add_test(all, openings_nest);
	tcase_add_test(all, a_proxy_tells_what_it_knows_of_the_client);
	tcase_add_test(all, an_opening_is_followed_only_so_far);
	tcase_add_test(all, what_is_nothing_known_is_left_at_once);
	tcase_add_test(all, a_login_that_needs_no_clear_channel_is_hidden_and_not_found);
	tcase_add_test(all, ldap_tells_its_login_and_its_offer);
	tcase_add_test(all, a_long_message_is_kept_in_part_and_gone_over);
	tcase_add_test(all, postgresql_tells_whom_and_what_for);
	tcase_add_test(all, a_proxys_long_secret_is_never_told);
	tcase_add_test(all, what_is_over_takes_nothing_more);
	tcase_add_loop_test(all, where_memory_ends_bytes_are_still_taken, 20, 120);
	suite_add_tcase(suite, all);
	return suite;
}
