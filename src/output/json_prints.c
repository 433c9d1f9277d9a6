#include "src/output/json_parts.h"

void json_client_prints(struct text *t, const struct fingerprints *p)
{
	if (!p->of_client)
		return;
	write_hex(t, "ja3", json_run(p->ja3, sizeof p->ja3));
	write_begin(t, "ja4");
	fingerprint_ja4(t, &p->ja4);
	text_char(t, '"');
}

void json_server_prints(struct text *t, const struct fingerprints *p)
{
	if (p->of_server)
		write_hex(t, "ja3s", json_run(p->ja3s, sizeof p->ja3s));
}
