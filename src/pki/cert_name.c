/* The names of a certificate as texts. Foreign bytes: nothing is escaped here but what RFC 4514
 * needs to tell one attribute from the next. */
#include <openssl/x509.h>
#include <stdlib.h>

#include "src/base/text.h"
#include "src/pki/private.h"

enum { DNS_NAME = 0x82, IP_ADDRESS = 0x87 };

/* RFC 4514, 2.4: what needs a backslash, here and at the ends of a value. */
static bool is_special(struct bytes value, size_t i)
{
	char c = (char)value.at[i];
	if (c == ' ')
		return i == 0 || i + 1 == value.len;
	return (c == '#' && i == 0) || (c != '\0' && strchr(",+\"\\<>;", c) != NULL);
}

static void add_value(struct text *t, struct bytes value)
{
	for (size_t i = 0; i < value.len; i++) {
		if (value.at[i] == '\0') {
			text_add(t, "\\00");
			continue;
		}
		if (is_special(value, i))
			text_char(t, '\\');
		text_char(t, (char)value.at[i]);
	}
}

/* Gives the value in UTF-8, or its bytes where they are in no known form, in memory to be freed. */
static struct bytes value_of(const X509_NAME_ENTRY *e, unsigned char **owned)
{
	const ASN1_STRING *s = X509_NAME_ENTRY_get_data(e);
	int len = ASN1_STRING_to_UTF8(owned, s);
	if (len >= 0)
		return (struct bytes){*owned, (size_t)len};
	*owned = NULL;
	return (struct bytes){ASN1_STRING_get0_data(s), (size_t)ASN1_STRING_length(s)};
}

static void add_type(struct text *t, const ASN1_OBJECT *type)
{
	int nid = OBJ_obj2nid(type);
	char dotted[OID_BYTES * 4];
	if (nid != NID_undef) {
		text_add(t, OBJ_nid2sn(nid));
		return;
	}
	int len = OBJ_obj2txt(dotted, sizeof dotted, type, 1);
	text_add(t, len > 0 && len < (int)sizeof dotted ? dotted : "?");
}

/* RFC 4514: from the last relative name to the first. */
static struct bytes name_text(const X509_NAME *name, struct arena *a)
{
	struct text t = text_new(a);
	int set = -1;
	for (int i = X509_NAME_entry_count(name) - 1; i >= 0; i--) {
		const X509_NAME_ENTRY *e = X509_NAME_get_entry(name, i);
		unsigned char *owned = NULL;
		if (t.len > 0)
			text_char(&t, X509_NAME_ENTRY_set(e) == set ? '+' : ',');
		set = X509_NAME_ENTRY_set(e);
		add_type(&t, X509_NAME_ENTRY_get_object(e));
		text_char(&t, '=');
		add_value(&t, value_of(e, &owned));
		OPENSSL_free(owned);
	}
	return t.broken ? (struct bytes){NULL, 0} : (struct bytes){(uint8_t *)t.at, t.len};
}

/* Gives the last attribute of a kind, which is the most special; empty when there is none. */
static struct bytes name_part(const X509_NAME *name, int nid, struct arena *a)
{
	int last = -1, i = -1;
	while ((i = X509_NAME_get_index_by_NID(name, nid, i)) >= 0)
		last = i;
	if (last < 0)
		return (struct bytes){NULL, 0};
	unsigned char *owned = NULL;
	struct bytes part = arena_keep(a, value_of(X509_NAME_get_entry(name, last), &owned));
	OPENSSL_free(owned);
	return part;
}

static bool has_control(struct bytes text)
{
	for (size_t i = 0; i < text.len; i++)
		if (text.at[i] < 0x20 || text.at[i] == 0x7f)
			return true;
	return false;
}

void cert_names(struct cert_kept *c, const X509 *x, struct arena *a)
{
	const X509_NAME *subject = X509_get_subject_name(x), *issuer = X509_get_issuer_name(x);
	struct cert *f = &c->facts;
	f->subject = name_text(subject, a);
	f->issuer = name_text(issuer, a);
	f->common_name = name_part(subject, NID_commonName, a);
	f->issuer_name = name_part(issuer, NID_commonName, a);
	if (f->issuer_name.len == 0)
		f->issuer_name = name_part(issuer, NID_organizationName, a);
	if (f->issuer_name.len == 0)
		f->issuer_name = f->issuer;
	if (has_control(f->subject) || has_control(f->issuer))
		f->findings |= cert_finding_bit(FIND_CERT_NAME_INVALID);
}

static struct bytes address_text(struct bytes address, struct arena *a)
{
	uint8_t ip[16] = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};
	if (address.len == 4)
		memcpy(ip + 12, address.at, 4);
	if (address.len == 16)
		memcpy(ip, address.at, 16);
	struct text t = text_new(a);
	text_ip(&t, ip);
	return (struct bytes){(uint8_t *)t.at, t.len};
}

/* Gives one name as it is kept, and notes one that no host can have. */
static struct bytes kept_name(struct cert *f, const struct der *e, struct arena *a)
{
	bool address = e->tag == IP_ADDRESS && (e->body.len == 4 || e->body.len == 16);
	if (!address && (e->tag == IP_ADDRESS || !name_is_host(e->body)))
		f->findings |= cert_finding_bit(FIND_CERT_NAME_INVALID);
	return address ? address_text(e->body, a) : e->body;
}

static bool next_name(struct reader *names, struct der *e)
{
	while (more(names) && der_take(names, e))
		if (e->tag == DNS_NAME || e->tag == IP_ADDRESS)
			return true;
	return false;
}

static size_t count_names(struct bytes san)
{
	struct reader names = reader_over(san, NULL, NULL);
	struct der e;
	size_t n = 0;
	while (next_name(&names, &e))
		n++;
	return n;
}

void cert_alternative_names(struct cert_kept *c, struct arena *a)
{
	size_t n = count_names(c->san), kept = n < NAMES_KEPT ? n : NAMES_KEPT;
	struct bytes *name = kept == 0 ? NULL : arena_take(a, kept * sizeof *name);
	c->facts.names_left_out = name == NULL ? n : n - kept;
	if (name == NULL)
		return;
	struct reader names = reader_over(c->san, NULL, NULL);
	struct der e;
	for (size_t i = 0; i < kept && next_name(&names, &e); i++)
		name[i] = kept_name(&c->facts, &e, a);
	c->facts.name = name;
	c->facts.n_names = kept;
}
