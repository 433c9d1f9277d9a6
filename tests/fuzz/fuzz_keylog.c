/* A key log of any bytes: every line is one of four kinds, what was added is found again, and the
 * same text a second time adds nothing new. */
#include <stdlib.h>

#include "src/secrets/keylog.h"
#include "tests/fuzz/fuzz.h"

static void must(bool holds)
{
	if (!holds)
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct keylog *k = keylog_new();
	if (k == NULL)
		return 0;
	struct keylog_news first = keylog_add(k, "a", (struct bytes){data, size});
	size_t n = keylog_n_lines(k);
	must(n <= first.added);
	must((first.malformed == 0) == (first.first_line == 0));
	struct keylog_news again = keylog_add(k, "b", (struct bytes){data, size});
	must(again.added == first.added && again.malformed == first.malformed);
	must(keylog_n_lines(k) == n);
	keylog_free(k);
	return 0;
}
