/* The trust stores, and the life of struct pki. */
#include <dirent.h>
#include <errno.h>
#include <openssl/pem.h>
#include <openssl/rand.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

#include "src/pki/private.h"

/* Adds all certificates of a PEM file; gives how many, or -1 when it cannot be opened. */
static int add_file(X509_STORE *store, const char *path)
{
	FILE *file = fopen(path, "re");
	if (file == NULL)
		return -1;
	int n = 0;
	X509 *x;
	while ((x = PEM_read_X509_AUX(file, NULL, NULL, NULL)) != NULL) {
		n += X509_STORE_add_cert(store, x);
		X509_free(x);
	}
	fclose(file);
	return n;
}

static int is_visible(const struct dirent *entry)
{
	return entry->d_name[0] != '.';
}

/* Adds all certificates of all files of a folder; files without any are passed over. */
static int add_folder(X509_STORE *store, const char *path)
{
	struct dirent **entry;
	int n_entries = scandir(path, &entry, is_visible, alphasort), n = 0;
	for (int i = 0; i < n_entries; i++) {
		char file[4096];
		struct stat status;
		int len = snprintf(file, sizeof file, "%s/%s", path, entry[i]->d_name);
		free(entry[i]);
		if (len >= (int)sizeof file || stat(file, &status) != 0 || !S_ISREG(status.st_mode))
			continue;
		int added = add_file(store, file);
		n += added > 0 ? added : 0;
	}
	if (n_entries < 0)
		return -1;
	free(entry);
	return n;
}

static bool add_ca(struct pki *p, char *why, size_t why_len)
{
	const char *path = p->options.ca;
	struct stat status;
	errno = 0;
	int n = stat(path, &status) != 0  ? -1
	        : S_ISDIR(status.st_mode) ? add_folder(p->store, path)
	                                  : add_file(p->store, path);
	if (n < 0)
		snprintf(why, why_len, "%s: %s", path, strerror(errno));
	if (n == 0)
		snprintf(why, why_len, "%s: there is no PEM certificate in it", path);
	return n > 0;
}

/* Says whether a folder of the system's store has a file in it. */
static bool folder_has_files(const char *path)
{
	DIR *folder = opendir(path);
	struct dirent *entry = NULL;
	if (folder == NULL)
		return false;
	do
		entry = readdir(folder);
	while (entry != NULL && !is_visible(entry));
	closedir(folder);
	return entry != NULL;
}

static bool system_has_anchors(void)
{
	const char *given = getenv(X509_get_default_cert_dir_env());
	return folder_has_files(given != NULL ? given : X509_get_default_cert_dir());
}

static bool trust_load(struct pki *p, char *why, size_t why_len)
{
	p->store = X509_STORE_new();
	if (p->store == NULL) {
		snprintf(why, why_len, "no memory for a trust store");
		return false;
	}
	if (p->options.ca != NULL && !add_ca(p, why, why_len))
		return false;
	p->has_anchors = sk_X509_OBJECT_num(X509_STORE_get0_objects(p->store)) > 0;
	pthread_mutex_init(&p->store_lock, NULL);
	return true;
}

X509_STORE *trust_store(struct pki *p)
{
	pthread_mutex_lock(&p->store_lock);
	if (!p->options.no_system && !p->system_loaded) {
		X509_STORE_set_default_paths(p->store);
		p->has_anchors = p->has_anchors ||
		                 sk_X509_OBJECT_num(X509_STORE_get0_objects(p->store)) > 0 ||
		                 system_has_anchors();
		p->system_loaded = true;
	}
	pthread_mutex_unlock(&p->store_lock);
	return p->store;
}

static void shards_new(struct shard *s, size_t n)
{
	for (size_t i = 0; i < n; i++)
		pthread_mutex_init(&s[i].lock, NULL);
}

static void shards_free(struct shard *s, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		pthread_mutex_destroy(&s[i].lock);
		arena_free(&s[i].arena);
	}
}

struct pki *pki_new(const struct pki_options *o, char *why, size_t why_len)
{
	struct pki *p = calloc(1, sizeof *p);
	if (p == NULL) {
		snprintf(why, why_len, "no memory");
		return NULL;
	}
	p->options = *o;
	shards_new(p->chain, SHARDS);
	shards_new(p->cert, SHARDS);
	shards_new(p->judged, SHARDS);
	shards_new(&p->names, 1);
	snprintf(why, why_len, "no memory");
	if (RAND_bytes((unsigned char *)&p->seed, sizeof p->seed) == 1 && names_new(p) &&
	    trust_load(p, why, why_len))
		return p;
	pki_free(p);
	return NULL;
}

uint64_t pki_certificates_parsed(const struct pki *p)
{
	return p->parsed;
}

static void certificates_free(struct shard *s)
{
	for (size_t i = 0; i < BUCKETS; i++)
		for (struct entry *e = s->bucket[i]; e != NULL; e = e->next)
			X509_free(cert_of(e)->x509);
}

void pki_free(struct pki *p)
{
	if (p == NULL)
		return;
	for (size_t i = 0; i < SHARDS; i++)
		certificates_free(&p->cert[i]);
	shards_free(p->chain, SHARDS);
	shards_free(p->cert, SHARDS);
	shards_free(p->judged, SHARDS);
	shards_free(&p->names, 1);
	X509_STORE_free(p->store);
	pthread_mutex_destroy(&p->store_lock);
	free(p);
}
