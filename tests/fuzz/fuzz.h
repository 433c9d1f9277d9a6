/* The one function that a fuzz target defines. Whoever calls it, libFuzzer or driver.c, owns the
 * bytes. */
#ifndef KEYHOLE_TESTS_FUZZ_FUZZ_H
#define KEYHOLE_TESTS_FUZZ_FUZZ_H

#include <stddef.h>
#include <stdint.h>

/* Decodes `size` bytes and aborts when an invariant does not hold; gives 0. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#endif
