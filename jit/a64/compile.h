/* The baseline compiler for arm64. */
#ifndef JIT_A64_COMPILE_H
#define JIT_A64_COMPILE_H

#include <stdbool.h>
#include <stdint.h>

struct base_tables;
struct body;
struct err;
struct native_output;

/* Compile body B for a machine with FEATURES (features.h). What OUT gets is in engine/tier.h; false with E: out of memory. */
bool a64_compile(struct body *b, uint32_t features, const struct base_tables *tables, struct native_output *out,
	struct err *e);

#endif
