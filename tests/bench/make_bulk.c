/* Makes a capture of a few long downloads for `make bench`: the handshake and the question of a
 * recorded TLS 1.2 session with AES-128-GCM, then as much of an answer as is asked for, sealed with
 * that session's own keys, so that whoever opens the recorded session opens this one too.
 *
 *   make_bulk MEGABYTES OUT CAPTURE KEYLOG */
#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <openssl/kdf.h>
#include <stdlib.h>
#include <string.h>

#include "tests/tools/frames.h"

enum { AT_ONCE = 8, SEGMENT = 1448, TEXT = 16384, NONCE = 8, TAG = 16, HEAD = 5 };
enum { APPLICATION_DATA = 23, MASTER = 48, RANDOM = 32, KEY = 16, SALT = 4 };

struct bulk {
	struct frames in;
	FILE *out;
	EVP_CIPHER_CTX *cipher;
	uint8_t random[2][RANDOM], master[MASTER], key[KEY], salt[SALT];
	size_t question, answer; /* the frames where they were recorded */
	uint32_t seq;            /* of the server's next byte */
	uint64_t us, record;
	uint8_t sealed[HEAD + NONCE + TEXT + TAG];
};

/* ---- The recorded session ---- */

/* Finds the hellos' randoms, and where the talk begins on both sides. */
static void look_through(struct bulk *b)
{
	for (size_t i = 0; i < b->in.n; i++) {
		const struct frame *f = &b->in.frame[i];
		struct layout l;
		if (!frame_layout(f, &l) || l.payload + 43 > l.end)
			continue;
		const uint8_t *p = f->data + l.payload;
		if (p[0] == 22 && (p[5] == 1 || p[5] == 2))
			memcpy(b->random[p[5] - 1], p + 11, RANDOM);
		if (p[0] == APPLICATION_DATA && l.from_client && b->question == 0)
			b->question = i;
		if (p[0] == APPLICATION_DATA && !l.from_client && b->answer == 0) {
			b->answer = i;
			b->seq = l.seq;
		}
	}
	if (b->answer == 0 || b->question == 0)
		die("has no question and answer", "the capture");
}

static void read_master(struct bulk *b, const char *path)
{
	char line[400], word[2 * RANDOM + 1] = "";
	FILE *log = fopen(path, "r");
	bool found = false;
	if (log == NULL)
		die("cannot be opened", path);
	for (int i = 0; i < RANDOM; i++)
		snprintf(word + 2 * i, 3, "%02x", b->random[0][i]);
	while (!found && fgets(line, sizeof line, log) != NULL)
		found = strncmp(line, "CLIENT_RANDOM ", 14) == 0 &&
		        strncmp(line + 14, word, 2 * RANDOM) == 0;
	fclose(log);
	for (unsigned i = 0, byte; found && i < MASTER; i++)
		if (sscanf(line + 15 + 2 * RANDOM + 2 * i, "%2x", &byte) == 1)
			b->master[i] = (uint8_t)byte;
	if (!found)
		die("does not know this session", path);
}

/* RFC 5246, 6.3: the key block holds client key, server key, client salt, server salt. */
static void derive_keys(struct bulk *b)
{
	static char label[] = "key expansion", digest[] = "SHA256";
	uint8_t seed[2 * RANDOM], block[2 * (KEY + SALT)];
	memcpy(seed, b->random[1], RANDOM);
	memcpy(seed + RANDOM, b->random[0], RANDOM);
	OSSL_PARAM p[] = {
		OSSL_PARAM_construct_utf8_string(OSSL_KDF_PARAM_DIGEST, digest, 0),
		OSSL_PARAM_construct_octet_string(OSSL_KDF_PARAM_SECRET, b->master, MASTER),
		OSSL_PARAM_construct_octet_string(OSSL_KDF_PARAM_SEED, label, sizeof label - 1),
		OSSL_PARAM_construct_octet_string(OSSL_KDF_PARAM_SEED, seed, sizeof seed),
		OSSL_PARAM_construct_end(),
	};
	EVP_KDF *kdf = EVP_KDF_fetch(NULL, "TLS1-PRF", NULL);
	EVP_KDF_CTX *c = EVP_KDF_CTX_new(kdf);
	if (EVP_KDF_derive(c, block, sizeof block, p) != 1)
		die("the key block cannot be derived", "TLS1-PRF");
	EVP_KDF_CTX_free(c);
	EVP_KDF_free(kdf);
	memcpy(b->key, block + KEY, KEY);
	memcpy(b->salt, block + 2 * KEY + SALT, SALT);
}

/* ---- Sealing and sending ---- */

