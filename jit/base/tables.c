/* Tables by op; see tables.h. */
#include "jit/base/tables.h"

#include <stdlib.h>
#include <string.h>

#include "engine/regir/acc.h"
#include "engine/regir/interp.h"

struct form {
	uint16_t base;
	uint8_t shape;
};

/* Fused forms, without accumulators: these name the slot too. */
static const struct form fused_forms[R_COUNT] = {
#define BIN(id, result, x, expr)      [R_##id##_K] = { R_##id, SHAPE_K },
#define BIN_TRAP(id, result, x, call) BIN(id, result, x, call)
#define CMP(id, negated, x, expr) \
	BIN(id, u32, x, expr) \
	[R_JUMP_##id] = { R_##id, SHAPE_JUMP }, [R_JUMP_##id##_K] = { R_##id, SHAPE_JUMP_K }, \
	[R_LATCH_##id] = { R_##id, SHAPE_LATCH }, [R_LATCH_##id##_K] = { R_##id, SHAPE_LATCH_K }, \
	[R_LATCH_##id##_S] = { R_##id, SHAPE_LATCH_S }, [R_LATCH_##id##_SK] = { R_##id, SHAPE_LATCH_SK },
#define FCMP(id, x, expr) \
	BIN(id, u32, x, expr) \
	[R_JUMP_##id] = { R_##id, SHAPE_JUMP }, [R_JUMP_NOT_##id] = { R_##id, SHAPE_JUMP_NOT },
#include "engine/regir/num.def"
#define LOAD(id, result, type) \
	[R_##id##_C] = { R_##id, SHAPE_C }, [R_##id##_X] = { R_##id, SHAPE_X }, [R_##id##_BK] = { R_##id, SHAPE_BK }, \
	[R_##id##_BX] = { R_##id, SHAPE_BX }, [R_##id##_BS] = { R_##id, SHAPE_BS }, [R_##id##_BI] = { R_##id, SHAPE_BI }, \
	[R_##id##_Z] = { R_##id, SHAPE_Z },
#define STORE(id, type) \
	[R_##id##_C] = { R_##id, SHAPE_C }, [R_##id##_X] = { R_##id, SHAPE_X }, [R_##id##_BK] = { R_##id, SHAPE_BK }, \
	[R_##id##_BX] = { R_##id, SHAPE_BX }, [R_##id##_BI] = { R_##id, SHAPE_BI }, [R_##id##_Z] = { R_##id, SHAPE_Z },
#include "engine/regir/mem.def"
#define LOAD_OP(op, load, result, type) [R_##op##_L] = { R_##op, SHAPE_L }, [R_##op##_LZ] = { R_##op, SHAPE_LZ },
#include "engine/regir/load_op.def"
#define STORE_OF_K(id) [R_##id##_K] = { R_##id, SHAPE_VALUE_K }, [R_##id##_KC] = { R_##id, SHAPE_VALUE_KC }, \
	[R_##id##_BKK] = { R_##id, SHAPE_BKK },
	STORE_OF_K(I32_STORE) STORE_OF_K(I64_STORE) STORE_OF_K(I32_STORE8) STORE_OF_K(I32_STORE16)
	[R_I32_STORE_P] = { R_I32_STORE, SHAPE_P }, [R_I64_STORE_P] = { R_I64_STORE, SHAPE_P },
	[R_I32_STORE_PP] = { R_I32_STORE, SHAPE_PP }, [R_I64_STORE_PP] = { R_I64_STORE, SHAPE_PP },
};

static struct op_row row_of(enum regir op)
{
	struct op_row r = { .plain = (uint16_t)acc_base(op) };
	struct form f = fused_forms[r.plain];
	const char *format = regir_info((enum regir)r.plain).format;

	r.base = f.base || f.shape ? f.base : r.plain;
	r.shape = f.shape;
	memset(r.format, '-', 4);
	for (int n = 0; n < 4 && format[n]; n++) {
		r.format[n] = format[n];
		if (format[n] == 'K')
			break;
	}
	return r;
}

static void add_handler(struct base_tables *t, handler *h, enum regir op)
{
	uint32_t address = (uint32_t)(uintptr_t)h, i = address >> 4 & t->mask;

	while (t->handlers[i].address && t->handlers[i].address != address)
		i = (i + 1) & t->mask;
	if (t->handlers[i].address)
		return;         /* what no fast body has shares a handler */
	t->handlers[i].address = address;
	t->handlers[i].op = (uint16_t)op;
}

struct base_tables *base_tables_new(void)
{
	uint32_t places = 1;

	while (places < 4 * R_COUNT)
		places *= 2;
	struct base_tables *t = calloc(1, sizeof *t + places * sizeof *t->handlers);
	if (!t)
		return NULL;
	t->mask = places - 1;
	for (unsigned op = 0; op < R_COUNT; op++) {
		t->rows[op] = row_of((enum regir)op);
		add_handler(t, interp_fast_table[op], (enum regir)op);
	}
	for (unsigned i = 0; i < interp_njoins; i++)
		add_handler(t, interp_joins[i].joined, (enum regir)interp_joins[i].op);
	return t;
}
