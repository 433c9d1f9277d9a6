#include "src/model/finding.h"

static const struct {
	const char *code, *words;
} table[FINDINGS] = {
#define FINDING(id, code, words) [FIND_##id] = {code, words},
#include "src/model/finding.def"
#undef FINDING
};

const char *finding_code(enum finding f)
{
	return f < FINDINGS ? table[f].code : "?";
}

const char *finding_words(enum finding f)
{
	return f < FINDINGS ? table[f].words : "?";
}
