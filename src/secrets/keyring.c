#include "src/secrets/keyring.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/pkcs12.h>
#include <openssl/sha.h>
#include <openssl/x509.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "src/secrets/ring.h"

enum { KEY_FILE_MOST = 1 << 20, LOG_FILE_MOST = 1 << 30, KEYS_MOST = 4096, PASSPHRASE_MOST = 1024 };
enum { RSA_BITS_MOST = 16384, OID_MOST = 128 };

struct keyring *keyring_new(void)
{
	secret_heap_open();
	struct keyring *k = OPENSSL_zalloc(sizeof *k);
	if (k == NULL)
		return NULL;
	k->log = keylog_new();
	if (k->log != NULL)
		return k;
	OPENSSL_free(k);
	return NULL;
}

void keyring_free(struct keyring *k)
{
	if (k == NULL)
		return;
	for (size_t i = 0; i < k->n_keys; i++) {
		private_key_free(k->key[i].key);
		OPENSSL_free(k->key[i].name);
	}
	for (struct ring_name *n = k->names, *next; n != NULL; n = next) {
		next = n->next;
		OPENSSL_free(n);
	}
	keylog_free(k->log);
	OPENSSL_free(k->key);
	OPENSSL_free(k);
}

bool keyring_is_empty(const struct keyring *k)
{
	return k->n_keys == 0 && k->n_locked == 0 && !k->has_log;
}

size_t keyring_n_keys(const struct keyring *k)
{
	return k->n_keys;
}

size_t keyring_n_log_lines(const struct keyring *k)
{
	return keylog_n_lines(k->log);
}

const char *keyring_key_name(const struct keyring *k, size_t i, uint8_t spki_sha256[32])
{
	if (i >= k->n_keys)
		return NULL;
	memcpy(spki_sha256, k->key[i].spki_sha256, 32);
	return k->key[i].name;
}

/* The bytes of a whole file, in memory for secrets. */
struct content {
	uint8_t *at;
	size_t len, room;
};

static void content_free(struct content *c)
{
	secret_release(c->at, c->room);
}

static bool read_all(int fd, struct content *c)
{
	while (c->len < c->room) {
		ssize_t n = read(fd, &c->at[c->len], c->room - c->len);
		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return n == 0;
		c->len += (size_t)n;
	}
	return true;
}

/* Opens and reads a regular file; gives NULL when all is well, else why not. */
static const char *read_open_file(int fd, struct content *c, size_t most)
{
	struct stat st;
	if (fstat(fd, &st) != 0)
		return strerror(errno);
	if (!S_ISREG(st.st_mode))
		return "it is not a regular file";
	if (st.st_size == 0)
		return "the file is empty";
	if ((uint64_t)st.st_size > most)
		return "the file is too large";
	c->room = (size_t)st.st_size;
	c->at = secret_take(c->room);
	if (c->at == NULL)
		return "no memory";
	return read_all(fd, c) ? NULL : strerror(errno);
}

static const char *read_file(const char *path, struct content *c, size_t most)
{
	*c = (struct content){0};
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	if (fd < 0)
		return strerror(errno);
	const char *why = read_open_file(fd, c, most);
	close(fd);
	return why;
}

/* One file on its way into the ring: what was found in it, and the passphrase once it was given. */
struct loading {
	struct keyring *ring;
	const char *path;
	passphrase_fn *ask;
	void *ctx;
	char *passphrase; /* PASSPHRASE_MOST bytes for secrets; NULL until asked */
	int passphrase_len;
	size_t n_added, n_cannot, n_locked, n_broken, n_unknown;
	char unknown[OID_MOST]; /* the algorithm of the first of a kind not known, in digits */
};

static char *text_copy(const char *text)
{
	return OPENSSL_strdup(text);
}

