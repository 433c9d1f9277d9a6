#include "src/secrets/protection.h"

#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/params.h>

enum { TAG_BYTES = 16, EXPLICIT_NONCE = 8, NONCE_BYTES = 12, BLOCK_MOST = 16, MAC_MOST = 64 };
enum { MAC_HEAD = 13, TLS13_HEAD = 5, CONTENT_MOST = 0xffff };

enum mode { MODE_NONE, MODE_MAC_ONLY, MODE_CBC, MODE_GCM, MODE_CCM, MODE_POLY1305 };

/* `salt`: the bytes of the nonce that come from the key block up to TLS 1.2, where the record holds
 * the others. */
static const struct cipher {
	const char *name; /* OpenSSL's */
	uint8_t mode, key, block, salt, tag;
} ciphers[N_SUITE_CIPHERS] = {
	[CIPHER_NULL] = {"NULL", MODE_MAC_ONLY, 0, 0, 0, 0},
	[CIPHER_3DES_EDE_CBC] = {"DES-EDE3-CBC", MODE_CBC, 24, 8, 0, 0},
	[CIPHER_AES_128_CBC] = {"AES-128-CBC", MODE_CBC, 16, 16, 0, 0},
	[CIPHER_AES_256_CBC] = {"AES-256-CBC", MODE_CBC, 32, 16, 0, 0},
	[CIPHER_CAMELLIA_128_CBC] = {"CAMELLIA-128-CBC", MODE_CBC, 16, 16, 0, 0},
	[CIPHER_CAMELLIA_256_CBC] = {"CAMELLIA-256-CBC", MODE_CBC, 32, 16, 0, 0},
	[CIPHER_ARIA_128_CBC] = {"ARIA-128-CBC", MODE_CBC, 16, 16, 0, 0},
	[CIPHER_ARIA_256_CBC] = {"ARIA-256-CBC", MODE_CBC, 32, 16, 0, 0},
	[CIPHER_AES_128_GCM] = {"AES-128-GCM", MODE_GCM, 16, 0, 4, 16},
	[CIPHER_AES_256_GCM] = {"AES-256-GCM", MODE_GCM, 32, 0, 4, 16},
	[CIPHER_ARIA_128_GCM] = {"ARIA-128-GCM", MODE_GCM, 16, 0, 4, 16},
	[CIPHER_ARIA_256_GCM] = {"ARIA-256-GCM", MODE_GCM, 32, 0, 4, 16},
	[CIPHER_AES_128_CCM] = {"AES-128-CCM", MODE_CCM, 16, 0, 4, 16},
	[CIPHER_AES_256_CCM] = {"AES-256-CCM", MODE_CCM, 32, 0, 4, 16},
	[CIPHER_AES_128_CCM_8] = {"AES-128-CCM", MODE_CCM, 16, 0, 4, 8},
	[CIPHER_AES_256_CCM_8] = {"AES-256-CCM", MODE_CCM, 32, 0, 4, 8},
	[CIPHER_CHACHA20_POLY1305] = {"ChaCha20-Poly1305", MODE_POLY1305, 32, 0, 12, 16},
};

static const struct {
	const char *name;
	uint8_t len;
} macs[] = {
	[HASH_NULL] = {NULL, 0},        [HASH_MD5] = {"MD5", 16},       [HASH_SHA1] = {"SHA1", 20},
	[HASH_SHA256] = {"SHA256", 32}, [HASH_SHA384] = {"SHA384", 48},
};

struct protection {
	struct sealing how;
	const struct cipher *cipher;
	EVP_CIPHER_CTX *open;
	EVP_MAC_CTX *mac;
	uint64_t number;     /* of the next record */
	uint8_t iv[IV_MOST]; /* the fixed part of nonces; TLS 1.0: the last block of ciphertext */
	uint8_t mac_len, searches;
	bool iv_lost;    /* TLS 1.0: the record that ends in the next one's IV is missing */
	bool may_search; /* a record has authenticated under these keys, or one is missing */
};

/* A record on its way through. */
struct record {
	uint64_t number;
	struct bytes body;
	uint8_t *out;
	uint16_t version;
	uint8_t type;
};

static bool is_aead(const struct cipher *c)
{
	return c->mode >= MODE_GCM;
}

static bool has_explicit_iv(const struct protection *p)
{
	return p->how.version >= TLS_1_1;
}

