/* The dialogue by BoringSSL with packed certificates (RFC 8879) and application settings (ALPS):
 *   talk serve METHOD CHAIN KEY ANSWER    answers one client on 192.0.2.7:443
 *   talk ask METHOD ROOT REQUEST          prints what the server answers; appends to keys.log
 * METHOD is zlib, brotli or zstd; ANSWER and REQUEST are what to send. */
#include <arpa/inet.h>
#include <brotli/decode.h>
#include <brotli/encode.h>
#include <openssl/bytestring.h>
#include <openssl/pool.h>
#include <openssl/ssl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>
#include <zlib.h>
#include <zstd.h>

enum { ZLIB = 1, BROTLI = 2, ZSTD = 3, MAX = 20000 };

static int method;

static int pack(SSL *ssl, CBB *out, const uint8_t *in, size_t in_len)
{
	uint8_t packed[MAX];
	size_t len = sizeof packed;
	uLongf zlib_len = sizeof packed;
	(void)ssl;
	if (method == ZLIB) {
		compress2(packed, &zlib_len, in, in_len, 9);
		len = zlib_len;
	} else if (method == BROTLI) {
		BrotliEncoderCompress(11, 22, BROTLI_MODE_GENERIC, in_len, in, &len, packed);
	} else {
		len = ZSTD_compress(packed, sizeof packed, in, in_len, 19);
	}
	return CBB_add_bytes(out, packed, len);
}

static int unpack(SSL *ssl, CRYPTO_BUFFER **out, size_t out_len, const uint8_t *in, size_t in_len)
{
	uint8_t *to;
	size_t len = out_len;
	uLongf zlib_len = out_len;
	(void)ssl;
	*out = CRYPTO_BUFFER_alloc(&to, out_len);
	if (method == ZLIB)
		return uncompress(to, &zlib_len, in, in_len) == Z_OK;
	if (method == BROTLI)
		return BrotliDecoderDecompress(in_len, in, &len, to) ==
		       BROTLI_DECODER_RESULT_SUCCESS;
	return ZSTD_decompress(to, out_len, in, in_len) == out_len;
}

static int choose(SSL *ssl, const uint8_t **out, uint8_t *len, const uint8_t *in, unsigned in_len,
                  void *arg)
{
	(void)ssl, (void)arg, (void)in_len;
	*out = in + 1;
	*len = in[0];
	return SSL_TLSEXT_ERR_OK;
}

static void log_key(const SSL *ssl, const char *line)
{
	FILE *log = fopen("keys.log", "a");
	(void)ssl;
	fprintf(log, "%s\n", line);
	fclose(log);
}

static int reach(int serving)
{
	struct sockaddr_in place = {.sin_family = AF_INET, .sin_port = htons(443)};
	int fd = socket(AF_INET, SOCK_STREAM, 0), on = 1;
	inet_pton(AF_INET, "192.0.2.7", &place.sin_addr);
	if (!serving)
		return connect(fd, (struct sockaddr *)&place, sizeof place) == 0 ? fd : -1;
	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
	bind(fd, (struct sockaddr *)&place, sizeof place);
	listen(fd, 1);
	return accept(fd, NULL, NULL);
}

int main(int argc, char **argv)
{
	static const uint8_t alpn[] = "\x08http/1.1";
	char heard[4096];
	int serving = argc > 1 && strcmp(argv[1], "serve") == 0, got;
	SSL_CTX *context = SSL_CTX_new(TLS_method());
	SSL *ssl;
	if (argc < 5)
		return 2;
	method = argv[2][0] == 'b' ? BROTLI : argv[2][1] == 's' ? ZSTD : ZLIB;
	SSL_CTX_add_cert_compression_alg(context, (uint16_t)method, pack, unpack);
	if (serving) {
		SSL_CTX_use_certificate_chain_file(context, argv[3]);
		SSL_CTX_use_PrivateKey_file(context, argv[4], SSL_FILETYPE_PEM);
		SSL_CTX_set_alpn_select_cb(context, choose, NULL);
	} else {
		SSL_CTX_load_verify_locations(context, argv[3], NULL);
		SSL_CTX_set_verify(context, SSL_VERIFY_PEER, NULL);
		SSL_CTX_set_keylog_callback(context, log_key);
		SSL_CTX_set_alpn_protos(context, alpn, sizeof alpn - 1);
	}
	ssl = SSL_new(context);
	SSL_add_application_settings(ssl, alpn + 1, 8, (const uint8_t *)argv[1], strlen(argv[1]));
	SSL_set_tlsext_host_name(ssl, "www.lab.test");
	SSL_set_fd(ssl, reach(serving));
	if ((serving ? SSL_accept(ssl) : SSL_connect(ssl)) != 1)
		return 1;
	if (!serving)
		SSL_write(ssl, argv[4], (int)strlen(argv[4]));
	while ((got = SSL_read(ssl, heard, sizeof heard)) > 0) {
		printf("%.*s", got, heard);
		if (serving && SSL_write(ssl, argv[5], (int)strlen(argv[5])) > 0)
			break;
	}
	SSL_shutdown(ssl);
	return 0;
}
