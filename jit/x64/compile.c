/* The baseline compiler for x86-64. */
#include "jit/x64/compile.h"

#include "jit/x64/enc.h"
#include "jit/masm.h"
#include "jit/x64/masm.inc"
#include "jit/base/compile.inc"

bool x64_compile(struct body *b, uint32_t features, const struct base_tables *tables, struct native_output *out,
	struct err *e)
{
	return base_compile(b, features, tables, out, e);
}
