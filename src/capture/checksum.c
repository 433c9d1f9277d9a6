#include "src/capture/checksum.h"

enum { TCP = 6, TCP_HEADER = 20, CHECKSUM_AT = 16 };

static uint16_t fold(uint64_t sum)
{
	while (sum > UINT16_MAX)
		sum = (sum >> 16) + (sum & UINT16_MAX);
	return (uint16_t)sum;
}

/* Two words of 64 bits at any address, which gcc and clang add side by side. */
typedef uint64_t word_pair __attribute__((vector_size(16), aligned(1), may_alias));

/* Adds the whole pairs of words of 32 bits; the sums of the halves cannot overflow. */
static uint64_t add_pairs(const uint8_t *at, size_t n_pairs)
{
	word_pair low = {0, 0}, high = {0, 0};
	for (size_t i = 0; i < n_pairs; i++) {
		word_pair w = *(const word_pair *)(const void *)(at + i * sizeof w);
		low += w & UINT32_MAX;
		high += w >> 32;
	}
	word_pair sum = low + high;
	return sum[0] + sum[1];
}

/* The sum does not depend on the byte order in which words are read, but for the order of its own
 * two bytes (RFC 1071, 2): they are added as the machine reads them. */
uint16_t checksum_add(uint16_t sum, struct bytes b)
{
	size_t n_pairs = b.len / sizeof(word_pair);
	uint64_t all = add_pairs(b.at, n_pairs);
	for (size_t at = n_pairs * sizeof(word_pair); at < b.len; at += sizeof(uint32_t)) {
		uint32_t word = 0;
		memcpy(&word, b.at + at, b.len - at < sizeof word ? b.len - at : sizeof word);
		all += word;
	}
	uint16_t machine = fold(all);
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
