#include "dissectors/tls/registry/registry.h"

#include <string.h>

#include "dissectors/tls/registry/registry_tables.h"

bool registry_is_grease(uint32_t code)
{
	return code <= 0xffff && (code & 0x0f0f) == 0x0a0a && code >> 8 == (code & 0xff);
}

/* RFC 8701, 2: 0x0b, 0x2a, 0x49, 0x68, 0x87, 0xa6, 0xc5, 0xe4. */
static bool is_grease_psk_mode(uint32_t code)
{
	return code <= 0xe4 && code % 0x1f == 0x0b;
}

static bool is_grease_in(enum registry r, uint32_t code)
{
	switch (r) {
	case REG_SUITE:
	case REG_EXTENSION:
	case REG_GROUP:
	case REG_SIGNATURE_SCHEME:
	case REG_VERSION:
		return registry_is_grease(code);
	case REG_PSK_MODE:
		return is_grease_psk_mode(code);
	default:
		return false;
	}
}

/* Gives the row of `code`, or the number of rows when there is none. */
static size_t find_row(enum registry r, uint32_t code)
{
	const struct registry_table *table = &registry_tables[r];
	size_t low = 0, high = table->n_rows;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (table->rows[middle].code == code)
			return middle;
		if (table->rows[middle].code < code)
			low = middle + 1;
		else
			high = middle;
	}
	return table->n_rows;
}

const char *registry_name(enum registry r, uint32_t code)
{
	size_t row;

	if (r == REG_NONE)
		return NULL;
	if (is_grease_in(r, code))
		return "GREASE";
	row = find_row(r, code);
	return row < registry_tables[r].n_rows ? registry_tables[r].rows[row].name : NULL;
}

size_t registry_count(enum registry r)
{
	return registry_tables[r].n_rows;
}

bool registry_at(enum registry r, size_t i, uint32_t *code, const char **name)
{
	if (i >= registry_tables[r].n_rows)
		return false;
	*code = registry_tables[r].rows[i].code;
	*name = registry_tables[r].rows[i].name;
	return true;
}

const struct suite *suite_find(uint16_t code)
{
	size_t row = find_row(REG_SUITE, code);

	if (row == registry_count(REG_SUITE) || !suite_table[row].name)
		return NULL;
	return &suite_table[row];
}

const struct group_info *group_find(uint16_t code)
{
	size_t row = find_row(REG_GROUP, code);

	return row < registry_count(REG_GROUP) ? &group_table[row] : NULL;
}

const char *alpn_protocol(const uint8_t *id, size_t len)
{
	if (len == 2 && registry_is_grease((uint32_t)id[0] << 8 | id[1]))
		return "GREASE";
	for (size_t i = 0; i < n_alpns; i++)
		if (alpn_table[i].len == len && memcmp(alpn_table[i].id, id, len) == 0)
			return alpn_table[i].protocol;
	return NULL;
}

const char *alpn_at(size_t i)
{
	return i < n_alpns ? alpn_table[i].id : NULL;
}

const char *suite_cipher_name(enum suite_cipher cipher)
{
	static const char *const names[] = {
#define SUITE_CIPHER(word, name, integrity) [CIPHER_##word] = name,
#include "src/model/suite_ciphers.def"
#undef SUITE_CIPHER
	};

	return names[cipher];
}

const char *suite_kx_name(enum suite_kx kx)
{
	static const char *const names[] = {
		[KX_NULL] = "NULL",       [KX_RSA] = "RSA",
		[KX_DH] = "DH",           [KX_DHE] = "DHE",
		[KX_ECDH] = "ECDH",       [KX_ECDHE] = "ECDHE",
		[KX_PSK] = "PSK",         [KX_RSA_PSK] = "RSA-PSK",
		[KX_DHE_PSK] = "DHE-PSK", [KX_ECDHE_PSK] = "ECDHE-PSK",
		[KX_SRP] = "SRP",         [KX_KRB5] = "Kerberos",
		[KX_ECCPWD] = "ECCPWD",   [KX_GOST] = "GOST",
		[KX_TLS13] = "TLS 1.3",
	};

	return names[kx];
}

const char *suite_auth_name(enum suite_auth auth)
{
	static const char *const names[] = {
		[AUTH_NULL] = "NULL",   [AUTH_RSA] = "RSA",        [AUTH_DSS] = "DSS",
		[AUTH_ECDSA] = "ECDSA", [AUTH_ANON] = "anonymous", [AUTH_PSK] = "PSK",
		[AUTH_SRP] = "SRP",     [AUTH_KRB5] = "Kerberos",  [AUTH_PWD] = "password",
		[AUTH_GOST] = "GOST",   [AUTH_TLS13] = "TLS 1.3",
	};

	return names[auth];
}

const char *suite_hash_name(enum suite_hash hash)
{
	static const char *const names[] = {
		[HASH_NULL] = "NULL",
		[HASH_MD5] = "MD5",
		[HASH_SHA1] = "SHA-1",
		[HASH_SHA256] = "SHA-256",
		[HASH_SHA384] = "SHA-384",
		[HASH_SHA512] = "SHA-512",
		[HASH_SM3] = "SM3",
		[HASH_STREEBOG256] = "Streebog-256",
		[HASH_OMAC] = "OMAC",
		[HASH_IMIT] = "IMIT",
		[HASH_GOST94] = "GOST R 34.11-94",
	};

	return names[hash];
}
