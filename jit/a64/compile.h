/* The baseline compiler for arm64. */
#ifndef JIT_A64_COMPILE_H
#define JIT_A64_COMPILE_H

#include <stdbool.h>
#include <stdint.h>

struct base_tables;
struct body;
struct compile_watch;
struct err;
struct native_output;

/* What code is made for when nobody says otherwise: any arm64, without the FEATURE_… of masm.inc. */
enum { A64_FEATURES_DEFAULT = 0 };

/* Compile body B for a machine with FEATURES (features.h). What OUT gets is in engine/tier.h; false with E: out of memory. */
bool a64_compile(struct body *b, uint32_t features, struct base_tables *tables, struct native_output *out,
	struct err *e);
/* The same, told to WATCH (jit/base/watch.h). */
bool a64_compile_watched(struct body *b, uint32_t features, struct base_tables *tables, const struct compile_watch *watch,
	struct native_output *out, struct err *e);

#endif
