/*
 * Constant expressions (core specification 3.4, 4.5.4): a small stack machine over the module's bytes. They were
 * validated, so the stack never runs dry; each instruction has at least one byte and pushes at most one value, so it is
 * never deeper than the expression is long.
 */
#include <stdlib.h>

#include "engine/base/err.h"
#include "engine/gc/gc.h"
#include "engine/imm.h"
#include "engine/regir/interp.h"
#include "engine/store.h"

enum { SMALL_STACK = 16 };

struct machine {
	struct instance *in;
	struct ctx *c;
	struct value *top;      /* one past the topmost value */
};

static void push(struct machine *m, valtype type, slot lo)
{
	*m->top++ = (struct value){ .type = type, .lo = lo };
}

static void push_v128(struct machine *m, const uint8_t bytes[16])
{
	uint64_t half[2] = { 0, 0 };

	for (int i = 0; i < 16; i++)
		half[i / 8] |= (uint64_t)bytes[i] << i % 8 * 8;
	*m->top++ = (struct value){ .type = VT_V128, .lo = half[0], .hi = half[1] };
}

static void push_global(struct machine *m, const struct global *g)
{
	*m->top++ = (struct value){ .type = g->type, .lo = g->value[0], .hi = g->value[1] };
}

static void push_func(struct machine *m, struct func *f)
{
	push(m, vt_ref(HEAP_TYPES + f->type->id, false), (slot)(uintptr_t)f);
}

/* Wrap-around arithmetic of both widths; the result has the type of the operands. */
static void binary(struct machine *m, enum op op)
{
	struct value b = *--m->top, *a = m->top - 1;

	switch (op) {
	case OP_I32_ADD:
	case OP_I64_ADD:
		a->lo += b.lo;
		break;
	case OP_I32_SUB:
	case OP_I64_SUB:
		a->lo -= b.lo;
		break;
	default:
		a->lo *= b.lo;
		break;
	}
	a->lo = slot_normal(a->type, a->lo);
}

/* Conversions between the any and extern hierarchies keep the bits (value.h). */
static void retype(struct machine *m, enum heap heap)
{
	struct value *v = m->top - 1;

	v->type = vt_ref(heap, vt_nullable(v->type));
}

/* Operands stay on the stack, where the collector sees them, until the object exists. */
enum { PIECE = 1 << 16 };       /* elements written between two looks at whether the guest has to end */

static enum trap new_object(struct machine *m, const struct instr *i)
{
	const struct deftype *t = m->in->module->types[i->index];
	uint32_t n = 0, operands = 0;
	slot ref;

	if (i->op == OP_STRUCT_NEW)
		n = operands = t->nfields;
	if (i->op == OP_ARRAY_NEW_FIXED)
		n = operands = i->index2;
	if (i->op == OP_ARRAY_NEW || i->op == OP_ARRAY_NEW_DEFAULT) {
		n = (uint32_t)m->top[-1].lo;
		operands = i->op == OP_ARRAY_NEW ? 2 : 1;
	}
	enum trap trap = t->kind == TYPE_STRUCT ? gc_struct_new(m->c, t->id, &ref) : gc_array_new(m->c, t->id, n, &ref);
	if (trap != TRAP_NONE)
		return trap;
	const struct value *first = m->top - operands;
	for (uint32_t k = 0; i->op != OP_ARRAY_NEW_DEFAULT && i->op != OP_STRUCT_NEW_DEFAULT && k < n; k++) {
		if (k % PIECE == PIECE - 1 && interp_must_end(m->c))
			return TRAP_COUNT;
		gc_field_set(m->in->store, ref, k, i->op == OP_ARRAY_NEW ? first[0] : first[k]);
	}
	m->top -= operands;
	push(m, vt_ref(HEAP_TYPES + t->id, false), ref);
	return TRAP_NONE;
}

static enum trap step(struct machine *m, const struct instr *i)
{
	switch (i->op) {
	case OP_I32_CONST:
		push(m, VT_I32, (uint32_t)i->number);
		return TRAP_NONE;
	case OP_I64_CONST:
		push(m, VT_I64, (uint64_t)i->number);
		return TRAP_NONE;
	case OP_F32_CONST:
		push(m, VT_F32, (uint32_t)i->number);
		return TRAP_NONE;
	case OP_F64_CONST:
		push(m, VT_F64, (uint64_t)i->number);
		return TRAP_NONE;
	case OP_V128_CONST:
		push_v128(m, i->bytes);
		return TRAP_NONE;
	case OP_I32_ADD:
	case OP_I32_SUB:
	case OP_I32_MUL:
	case OP_I64_ADD:
	case OP_I64_SUB:
	case OP_I64_MUL:
		binary(m, i->op);
		return TRAP_NONE;
	case OP_GLOBAL_GET:
		push_global(m, m->in->globals[i->index]);
		return TRAP_NONE;
	case OP_REF_NULL:
		push(m, vt_ref(i->heap.heap, true), 0);
		return TRAP_NONE;
	case OP_REF_FUNC:
		push_func(m, m->in->funcs[i->index]);
		return TRAP_NONE;
	case OP_REF_I31:
		m->top[-1] = (struct value){ .type = vt_ref(HEAP_I31, false), .lo = (uint32_t)(m->top[-1].lo << 1 | 1) };
		return TRAP_NONE;
	case OP_ANY_CONVERT_EXTERN:
		retype(m, HEAP_ANY);
		return TRAP_NONE;
	case OP_EXTERN_CONVERT_ANY:
		retype(m, HEAP_EXTERN);
		return TRAP_NONE;

	case OP_STRUCT_NEW:
	case OP_STRUCT_NEW_DEFAULT:
	case OP_ARRAY_NEW:
	case OP_ARRAY_NEW_DEFAULT:
	case OP_ARRAY_NEW_FIXED:
		return new_object(m, i);
	default:
		return TRAP_UNSUPPORTED;
	}
}

static enum trap run(struct machine *m, struct const_expr x)
{
	struct err e;
	struct cursor at = cursor_at(m->in->module, x.start, &e);

	err_clear(&e);
	for (;;) {
		struct instr i;
		if (!instr_read(&at, &i, &e))
			return TRAP_UNSUPPORTED;
		if (i.op == OP_END)
			return TRAP_NONE;
		enum trap t = step(m, &i);
		if (t != TRAP_NONE)
			return t;
	}
}

bool const_eval(struct instance *in, struct ctx *c, struct const_expr x, struct value *out, enum trap *trap)
{
	struct value small[SMALL_STACK], *stack = small;
	uint32_t deepest = x.end - x.start;

	if (deepest > SMALL_STACK)
		stack = calloc(deepest, sizeof *stack);
	if (!stack) {
		*trap = TRAP_HEAP;
		return false;
	}
	struct machine m = { .in = in, .c = c, .top = stack };
	struct gc_scope scope;
	gc_scope_open(c, &scope, stack, &m.top);
	*trap = run(&m, x);
	gc_scope_close(c);
	if (*trap == TRAP_NONE)
		*out = stack[0];
	if (stack != small)
		free(stack);
	return *trap == TRAP_NONE;
}
