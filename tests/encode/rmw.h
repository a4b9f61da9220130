/* What an atomic operation makes of a word, for the tests of both machines. */
#ifndef WRENCH_TESTS_ENCODE_RMW_H
#define WRENCH_TESTS_ENCODE_RMW_H

#include "jit/masm.h"

static inline uint64_t rmw_result(enum rmw op, uint64_t was, uint64_t by)
{
	switch (op) {
	case RMW_ADD: return was + by;
	case RMW_SUB: return was - by;
	case RMW_AND: return was & by;
	case RMW_OR:  return was | by;
	case RMW_XOR: return was ^ by;
	default:      return by;
	}
}

#endif
