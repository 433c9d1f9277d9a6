/* The names by which a client asks for a server. */
#include "dissectors/tls/extension_decoder.h"

enum { LONGEST_NAME = 253, LONGEST_LABEL = 63 };

enum { LETTER = 1, DIGIT = 2, DOT = 4, OTHER = 0x80 };

/* What each byte is in a host's name; '-' and '_' count as letters, and 0 as OTHER. */
static const uint8_t kind[256] = {
	['-'] = LETTER,        ['_'] = LETTER,         ['.'] = DOT,
	['0' ... '9'] = DIGIT, ['a' ... 'z'] = LETTER, ['A' ... 'Z'] = LETTER,
};

/* Says whether the label can be one: of 1 to 63 bytes. */
static bool is_label(size_t len)
{
	return len - 1 < LONGEST_LABEL;
}

bool server_name_is_valid(struct bytes name)
{
	size_t begin = 0, n_dots = 0;
	uint8_t seen = 0;
	if (name.len == 0 || name.len > LONGEST_NAME)
		return false;
	for (size_t i = 0; i < name.len; i++) {
		uint8_t k = kind[name.at[i]];
		seen |= k == 0 ? OTHER : k;
		if (k != DOT)
			continue;
		if (!is_label(i - begin))
			return false;
		begin = i + 1;
		n_dots++;
	}
	bool address = (seen & LETTER) == 0 && n_dots == 3;
	return (seen & OTHER) == 0 && is_label(name.len - begin) && !address;
}

/* RFC 6066, 3: ServerName server_name_list<1..2^16-1>, each NameType and HostName<1..2^16-1> */
void extension_server_names(struct reader *r, struct extension_facts *f)
{
	uint16_t n = 0;
	struct bytes host = {NULL, 0}, other = {NULL, 0};
	bool valid = true;
	struct reader list = open_vector(r, 2, F_SERVER_NAME_LIST);
	for (; more(&list); n++) {
		bool is_host = take_u8(&list, F_NAME_TYPE) == 0;
		struct bytes name = take_opaque(&list, 2, F_HOST_NAME);
		if (!is_host)
			continue;
		valid = valid && server_name_is_valid(name);
		if (host.at == NULL)
			host = name;
		else if (other.at == NULL)
			other = name;
	}
	close_vector(r, &list);
	if (!extension_is_sound(r, f))
		return;
	f->n_names = n;
	f->sni = host;
	f->other_sni = other;
	f->sni_invalid = n == 0 || !valid;
}