static struct ring_key *new_key(struct loading *l)
{
	struct keyring *k = l->ring;
	if (k->n_keys == KEYS_MOST)
		return NULL;
	if (k->n_keys == k->room) {
		size_t room = k->room == 0 ? 4 : 2 * k->room;
		struct ring_key *bigger = OPENSSL_realloc(k->key, room * sizeof *bigger);
		if (bigger == NULL)
			return NULL;
		k->key = bigger;
		k->room = room;
	}
	struct ring_key *new = &k->key[k->n_keys];
	*new = (struct ring_key){.name = text_copy(l->path)};
	return new->name == NULL ? NULL : new;
}

static bool spki_digest(EVP_PKEY *key, uint8_t out[32])
{
	uint8_t *der = NULL;
	int len = i2d_PUBKEY(key, &der);
	if (len <= 0)
		return false;
	SHA256(der, (size_t)len, out);
	OPENSSL_free(der);
	return true;
}

static bool can_decrypt(EVP_PKEY *key, bool is_private)
{
	return is_private && EVP_PKEY_is_a(key, "RSA") && EVP_PKEY_get_bits(key) <= RSA_BITS_MOST;
}

/* Takes over a key; a key without its private half is one that can never decrypt. */
static void take_key(struct loading *l, EVP_PKEY *key, bool is_private)
{
	struct ring_key *new = key == NULL ? NULL : new_key(l);
	if (new == NULL || !spki_digest(key, new->spki_sha256)) {
		l->n_broken++;
		if (new != NULL)
			OPENSSL_free(new->name);
		EVP_PKEY_free(key);
		return;
	}
	if (can_decrypt(key, is_private))
		new->key = private_key_new(key);
	if (new->key == NULL)
		EVP_PKEY_free(key);
	l->n_added += new->key != NULL;
	l->n_cannot += new->key == NULL;
	l->ring->n_keys++;
}

/* Asks once a file; gives the length of the passphrase, or -1. */
static int passphrase(struct loading *l)
{
	if (l->passphrase != NULL)
		return l->passphrase_len;
	l->passphrase_len = -1;
	if (l->ask == NULL)
		return -1;
	l->passphrase = secret_take(PASSPHRASE_MOST);
	if (l->passphrase != NULL)
		l->passphrase_len = l->ask(l->ctx, l->path, l->passphrase, PASSPHRASE_MOST - 1);
	if (l->passphrase_len >= PASSPHRASE_MOST)
		l->passphrase_len = -1;
	return l->passphrase_len;
}

/* What OpenSSL calls for the passphrase of an old-style PEM file. */
static int give_passphrase(char *out, int room, int writing, void *loading)
{
	struct loading *l = loading;
	int len = passphrase(l);
	if (writing || len < 0 || len > room)
		return -1;
	memcpy(out, l->passphrase, (size_t)len);
	return len;
}

/* Counts a private key of a kind that OpenSSL knows nothing of; false when it is none. */
static bool take_unknown(struct loading *l, const PKCS8_PRIV_KEY_INFO *info)
{
	const ASN1_OBJECT *kind = NULL;
	if (info == NULL || PKCS8_pkey_get0(&kind, NULL, NULL, NULL, info) != 1 ||
	    EVP_PKEY_asn1_find(NULL, OBJ_obj2nid(kind)) != NULL)
		return false;
	if (l->n_unknown++ == 0)
		OBJ_obj2txt(l->unknown, sizeof l->unknown, kind, 1);
	return true;
}

/* A private key in the clear: PKCS#8 (RFC 5958, 2), or in an older form of its own. */
static void take_private(struct loading *l, const uint8_t *der, long len)
{
	const uint8_t *again = der;
	EVP_PKEY *key = d2i_AutoPrivateKey(NULL, &der, len);
	PKCS8_PRIV_KEY_INFO *info = key == NULL ? d2i_PKCS8_PRIV_KEY_INFO(NULL, &again, len) : NULL;
	if (!take_unknown(l, info))
		take_key(l, key, true);
	PKCS8_PRIV_KEY_INFO_free(info);
}

