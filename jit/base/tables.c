/* Tables by op; see tables.h. */
#include "jit/base/tables.h"

#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "engine/regir/acc.h"
#include "engine/regir/interp.h"
#include "jit/masm.h"

#include "jit/base/num.inc"

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

/* In which kind of register field N of an instruction wants its slot. */
static unsigned field_class(const struct op_row *f, char format, int n)
{
	const struct num_row *num = &num_rows[f->base];
	const struct mem_row mem = mem_row(f->base);

	if (format == 'V' || format == 'W')
		return CLASS_V;
	if (num->kind) {
		bool jumps = f->shape >= SHAPE_JUMP && f->shape <= SHAPE_LATCH_SK;
		if (f->shape == SHAPE_L && n == 3)
			return CLASS_G;
		return (n == 0 && !jumps ? num->float_out : num->float_in) ? CLASS_F : CLASS_G;
	}
	if (mem.bytes)
		return n == 0 && mem.is_float ? CLASS_F : CLASS_G;
	switch (f->plain) {
	case R_MOV: case R_GLOBAL_GET: case R_GLOBAL_SET: case R_RETURN1: case R_CONST: case R_CALL_M1: case R_CALL_M2:
	case R_F32_CONST: case R_F64_CONST:
		return NEUTRAL;
	case R_SELECT: case R_SELECT_SK: case R_SELECT_KS:
		return n == 1 ? CLASS_G : NEUTRAL;
	default:
		return CLASS_G;
	}
}

/* Fields of a cell, 16 bits each; field c has two halves. */
static void add_operands(struct op_row *r, char format, int n)
{
	static const uint8_t at[] = { offsetof(struct cell, a), offsetof(struct cell, b), offsetof(struct cell, c), offsetof(struct cell, d) };
	bool counter = r->shape >= SHAPE_LATCH && r->shape <= SHAPE_LATCH_SK;
	bool writes = format == 'D' || format == 'V';
	struct operand o = {
		.at = at[n], .field = (uint8_t)n, .class = (uint8_t)field_class(r, format, n),
		.read = format != 'w' && (!writes || counter), .written = writes, .wide = format == 'V', .window = format == 'w',
	};

	if (!strchr("DVSAWXYw", format))
		return;
	r->operands[r->noperands++] = o;
	if (format == 'Y') {
		o.at += 2;
		r->operands[r->noperands++] = o;
	}
}

static struct op_row row_of(enum regir op)
{
	struct op_row r = { .plain = (uint16_t)acc_base(op) };
	struct form f = fused_forms[r.plain];
	const char *format = regir_info((enum regir)r.plain).format;

	r.base = f.base || f.shape ? f.base : r.plain;
	r.shape = f.shape;
	r.acc = (int8_t)acc_field(op);
	r.number = num_rows[r.base].kind || mem_row(r.base).bytes;
	r.calls = regir_calls((enum regir)r.plain) || r.plain == R_CALL_INDIRECT || r.plain == R_CALL_REF;
	r.consumes = r.plain == R_JUMP_Z || r.plain == R_JUMP_NZ ? CONSUMES_BY_D
		: r.plain == R_MOV || r.plain == R_MOV128 || r.plain == R_JUMP_CAST ? KEEPS : CONSUMES;
	for (int n = 0; n < 4 && format[n] && format[n] != 'K'; n++) {
		r.branches |= n == 2 && format[n] == 't';
		add_operands(&r, format[n], n);
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

void base_tables_free(struct base_tables *t)
{
	if (t && t->spare)
		t->spare->free(t->spare);
	free(t);
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
