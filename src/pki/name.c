/* Is the certificate for this host? RFC 9525: alternative names alone; a wildcard is the whole
 * first label and stands for exactly one. */
#include <openssl/x509v3.h>

#include "src/pki/private.h"

enum { DNS_NAME = 0x82, IP_ADDRESS = 0x87, HOST_BYTES = 253, NAME_SLOTS = 8192, FEW_NAMES = 256 };

/* A name that was looked up before; 0 to 253 bytes. */
struct named {
	const struct cert_kept *cert;
	struct bytes host;
	enum check check;
};

static uint8_t lower(uint8_t c)
{
	return c >= 'A' && c <= 'Z' ? (uint8_t)(c + ('a' - 'A')) : c;
}

static bool is_host_byte(uint8_t c)
{
	c = lower(c);
	return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '_' || c == '.';
}

/* Takes the byte that follows, or 0. */
static uint8_t byte_at(struct bytes b, size_t i)
{
	return i < b.len ? b.at[i] : 0;
}

static struct bytes behind(struct bytes b, size_t n)
{
	struct reader r = reader_over(b, NULL, NULL);
	take_bytes(&r, n, 0);
	return take_rest(&r, 0);
}

bool name_is_host(struct bytes name)
{
	if (byte_at(name, 0) == '*' && byte_at(name, 1) == '.')
		name = behind(name, 2);
	if (name.len == 0 || name.len > HOST_BYTES)
		return false;
	for (size_t i = 0; i < name.len; i++) {
		bool empty_label = name.at[i] == '.' && (i == 0 || name.at[i - 1] == '.');
		if (!is_host_byte(name.at[i]) || empty_label)
			return false;
	}
	return true;
}

static bool same_letters(struct bytes a, struct bytes b)
{
	if (a.len != b.len)
		return false;
	for (size_t i = 0; i < a.len; i++)
		if (lower(a.at[i]) != lower(b.at[i]))
			return false;
	return true;
}

/* Says how many bytes the first label has with its dot; 0 without a dot. */
static size_t first_label(struct bytes host)
{
	const uint8_t *dot = host.len == 0 ? NULL : memchr(host.at, '.', host.len);
	return dot == NULL ? 0 : (size_t)(dot - host.at) + 1;
}

static bool dns_matches(struct bytes name, struct bytes host)
{
	if (byte_at(name, 0) != '*')
		return same_letters(name, host);
	size_t label = first_label(host);
	struct bytes parent = behind(name, 2), rest = behind(host, label);
	return byte_at(name, 1) == '.' && label > 1 && first_label(parent) > 0 &&
	       same_letters(parent, rest);
}

static bool any_matches(const struct cert_kept *c, uint8_t kind, struct bytes host)
{
	struct reader names = reader_over(c->san, NULL, NULL);
	struct der e;
	while (more(&names) && der_take(&names, &e)) {
		if (e.tag != kind)
			continue;
		if (kind == IP_ADDRESS ? bytes_equal(e.body, host) : dns_matches(e.body, host))
			return true;
	}
	return false;
}

/* Says whether the text can be nothing but an address: it has a colon, or its last label is a
 * number (RFC 1123, 2.1). */
static bool looks_like_address(struct bytes host)
{
	bool digits = false;
	for (size_t i = 0; i < host.len; i++) {
		if (host.at[i] == ':')
			return true;
		bool digit = host.at[i] >= '0' && host.at[i] <= '9';
		bool begins = i == 0 || host.at[i - 1] == '.';
		digits = host.at[i] != '.' && digit && (begins || digits);
	}
	return digits;
}

static bool address_matches(const struct cert_kept *c, struct bytes host)
{
	char text[64] = "";
	if (host.len >= sizeof text || memchr(host.at, 0, host.len) != NULL)
		return false;
	memcpy(text, host.at, host.len);
	ASN1_OCTET_STRING *ip = a2i_IPADDRESS(text);
	if (ip == NULL)
		return false;
	struct bytes address = {ASN1_STRING_get0_data(ip), (size_t)ASN1_STRING_length(ip)};
	bool matches = any_matches(c, IP_ADDRESS, address);
	ASN1_OCTET_STRING_free(ip);
	return matches;
}

static enum check compare(const struct cert_kept *c, struct bytes host)
{
	bool matches = looks_like_address(host) ? address_matches(c, host)
	                                        : name_is_host(host) && byte_at(host, 0) != '*' &&
	                                                  any_matches(c, DNS_NAME, host);
	return matches ? CHECK_OK : CHECK_WRONG_NAME;
}

/* Keeps an answer where nobody has kept one yet. */
static void remember(struct pki *p, _Atomic(const struct named *) *slot, const struct cert_kept *c,
                     struct bytes host, enum check check)
{
	pthread_mutex_lock(&p->names.lock);
	struct named *n = *slot == NULL ? arena_take(&p->names.arena, sizeof *n) : NULL;
	struct bytes kept = n == NULL ? host : arena_keep(&p->names.arena, host);
	if (n != NULL && kept.len == host.len) {
		*n = (struct named){c, kept, check};
		*slot = n;
	}
	pthread_mutex_unlock(&p->names.lock);
}

enum check name_check(struct pki *p, const struct cert_kept *c, struct bytes host)
{
	if (host.len == 0)
		return CHECK_UNKNOWN;
	if (host.at[host.len - 1] == '.')
		host.len--;
	if (!c->cached || c->san.len < FEW_NAMES || host.len > HOST_BYTES)
		return compare(c, host);
	uint64_t hash = hash_bytes(host.at, host.len, p->seed ^ c->entry.hash);
	_Atomic(const struct named *) *slot = &p->named[hash % NAME_SLOTS];
	const struct named *n = *slot;
	if (n != NULL && n->cert == c && bytes_equal(n->host, host))
		return n->check;
	enum check check = compare(c, host);
	if (n == NULL)
		remember(p, slot, c, host, check);
	return check;
}

bool names_new(struct pki *p)
{
	p->named = arena_take(&p->names.arena, NAME_SLOTS * sizeof *p->named);
	return p->named != NULL;
}
