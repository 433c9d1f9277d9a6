/* Writes the records of every sample session, a stats and an error line, for a reader that is not
 * ours: tests/json_schema.sh. */
#include <stdio.h>

#include "src/output/json.h"
#include "tests/sessions.h"

int main(void)
{
	struct arena arena = {0};
	struct text t = text_new(&arena);
	struct capture_facts facts = sample_facts("lab.pcap", SAMPLES);
	struct capture_facts odd = sample_facts("x\n\xff\"", 0);
	odd.problem = "cut after packet 6, 3 of 66 bytes";
	odd.finding[0] = (struct input_finding){"capture-truncated", 2, 1234, 6};
	odd.n_findings = 1;
	for (uint32_t i = 0; i < SAMPLES; i++)
		json_session(&t, i == SAMPLE_HOSTILE ? &odd : &facts,
		             sample_session(&arena, (enum sample)i, i + 1, i * 20 + 1),
		             &test_words);
	json_stats(&t, &odd);
	json_error(&t, "x\x1b[31m\xff", "not-a-capture", "begins with 68 65 6c 6c");
	fwrite(t.at, 1, t.len, stdout);
	bool broken = t.broken;
	arena_free(&arena);
	return broken;
}
