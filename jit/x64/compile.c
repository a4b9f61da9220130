/* The baseline compiler for x86-64. */
#include "jit/x64/compile.h"

#include "jit/x64/enc.h"
#include "jit/masm.h"
/* macro instructions have one signature on all machines */
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wunused-parameter"
#include "jit/x64/masm.inc"
#pragma GCC diagnostic pop
#include "jit/base/compile.inc"

bool x64_compile(struct body *b, uint32_t features, struct base_tables *tables, struct native_output *out,
	struct err *e)
{
	return base_compile(b, features, tables, NULL, out, e);
}

bool x64_compile_watched(struct body *b, uint32_t features, struct base_tables *tables, const struct compile_watch *watch,
	struct native_output *out, struct err *e)
{
	return base_compile(b, features, tables, watch, out, e);
}