/* Says whether the parts of a suite go together in that version. */
static bool is_supported(const struct sealing *s)
{
	if (s->version < TLS_1_0 || s->version > TLS_1_3 || s->cipher >= N_SUITE_CIPHERS)
		return false;
	const struct cipher *c = &ciphers[s->cipher];
	if (is_aead(c))
		return s->version >= TLS_1_2;
	return c->mode != MODE_NONE && s->version <= TLS_1_2 &&
	       s->mac < sizeof macs / sizeof *macs && macs[s->mac].name != NULL;
}

bool sealing_sizes(const struct sealing *s, struct key_sizes *out)
{
	if (!is_supported(s))
		return false;
	const struct cipher *c = &ciphers[s->cipher];
	*out = (struct key_sizes){.mac = is_aead(c) ? 0 : macs[s->mac].len, .key = c->key};
	if (s->version == TLS_1_3)
		out->iv = NONCE_BYTES;
	else if (is_aead(c))
		out->iv = c->salt;
	else if (s->version == TLS_1_0)
		out->iv = c->block;
	return true;
}

static bool set_up_cipher(struct protection *p, const struct record_keys *keys)
{
	const struct cipher *c = p->cipher;
	if (c->mode == MODE_MAC_ONLY)
		return true;
	EVP_CIPHER *fetched = EVP_CIPHER_fetch(NULL, c->name, NULL);
	p->open = EVP_CIPHER_CTX_new();
	bool fine = fetched != NULL && p->open != NULL &&
	            EVP_DecryptInit_ex2(p->open, fetched, NULL, NULL, NULL) > 0;
	EVP_CIPHER_free(fetched);
	if (fine && c->mode == MODE_CCM)
		fine = EVP_CIPHER_CTX_ctrl(p->open, EVP_CTRL_AEAD_SET_IVLEN, NONCE_BYTES, NULL) >
		               0 &&
		       EVP_CIPHER_CTX_ctrl(p->open, EVP_CTRL_AEAD_SET_TAG, c->tag, NULL) > 0;
	return fine && EVP_DecryptInit_ex2(p->open, NULL, keys->key.byte, NULL, NULL) > 0 &&
	       EVP_CIPHER_CTX_set_padding(p->open, 0) > 0;
}

static bool set_up_mac(struct protection *p, const struct record_keys *keys)
{
	char digest[16] = {0};
	if (is_aead(p->cipher))
		return true;
	p->mac_len = macs[p->how.mac].len;
	memcpy(digest, macs[p->how.mac].name, strlen(macs[p->how.mac].name));
	OSSL_PARAM params[] = {
		OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST, digest, 0),
		OSSL_PARAM_construct_end(),
	};
	EVP_MAC *hmac = EVP_MAC_fetch(NULL, "HMAC", NULL);
	p->mac = EVP_MAC_CTX_new(hmac);
	EVP_MAC_free(hmac);
	return p->mac != NULL && EVP_MAC_init(p->mac, keys->mac.byte, keys->mac.len, params) > 0;
}

struct protection *protection_new(const struct sealing *s, const struct record_keys *keys)
{
	struct protection *p = is_supported(s) ? OPENSSL_zalloc(sizeof *p) : NULL;
	if (p == NULL)
		return NULL;
	p->how = *s;
	p->cipher = &ciphers[s->cipher];
	memcpy(p->iv, keys->iv, sizeof p->iv);
	if (set_up_cipher(p, keys) && set_up_mac(p, keys))
		return p;
	protection_free(p);
	return NULL;
}

void protection_free(struct protection *p)
{
	if (p == NULL)
		return;
	EVP_CIPHER_CTX_free(p->open); /* both wipe the keys that they hold */
	EVP_MAC_CTX_free(p->mac);
	OPENSSL_clear_free(p, sizeof *p);
}

static void put_number(uint8_t *out, uint64_t v, size_t n)
{
	for (size_t i = 0; i < n; i++)
		out[i] = (uint8_t)(v >> (8 * (n - 1 - i)));
}

/* RFC 5246, 6.2.3.1 and 6.2.3.3: seq_num, type, version, length. */
static void mac_head(uint8_t out[MAC_HEAD], const struct record *r, size_t len)
{
	put_number(out, r->number, 8);
	out[8] = r->type;
	put_number(&out[9], r->version, 2);
	put_number(&out[11], len, 2);
}

/* RFC 5116's nonce as TLS makes it: salt and explicit part up to TLS 1.2 (RFC 5288, 3), else the
 * whole IV with the record number added bit by bit (RFC 8446, 5.3; RFC 7905, 2). Gives how many
 * bytes of the body it took. */
