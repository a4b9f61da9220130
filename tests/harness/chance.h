/* Numbers by chance, the same ones in each run: uint64_t seed = CHANCE_SEED; … chance_next(&seed). */
#ifndef WRENCH_TESTS_HARNESS_CHANCE_H
#define WRENCH_TESTS_HARNESS_CHANCE_H

#include <stdint.h>

#define CHANCE_SEED 88172645463325252u

static inline uint64_t chance_next(uint64_t *state)
{
	*state ^= *state << 13;
	*state ^= *state >> 7;
	*state ^= *state << 17;
	return *state;
}

#endif
