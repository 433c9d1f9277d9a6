/* The names by which a client asks for a server. */
#include "dissectors/tls/extension_decoder.h"

enum { LONGEST_NAME = 253, LONGEST_LABEL = 63 };

static bool is_digit(uint8_t c)
{
	return c >= '0' && c <= '9';
}

static bool is_label_byte(uint8_t c)
{
	uint8_t lower = c | 0x20;
	return (lower >= 'a' && lower <= 'z') || is_digit(c) || c == '-' || c == '_';
}

bool server_name_is_valid(struct bytes name)
{
	size_t label = 0, n_dots = 0;
	bool numbers_alone = true;
	if (name.len == 0 || name.len > LONGEST_NAME)
		return false;
	for (size_t i = 0; i < name.len; i++) {
		uint8_t c = name.at[i];
		if (c == '.') {
			if (label == 0)
				return false;
			n_dots++;
			label = 0;
			continue;
		}
		if (!is_label_byte(c) || ++label > LONGEST_LABEL)
			return false;
		numbers_alone = numbers_alone && is_digit(c);
	}
	bool address = numbers_alone && n_dots == 3;
	return label > 0 && !address;
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
