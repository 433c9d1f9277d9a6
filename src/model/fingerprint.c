#include "src/model/fingerprint.h"

void fingerprint_ja4(struct text *t, const struct ja4 *p)
{
	text_add_n(t, p->a, sizeof p->a);
	text_char(t, '_');
	text_hex_bytes(t, (struct bytes){p->b, sizeof p->b});
	text_char(t, '_');
	text_hex_bytes(t, (struct bytes){p->c, sizeof p->c});
}