/* PKCS#8, EncryptedPrivateKeyInfo (RFC 5958, 3). */
static void take_locked(struct loading *l, X509_SIG *sealed)
{
	int len = passphrase(l);
	PKCS8_PRIV_KEY_INFO *info = len < 0 ? NULL : PKCS8_decrypt(sealed, l->passphrase, len);
	EVP_PKEY *key = info == NULL ? NULL : EVP_PKCS82PKEY(info);
	X509_SIG_free(sealed);
	if (key != NULL)
		take_key(l, key, true);
	else if (!take_unknown(l, info))
		l->n_locked++;
	PKCS8_PRIV_KEY_INFO_free(info);
}

static EVP_PKEY *certificate_key(X509 *certificate)
{
	EVP_PKEY *key = certificate == NULL ? NULL : X509_get_pubkey(certificate);
	X509_free(certificate);
	return key;
}

/* A PEM piece of the given name whose outer encryption is off. */
static void take_pem(struct loading *l, const char *name, const uint8_t *der, long len)
{
	if (strcmp(name, PEM_STRING_PKCS8) == 0) {
		X509_SIG *sealed = d2i_X509_SIG(NULL, &der, len);
		if (sealed != NULL)
			take_locked(l, sealed);
		else
			l->n_broken++;
	} else if (strstr(name, "PRIVATE KEY") != NULL) {
		take_private(l, der, len);
	} else if (strcmp(name, PEM_STRING_PUBLIC) == 0) {
		take_key(l, d2i_PUBKEY(NULL, &der, len), false);
	} else if (strcmp(name, PEM_STRING_X509) == 0) {
		take_key(l, certificate_key(d2i_X509(NULL, &der, len)), false);
	}
}

/* Old-style encryption (RFC 1421's headers) is taken off first. */
static void open_pem(struct loading *l, const char *name, char *header, uint8_t *der, long len)
{
	EVP_CIPHER_INFO how;
	if (PEM_get_EVP_CIPHER_INFO(header, &how) <= 0)
		l->n_broken++;
	else if (PEM_do_header(&how, der, &len, give_passphrase, l) <= 0)
		l->n_locked++;
	else
		take_pem(l, name, der, len);
}

/* Takes every piece of a PEM file; says whether there was one. */
static bool take_all_pem(struct loading *l, const struct content *c)
{
	BIO *in = BIO_new_mem_buf(c->at, (int)c->len);
	char *name = NULL, *header = NULL;
	uint8_t *der = NULL;
	long len = 0;
	bool any = false;
	while (in != NULL && PEM_read_bio(in, &name, &header, &der, &len) > 0) {
		any = true;
		long whole = len;
		open_pem(l, name, header, der, len);
		OPENSSL_free(name);
		OPENSSL_free(header);
		OPENSSL_clear_free(der, (size_t)whole);
	}
	BIO_free(in);
	return any;
}

static void take_der(struct loading *l, const struct content *c)
{
	long len = (long)c->len;
	const uint8_t *p = c->at;
	EVP_PKEY *key = d2i_AutoPrivateKey(NULL, &p, len);
	if (key != NULL) {
		take_key(l, key, true);
		return;
	}
	p = c->at;
	X509_SIG *sealed = d2i_X509_SIG(NULL, &p, len);
	if (sealed != NULL) {
		take_locked(l, sealed);
		return;
	}
	p = c->at;
	PKCS8_PRIV_KEY_INFO *info = d2i_PKCS8_PRIV_KEY_INFO(NULL, &p, len);
	bool unknown = take_unknown(l, info);
	PKCS8_PRIV_KEY_INFO_free(info);
	if (unknown)
		return;
	p = c->at;
	key = certificate_key(d2i_X509(NULL, &p, len));
	p = c->at;
	take_key(l, key != NULL ? key : d2i_PUBKEY(NULL, &p, len), false);
}

static enum key_result result_of(const struct loading *l, char *why, size_t why_len)
{
	if (l->n_added > 0)
		return KEY_ADDED;
	if (l->n_locked > 0) {
		snprintf(why, why_len, "the key is locked, and no passphrase opened it");
		return KEY_LOCKED;
	}
	if (l->n_cannot > 0) {
		snprintf(why, why_len, "it can only sign or verify, never decrypt");
		return KEY_CANNOT;
	}
	if (l->n_unknown > 0) {
		snprintf(why, why_len, "its private key is of a kind that is not known here: %s",
		         l->unknown);
		return KEY_CANNOT;
	}
	snprintf(why, why_len, "there is no private key in it");
	return KEY_UNREADABLE;
}

