/* Fuzzes the handshake decoders. The first byte chooses what was negotiated and whether the message
 * is cut; the rest is one handshake message. */
#include <stdlib.h>

#include "tests/fuzz/fuzz.h"
#include "tests/handshake_invariants.h"

static const struct handshake_context contexts[] = {
	{0, 0, CLIENT, 0, 0, false},
	{0x0304, 0x1301, SERVER, 0x0304, 0, false}, /* AES_128_GCM_SHA256 */
	{0x0303, 0xc02f, SERVER, 0x0304, 0, false}, /* ECDHE_RSA */
	{0x0303, 0x009e, SERVER, 0x0303, 0, false}, /* DHE_RSA */
	{0x0303, 0x009c, CLIENT, 0x0303, 0, false}, /* RSA */
	{0x0301, 0x002f, CLIENT, 0x0301, 0, false}, /* RSA */
	{0x0300, 0x0005, CLIENT, 0x0300, 0, false}, /* RSA, SSL 3.0 */
	{0x0301, 0x0003, SERVER, 0x0301, 0, false}, /* RSA_EXPORT */
	{0x0303, 0x00a8, CLIENT, 0x0303, 0, false}, /* PSK */
	{0x0303, 0x00ac, CLIENT, 0x0303, 0, false}, /* RSA_PSK */
	{0x0303, 0x00aa, CLIENT, 0x0303, 0, false}, /* DHE_PSK */
	{0x0303, 0xc037, CLIENT, 0x0303, 0, false}, /* ECDHE_PSK */
	{0x0303, 0x00a6, SERVER, 0x0303, 0, false}, /* DH_anon */
	{0x0303, 0xc01d, SERVER, 0x0303, 0, false}, /* SRP */
	{0, 0, SERVER, 0x0304, 1,
         false}, /* the client offered server_name and no other extension below 64 */
	{0x0304, 0x1301, SERVER, 0x0304, 1, false},
	{0x0303, 0xc01e, SERVER, 0x0303, 0, false}, /* SRP_RSA */
	{0x0303, 0xc0b0, SERVER, 0x0303, 0, false}, /* ECCPWD */
	{0x0301, 0x001e, CLIENT, 0x0301, 0, false}, /* KRB5 */
	{0x0303, 0xc102, CLIENT, 0x0303, 0, false}, /* GOST */
	{0x0300, 0x001c, CLIENT, 0x0300, 0, false}, /* Fortezza, SSL 3.0 */
	{0x0303, 0xc004, CLIENT, 0x0303, 0, false}, /* static ECDH */
	{0x0303, 0xc018, SERVER, 0x0303, 0, false}, /* ECDH_anon */
	{0x7f17, 0x1302, SERVER, 0x7f17, 0, false}, /* AES_256_GCM_SHA384, a draft */
};

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	if (size == 0)
		return 0;
	size_t which = (data[0] & 0x7fU) % (sizeof contexts / sizeof *contexts);
	struct bytes message = {data + 1, size - 1};
	if (broken_invariant(message, &contexts[which], data[0] >= 0x80) != NULL)
		abort();
	return 0;
}
