#include "dissectors/http/http.h"

static bool begins_with(struct bytes b, const char *word, size_t len)
{
	return b.len >= len && memcmp(b.at, word, len) == 0;
}

bool http_begins(struct bytes b)
{
	static const struct {
		const char *word;
		size_t len;
	} start[] = {
		{"GET ", 4},     {"POST ", 5},    {"HEAD ", 5},  {"PUT ", 4},   {"DELETE ", 7},
		{"OPTIONS ", 8}, {"CONNECT ", 8}, {"TRACE ", 6}, {"PATCH ", 6}, {"HTTP/1.", 7},
	};
	for (size_t i = 0; i < sizeof start / sizeof *start; i++)
		if (begins_with(b, start[i].word, start[i].len))
			return true;
	return false;
}
