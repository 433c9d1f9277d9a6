#include "dissectors/tls/extension.h"

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