/* RFC 5288: the nonce is the salt and 8 bytes in clear, here the record's number. */
static void seal(struct bulk *b, const uint8_t *text)
{
	uint8_t number[8], nonce[12], said[13];
	int n;
	put32(number, (uint32_t)(b->record >> 32));
	put32(number + 4, (uint32_t)b->record++);
	memcpy(nonce, b->salt, SALT);
	memcpy(nonce + SALT, number, NONCE);
	memcpy(said, number, 8);
	memcpy(said + 8, (const uint8_t[]){APPLICATION_DATA, 3, 3}, 3);
	put16(said + 11, TEXT);
	memcpy(b->sealed, said + 8, 3);
	put16(b->sealed + 3, NONCE + TEXT + TAG);
	memcpy(b->sealed + HEAD, number, NONCE);
	uint8_t *to = b->sealed + HEAD + NONCE;
	bool good = EVP_EncryptInit_ex2(b->cipher, EVP_aes_128_gcm(), b->key, nonce, NULL) == 1 &&
	            EVP_EncryptUpdate(b->cipher, NULL, &n, said, sizeof said) == 1 &&
	            EVP_EncryptUpdate(b->cipher, to, &n, text, TEXT) == 1 &&
	            EVP_EncryptFinal_ex(b->cipher, to + n, &n) == 1 &&
	            EVP_CIPHER_CTX_ctrl(b->cipher, EVP_CTRL_GCM_GET_TAG, TAG, to + TEXT) == 1;
	if (!good)
		die("a record cannot be sealed", "AES-128-GCM");
}

/* Sends a frame of copy `c` as it was recorded, or with another place and payload. */
static void send_frame(struct bulk *b, size_t frame, uint32_t c, const uint32_t *seq,
                       const uint8_t *payload, size_t len)
{
	static uint8_t data[2048];
	const struct frame *f = &b->in.frame[frame];
	struct layout l;
	if (!frame_layout(f, &l) || f->len > sizeof data)
		die("not TCP", "a frame");
	memcpy(data, f->data, f->len);
	if (seq != NULL) {
		memcpy(data + l.payload, payload, len);
		l.end = l.payload + len;
		put16(data + l.ip + 2, (uint16_t)(l.end - l.ip));
		put32(data + l.transport + 4, *seq);
	}
	put32(data + l.ip + (l.from_client ? 12 : 16), 0x0a000005u + c);
	put32(data + l.ip + (l.from_client ? 16 : 12), 0xc6330007u + c);
	frame_checksums(data, &l);
	pcap_put(b->out, b->us++, data, l.end);
}

static void send_record(struct bulk *b, uint32_t c)
{
	size_t n = sizeof b->sealed;
	for (size_t at = 0; at < n; at += SEGMENT) {
		uint32_t seq = b->seq + (uint32_t)at;
		send_frame(b, b->answer, c, &seq, b->sealed + at,
		           n - at < SEGMENT ? n - at : SEGMENT);
	}
}

/* The answer has no length: it goes on until the server closes. */
static void send_answer(struct bulk *b, uint64_t megabytes)
{
	static uint8_t text[TEXT];
	static const char head[] = "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\n\r\n";
	uint64_t chance = 1, records = megabytes * 1000000 / (AT_ONCE * sizeof b->sealed) + 1;
	for (size_t i = 0; i < TEXT; i++)
		text[i] = (uint8_t)('a' + random_below(&chance, 26));
	memcpy(text, head, sizeof head - 1);
	for (uint64_t i = 0; i < records; i++) {
		seal(b, text);
		for (uint32_t c = 0; c < AT_ONCE; c++)
			send_record(b, c);
		b->seq += sizeof b->sealed;
	}
}

int main(int argc, char **argv)
{
	if (argc != 5)
		die("make_bulk MEGABYTES OUT CAPTURE KEYLOG", "usage");
	struct bulk *b = need(1, sizeof *b);
	b->in = frames_read(argv[3]);
	b->out = pcap_create(argv[2]);
	b->us = b->in.frame[0].us;
	b->record = 1; /* the server's Finished was 0 */
	b->cipher = EVP_CIPHER_CTX_new();
	look_through(b);
	read_master(b, argv[4]);
	derive_keys(b);
	for (size_t i = 0; i <= b->question; i++)
		for (uint32_t c = 0; c < AT_ONCE; c++)
			send_frame(b, i, c, NULL, NULL, 0);
	send_answer(b, strtoull(argv[1], NULL, 10));
	pcap_close(b->out, argv[2]);
	EVP_CIPHER_CTX_free(b->cipher);
	frames_free(&b->in);
	free(b);
	return EXIT_SUCCESS;
}