static size_t make_nonce(const struct protection *p, const struct record *r,
                         uint8_t nonce[NONCE_BYTES])
{
	memcpy(nonce, p->iv, NONCE_BYTES);
	if (p->how.version < TLS_1_3 && p->cipher->salt < NONCE_BYTES) {
		memcpy(&nonce[p->cipher->salt], r->body.at, EXPLICIT_NONCE);
		return EXPLICIT_NONCE;
	}
	for (size_t i = 0; i < 8; i++)
		nonce[NONCE_BYTES - 1 - i] ^= (uint8_t)(r->number >> (8 * i));
	return 0;
}

static size_t make_associated(const struct protection *p, const struct record *r, size_t text_len,
                              uint8_t out[MAC_HEAD])
{
	if (p->how.version < TLS_1_3) {
		mac_head(out, r, text_len);
		return MAC_HEAD;
	}
	out[0] = r->type;
	put_number(&out[1], r->version, 2);
	put_number(&out[3], r->body.len, 2);
	return TLS13_HEAD;
}

/* CCM must know the length before the associated data, and verifies with the text; the others
 * verify at the end. */
static bool run_aead(struct protection *p, struct bytes associated, const uint8_t *sealed,
                     size_t len, uint8_t *out)
{
	int n = 0;
	if (p->cipher->mode == MODE_CCM &&
	    EVP_DecryptUpdate(p->open, NULL, &n, NULL, (int)len) <= 0)
		return false;
	if (EVP_DecryptUpdate(p->open, NULL, &n, associated.at, (int)associated.len) <= 0)
		return false;
	if (EVP_DecryptUpdate(p->open, out, &n, sealed, (int)len) <= 0)
		return false;
	return p->cipher->mode == MODE_CCM || EVP_DecryptFinal_ex(p->open, &out[len], &n) > 0;
}

/* Gives the length of the text, or -1. */
static int open_aead(struct protection *p, const struct record *r)
{
	uint8_t nonce[NONCE_BYTES], associated[MAC_HEAD], tag[TAG_BYTES];
	size_t tag_len = p->cipher->tag;
	bool explicit_nonce = p->how.version < TLS_1_3 && p->cipher->salt < NONCE_BYTES;
	if (r->body.len < tag_len + (explicit_nonce ? EXPLICIT_NONCE : 0))
		return -1;
	size_t at = make_nonce(p, r, nonce);
	size_t len = r->body.len - at - tag_len;
	if (len == 0 && p->cipher->mode == MODE_CCM)
		return -1; /* OpenSSL would say yes to any tag of an empty text */
	size_t n = make_associated(p, r, len, associated);
	memcpy(tag, &r->body.at[at + len], tag_len);
	if (EVP_DecryptInit_ex2(p->open, NULL, NULL, nonce, NULL) <= 0 ||
	    EVP_CIPHER_CTX_ctrl(p->open, EVP_CTRL_AEAD_SET_TAG, (int)tag_len, tag) <= 0 ||
	    !run_aead(p, (struct bytes){associated, n}, &r->body.at[at], len, r->out))
		return -1;
	return (int)len;
}

/* HMAC over the head and `text`, compared with what was sent. */
static bool mac_fits(struct protection *p, const struct record *r, struct bytes text,
                     const uint8_t *sent)
{
	uint8_t head[MAC_HEAD], mac[MAC_MOST];
	size_t len = 0;
	mac_head(head, r, text.len);
	return EVP_MAC_init(p->mac, NULL, 0, NULL) > 0 &&
	       EVP_MAC_update(p->mac, head, sizeof head) > 0 &&
	       EVP_MAC_update(p->mac, text.at, text.len) > 0 &&
	       EVP_MAC_final(p->mac, mac, &len, sizeof mac) > 0 && len == p->mac_len &&
	       CRYPTO_memcmp(mac, sent, len) == 0;
}

static int open_mac_only(struct protection *p, const struct record *r)
{
	if (r->body.len < p->mac_len)
		return -1;
	size_t len = r->body.len - p->mac_len;
	if (!mac_fits(p, r, (struct bytes){r->body.at, len}, &r->body.at[len]))
		return -1;
	memcpy(r->out, r->body.at, len);
	return (int)len;
}

/* Takes the padding off (RFC 5246, 6.2.3.2: every padding byte holds the padding's length); gives
 * the length before it, or -1. */
static int without_padding(const uint8_t *text, size_t len)
{
	if (len == 0 || text[len - 1] >= len)
		return -1;
	size_t padding = text[len - 1];
	for (size_t i = 0; i < padding; i++)
		if (text[len - 2 - i] != padding)
			return -1;
	return (int)(len - 1 - padding);
}

/* Decrypts whole blocks; `sealed` begins with the IV where that is explicit. Gives the length of
 * the text without its padding, or -1. */
