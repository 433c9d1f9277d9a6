#include "src/capture/checksum.h"

enum { TCP = 6, TCP_HEADER = 20, CHECKSUM_AT = 16 };

static uint16_t fold(uint64_t sum)
{
	while (sum > UINT16_MAX)
		sum = (sum >> 16) + (sum & UINT16_MAX);
	return (uint16_t)sum;
}

/* The sum does not depend on the byte order in which words are read, but for the order of its own
 * two bytes (RFC 1071, 2): words of 32 bits are added as the machine reads them. */
uint16_t checksum_add(uint16_t sum, struct bytes b)
{
	enum { WORD = 4, RUN = 8 * WORD };
	uint64_t low = 0, high = 0;
	size_t at = 0;
	for (; b.len - at >= RUN; at += RUN) {
		uint32_t word[RUN / WORD];
		memcpy(word, b.at + at, RUN);
		low += (uint64_t)word[0] + word[1] + word[2] + word[3];
		high += (uint64_t)word[4] + word[5] + word[6] + word[7];
	}
	for (; at < b.len; at += WORD) {
		uint32_t word = 0;
		memcpy(&word, b.at + at, b.len - at < WORD ? b.len - at : WORD);
		low += word;
	}
	uint16_t machine = fold(low + high);
	uint8_t bytes[2];
	memcpy(bytes, &machine, sizeof bytes);
	return fold((uint64_t)sum + ((uint32_t)bytes[0] << 8 | bytes[1]));
}

/* Source, target, length and protocol: equal sums for IPv4 (12 bytes) and IPv6 (40). */
static uint16_t pseudo_header(const struct ip_packet *p)
{
	size_t n = endpoint_is_v4(&p->source) ? 4 : 16;
	uint16_t sum = checksum_add(0, (struct bytes){p->source.ip + 16 - n, n});
	sum = checksum_add(sum, (struct bytes){p->target.ip + 16 - n, n});
	return fold((uint64_t)sum + p->payload.len + TCP);
}

enum checksum checksum_of_tcp(const struct ip_packet *p)
{
	if (p->missing > 0 || p->payload.len < TCP_HEADER)
		return CHECKSUM_UNKNOWN;
	uint16_t pseudo = pseudo_header(p);
	if (checksum_add(pseudo, p->payload) == UINT16_MAX)
		return CHECKSUM_RIGHT;
	const uint8_t *at = p->payload.at + CHECKSUM_AT;
	uint32_t found = (uint32_t)at[0] << 8 | at[1];
	return found == 0 || found == pseudo ? CHECKSUM_PARTIAL : CHECKSUM_WRONG;
}
