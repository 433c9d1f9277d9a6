/* Certificate lists: the gate, the facts, the verdict. Bit 0 of the first byte says whether the
 * list is one of TLS 1.3. */
#include <stdlib.h>

#include "src/pki/pki.h"
#include "tests/fuzz/fuzz.h"

static void must(bool holds)
{
	if (!holds)
		abort();
}

static struct pki *the_pki(void)
{
	static struct pki *p;
	static char why[256];
	struct pki_options o = {.no_system = true, .at = MOMENT_UNKNOWN};
	if (p == NULL)
		p = pki_new(&o, why, sizeof why);
	must(p != NULL);
	return p;
}

static void check_certificate(const struct cert *c, size_t size)
{
	must(c->der.len <= size);
	must(c->readable || c->findings != 0);
	must(c->readable || (c->n_names == 0 && c->subject.len == 0));
	must(!c->self_signed || c->self_issued);
	for (size_t i = 0; i < c->n_names; i++)
		must(c->name[i].len <= c->der.len || c->name[i].len < 40);
}

static void check_verdict(const struct chain *c, const struct verdict *v)
{
	must(v->made == (c->n_certs > 0 || c->broken));
	must(v->chain != CHECK_OK); /* nothing is trusted here */
	must(v->anchor == NULL);
	must(!v->made || v->first != CHECK_OK);
	must(v->at_fault == NULL || v->then != CHECK_OK);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	if (size == 0)
		return 0;
	static const uint8_t host[] = "www.lab.test";
	struct pki *p = the_pki();
	struct arena spare = {0};
	struct bytes list = {data + 1, size - 1};
	bool tls13 = (data[0] & 1) != 0;
	const struct chain *c = pki_chain(p, list, tls13, &spare), *again;
	struct verdict v, w;
	must(c != NULL && c->n_certs <= CHAIN_CERTIFICATES);
	for (size_t i = 0; i < c->n_certs; i++)
		check_certificate(c->cert[i], size);
	pki_judge(p, c, SERVER, (struct bytes){host, sizeof host - 1}, 0, &v);
	check_verdict(c, &v);
	again = pki_chain(p, list, tls13, &spare);
	pki_judge(p, again, SERVER, (struct bytes){host, sizeof host - 1}, 0, &w);
	must(v.first == w.first && v.chain == w.chain && v.name == w.name && v.then == w.then);
	struct tls_facts tls = {.chain = {NULL, c}};
	struct session s = {.arena = &spare, .tls = &tls};
	s.verdict[SERVER] = v;
	pki_findings(&s, SERVER, 1);
	arena_free(&spare);
	return 0;
}