static int open_blocks(struct protection *p, const struct record *r, struct bytes sealed)
{
	size_t block = p->cipher->block, at = has_explicit_iv(p) ? block : 0;
	int n = 0;
	if (sealed.len < at + block || sealed.len % block != 0)
		return -1;
	const uint8_t *iv = has_explicit_iv(p) ? sealed.at : p->iv;
	if (EVP_DecryptInit_ex2(p->open, NULL, NULL, iv, NULL) <= 0 ||
	    EVP_DecryptUpdate(p->open, r->out, &n, &sealed.at[at], (int)(sealed.len - at)) <= 0)
		return -1;
	return without_padding(r->out, (size_t)n);
}

/* RFC 7366: the MAC covers IV and ciphertext. */
static int open_encrypt_then_mac(struct protection *p, const struct record *r)
{
	if (r->body.len < p->mac_len)
		return -1;
	struct bytes sealed = {r->body.at, r->body.len - p->mac_len};
	if (!mac_fits(p, r, sealed, &r->body.at[sealed.len]))
		return -1;
	return open_blocks(p, r, sealed);
}

static int open_mac_then_encrypt(struct protection *p, const struct record *r)
{
	int len = open_blocks(p, r, r->body);
	if (len < p->mac_len)
		return -1;
	len -= p->mac_len;
	return mac_fits(p, r, (struct bytes){r->out, (size_t)len}, &r->out[len]) ? len : -1;
}

static int open_as(struct protection *p, const struct record *r)
{
	switch (p->cipher->mode) {
	case MODE_MAC_ONLY:
		return open_mac_only(p, r);
	case MODE_CBC:
		return p->how.encrypt_then_mac ? open_encrypt_then_mac(p, r)
		                               : open_mac_then_encrypt(p, r);
	default:
		return open_aead(p, r);
	}
}

/* TLS 1.0: the next record's IV is the last block of this one's ciphertext, right or wrong. */
static void chain_iv(struct protection *p, struct bytes body)
{
	size_t block = p->cipher->block, mac = p->how.encrypt_then_mac ? p->mac_len : 0;
	if (p->cipher->mode != MODE_CBC || has_explicit_iv(p) || body.len < block + mac)
		return;
	memcpy(p->iv, &body.at[body.len - mac - block], block);
}

/* Tries the numbers behind the next one; gives the length of the text, or -1. */
static int search(struct protection *p, struct record *r)
{
	if (!p->may_search || p->searches >= SEARCHES_MOST)
		return -1;
	p->searches++;
	for (size_t i = 0; i < SEARCH_FAR; i++) {
		r->number++;
		int len = open_as(p, r);
		if (len >= 0)
			return len;
	}
	return -1;
}

/* TLSInnerPlaintext (RFC 8446, 5.2): content, its type, zeros. */
static struct opened inner(const uint8_t *text, size_t len)
{
	while (len > 0 && text[len - 1] == 0)
		len--;
	struct opened o = {.result = OPEN_OK};
	if (len > 0)
		o = (struct opened){OPEN_OK, text[len - 1], {text, len - 1}};
	return o;
}

void protection_skip(struct protection *p)
{
	p->iv_lost = p->cipher->mode == MODE_CBC && !has_explicit_iv(p);
	if (p->how.version < TLS_1_3)
		p->number++;
	else
		p->may_search = true;
}

static struct opened failed(struct protection *p, const struct record *r)
{
	if (p->how.version < TLS_1_3)
		p->number++;
	if (r->body.len > 0)
		OPENSSL_cleanse(r->out, r->body.len);
	return (struct opened){.result = OPEN_FAILED};
}

struct opened protection_open(struct protection *p, uint8_t type, uint16_t version,
                              struct bytes body, uint8_t *out)
{
	struct record r = {p->number, body, out, version, type};
	if (body.len > CONTENT_MOST)
		return failed(p, &r);
	if (p->iv_lost) { /* with encrypt_then_mac its tag would be right, and its first block not
		           */
		p->iv_lost = body.len < p->cipher->block;
		p->number++;
		chain_iv(p, body);
		return (struct opened){.result = OPEN_NO_KEY};
	}
	int len = open_as(p, &r);
	if (len < 0)
		len = search(p, &r);
	chain_iv(p, body);
	if (len < 0)
		return failed(p, &r);
	p->number = r.number + 1;
	p->may_search = true;
	if (p->how.version == TLS_1_3)
		return inner(out, (size_t)len);
	return (struct opened){OPEN_OK, type, {out, (size_t)len}};
}