/* Adds one file to what `l` counts; gives why it could not be read, or NULL. */
static const char *add_file(struct loading *l)
{
	struct content c;
	const char *unreadable = read_file(l->path, &c, KEY_FILE_MOST);
	if (unreadable == NULL && !take_all_pem(l, &c))
		take_der(l, &c);
	ERR_clear_error(); /* what OpenSSL has to say of a key file stays here */
	content_free(&c);
	secret_release(l->passphrase, PASSPHRASE_MOST);
	l->passphrase = NULL;
	return unreadable;
}

static int no_dot_file(const struct dirent *e)
{
	return e->d_name[0] != '.';
}

/* Adds the files of a folder in the order of their names; what is no key is passed over. */
static void add_folder(struct loading *l, const char *folder)
{
	struct dirent **entry = NULL;
	int n = scandir(folder, &entry, no_dot_file, alphasort);
	for (int i = 0; i < n; i++) {
		char path[4096];
		int len = snprintf(path, sizeof path, "%s/%s", folder, entry[i]->d_name);
		l->path = path;
		if (len > 0 && (size_t)len < sizeof path)
			(void)add_file(l);
		free(entry[i]);
	}
	free(entry);
}

enum key_result keyring_add_key(struct keyring *k, const char *path, passphrase_fn *ask, void *ctx,
                                char *why, size_t why_len)
{
	struct loading l = {.ring = k, .path = path, .ask = ask, .ctx = ctx};
	struct stat st;
	const char *unreadable = NULL;
	if (why_len > 0)
		why[0] = '\0';
	if (stat(path, &st) == 0 && S_ISDIR(st.st_mode))
		add_folder(&l, path);
	else
		unreadable = add_file(&l);
	k->n_locked += l.n_locked;
	if (unreadable == NULL)
		return result_of(&l, why, why_len);
	snprintf(why, why_len, "%s", unreadable);
	return KEY_UNREADABLE;
}

/* Keeps a name for the lines of a log. */
static const char *keep_name(struct keyring *k, const char *name)
{
	size_t len = strlen(name) + 1;
	struct ring_name *n = OPENSSL_malloc(sizeof *n + len);
	if (n == NULL)
		return "key log";
	memcpy(n->text, name, len);
	n->next = k->names;
	k->names = n;
	return n->text;
}

void keyring_add_log_text(struct keyring *k, const char *name, struct bytes text)
{
	(void)keylog_add(k->log, keep_name(k, name), text);
	k->has_log = true;
}

static void say_news(const struct keylog_news *news, char *why, size_t why_len)
{
	if (news->malformed > 0)
		snprintf(why, why_len, "%zu malformed line%s, the first is line %zu",
		         news->malformed, news->malformed == 1 ? "" : "s", news->first_line);
	else if (news->left_out > 0)
		snprintf(why, why_len, "%zu lines did not fit", news->left_out);
	else if (news->added == 0)
		snprintf(why, why_len, "there is no secret in it");
}

enum key_result keyring_add_log(struct keyring *k, const char *path, char *why, size_t why_len)
{
	struct content c;
	if (why_len > 0)
		why[0] = '\0';
	const char *unreadable = read_file(path, &c, LOG_FILE_MOST);
	if (unreadable == NULL) {
		struct keylog_news news =
			keylog_add(k->log, keep_name(k, path), (struct bytes){c.at, c.len});
		say_news(&news, why, why_len);
		k->has_log = true;
		if (news.added == 0 && news.malformed > 0)
			unreadable = "no line of a key log is in it";
	}
	if (unreadable != NULL) {
		snprintf(why, why_len, "%s", unreadable);
	}
	content_free(&c);
	return unreadable == NULL ? KEY_ADDED : KEY_UNREADABLE;
}
