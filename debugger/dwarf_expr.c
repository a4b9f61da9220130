/* Location expressions; see dwarf_expr.h. */
#include "debugger/dwarf_expr.h"

enum { STACK_MAX = 64, STEPS_MAX = 4096, NESTED_MAX = 2 };

struct machine {
	struct dwarf *d;
	const struct dwarf_unit *u;
	const struct dwarf_env *env;
	struct dwarf_cursor c;
	const uint8_t *start;
	uint64_t stack[STACK_MAX];
	unsigned n, nested;
	bool is_value;                  /* DW_OP_stack_value: the top is the variable, not its address */
	bool is_wasm;                   /* the top came straight out of a local or global */
	enum dwarf_wasm_location kind;
	uint32_t index;
	uint64_t high;                  /* … its upper half */
	struct str implicit;            /* DW_OP_implicit_value */
	bool pieces;
	struct dwarf_location *out;
	const char *why;
};

static bool fail(struct machine *m, const char *why)
{
	m->why = m->why ? m->why : why;
	return false;
}

static bool push(struct machine *m, uint64_t v)
{
	if (m->n == STACK_MAX)
		return fail(m, "its location needs too much stack");
	m->stack[m->n++] = v;
	return true;
}

/* The value N below the top, 0 when the stack is shorter: then the expression fails at its end. */
static uint64_t *top(struct machine *m, unsigned n)
{
	static const char short_of[] = "its location is damaged";

	if (n >= m->n) {
		fail(m, short_of);
		m->n = n + 1;
		memset(m->stack, 0, (n + 1) * sizeof *m->stack);
	}
	return &m->stack[m->n - 1 - n];
}

static uint64_t pop(struct machine *m)
{
	uint64_t v = *top(m, 0);

	m->n--;
	return v;
}

/* ---- operations ------------------------------------------------------------------------------ */

static bool run(struct machine *m);

/* What local variables are counted from: a value, or the place of one. */
static bool push_frame_base(struct machine *m, int64_t more)
{
	struct machine base = { .d = m->d, .u = m->u, .env = m->env, .nested = m->nested + 1 };
	struct dwarf_location ignored = { 0 };
	struct str expr;

	if (m->nested == NESTED_MAX || !dwarf_frame_base(m->d, m->env->address, &expr))
		return fail(m, "its frame has no base");
	base.out = &ignored;
	base.start = (const uint8_t *)expr.p;
	base.c = (struct dwarf_cursor){ .p = base.start, .end = base.start + expr.n, .wide = m->u->wide,
		.address_size = m->u->address_size };
	if (!run(&base) || !base.n)
		return fail(m, base.why ? base.why : "its frame has no base");
	return push(m, base.stack[base.n - 1] + (uint64_t)more);
}

static bool push_wasm(struct machine *m)
{
	unsigned kind = dwarf_u8(&m->c);
	uint64_t index = kind == WASM_GLOBAL_U32 ? dwarf_bytes(&m->c, 4) : dwarf_uleb(&m->c);
	struct value v = { 0 };

	if (kind > WASM_GLOBAL_U32 || index > UINT32_MAX || m->c.bad)
		return fail(m, "its location is damaged");
	if (!m->env->wasm(m->env->user, (enum dwarf_wasm_location)kind, (uint32_t)index, &v))
		return fail(m, "its local or global is not there");
	m->is_wasm = true;
	m->kind = kind == WASM_GLOBAL_U32 ? WASM_GLOBAL : (enum dwarf_wasm_location)kind;
	m->index = (uint32_t)index;
	m->high = v.hi;
	return push(m, v.type == VT_I32 ? (uint64_t)(int64_t)(int32_t)v.lo : v.lo);
}

/* The address of a variable; linkers leave -1 for those they dropped. */
static bool push_address(struct machine *m, uint64_t address)
{
	uint64_t last = m->u->address_size == 4 ? UINT32_MAX : UINT64_MAX;

	return address >= last - 1 ? fail(m, "the linker dropped it") : push(m, address);
}

static bool deref(struct machine *m, unsigned size)
{
	uint8_t bytes[8] = { 0 };
	uint64_t at = pop(m), v = 0;

	if (size > 8)
		return fail(m, "its location is damaged");
	if (m->u->address_size == 4)
		at = (uint32_t)at;
	if (!m->env->memory(m->env->user, at, bytes, size))
		return fail(m, "its address is outside of memory");
	for (unsigned i = 0; i < size; i++)
		v |= (uint64_t)bytes[i] << (8 * i);
	return push(m, v);
}

static bool binary(struct machine *m, unsigned op)
{
	uint64_t b = pop(m), a = pop(m), v = 0;

	switch (op) {
	case DW_OP_and:
		v = a & b;
		break;
	case DW_OP_or:
		v = a | b;
		break;
	case DW_OP_xor:
		v = a ^ b;
		break;
	case DW_OP_plus:
		v = a + b;
		break;
	case DW_OP_minus:
		v = a - b;
		break;
	case DW_OP_mul:
		v = a * b;
		break;
	case DW_OP_div:
		if (!b || (b == UINT64_MAX && a == (uint64_t)INT64_MIN))
			return fail(m, "its location divides by zero");
		v = (uint64_t)((int64_t)a / (int64_t)b);
		break;
	case DW_OP_mod:
		if (!b)
			return fail(m, "its location divides by zero");
		v = a % b;
		break;
	case DW_OP_shl:
		v = b < 64 ? a << b : 0;
		break;
	case DW_OP_shr:
		v = b < 64 ? a >> b : 0;
		break;
	case DW_OP_shra:
		v = (uint64_t)((int64_t)a >> (b < 64 ? b : 63));
		break;
	case DW_OP_eq:
		v = a == b;
		break;
	case DW_OP_ne:
		v = a != b;
		break;
	case DW_OP_lt:
		v = (int64_t)a < (int64_t)b;
		break;
	case DW_OP_le:
		v = (int64_t)a <= (int64_t)b;
		break;
	case DW_OP_gt:
		v = (int64_t)a > (int64_t)b;
		break;
	default:
		v = (int64_t)a >= (int64_t)b;
		break;
	}
	return push(m, v);
}

/* To a base type, or (entry 0) back to the generic one: cut and extended to its size. */
static bool convert(struct machine *m)
{
	uint64_t entry = dwarf_uleb(&m->c), size = 8, encoding = 0, v = pop(m);
	struct dwarf_die type;

	if (entry) {
		if (!dwarf_die_at(m->d, m->u->start + entry, &type) || type.tag != DW_TAG_base_type ||
				!dwarf_die_number(m->d, &type, DW_AT_byte_size, &size))
			return fail(m, "its location is damaged");
		dwarf_die_number(m->d, &type, DW_AT_encoding, &encoding);
	}
	if (encoding == DW_ATE_float)
		return fail(m, "its location computes with floats");
	if (size && size < 8) {
		unsigned shift = 64 - 8 * (unsigned)size;
		v = encoding == DW_ATE_signed || encoding == DW_ATE_signed_char ?
			(uint64_t)((int64_t)(v << shift) >> shift) : v << shift >> shift;
	}
	return push(m, v);
}

static bool jump(struct machine *m, bool taken)
{
	int16_t by = (int16_t)dwarf_u16(&m->c);
	const uint8_t *end = m->c.end;

	if (!taken)
		return true;
	if (by < m->start - m->c.p || by > end - m->c.p)
		return fail(m, "its location is damaged");
	m->c.p += by;
	return true;
}

static bool stack_op(struct machine *m, unsigned op)
{
	uint64_t a, b, c;

	switch (op) {
	case DW_OP_dup:
		return push(m, *top(m, 0));
	case DW_OP_drop:
		pop(m);
		return true;
	case DW_OP_over:
		return push(m, *top(m, 1));
	case DW_OP_pick:
		op = dwarf_u8(&m->c);
		return op < STACK_MAX ? push(m, *top(m, op)) : fail(m, "its location is damaged");
	case DW_OP_swap:
		a = pop(m);
		b = pop(m);
		return push(m, a) && push(m, b);
	default:        /* DW_OP_rot */
		a = pop(m);
		b = pop(m);
		c = pop(m);
		return push(m, a) && push(m, c) && push(m, b);
	}
}

/* ---- pieces ---------------------------------------------------------------------------------- */

static void put_value(struct machine *m, uint32_t n)
{
	uint8_t *to = m->out->bytes + m->out->nbytes;
	uint64_t v = m->n ? m->stack[m->n - 1] : 0, high = m->is_wasm ? m->high : 0;

	for (uint32_t i = 0; i < n; i++)
		to[i] = i < 16 ? (uint8_t)((i < 8 ? v : high) >> (8 * (i % 8))) : 0;
}

/* N more bytes of a variable that is in pieces: out of what the expression has come to. */
static bool piece(struct machine *m, uint64_t n)
{
	struct dwarf_location *out = m->out;

	if (n > WHERE_BYTES_MAX - out->nbytes)
		return fail(m, "it is in too many pieces");
	memset(out->bytes + out->nbytes, 0, n);
	if (m->implicit.p)
		memcpy(out->bytes + out->nbytes, m->implicit.p, n < m->implicit.n ? n : m->implicit.n);
	else if (m->is_value || m->is_wasm)
		put_value(m, (uint32_t)n);
	else if (m->n && !m->env->memory(m->env->user, (uint32_t)m->stack[m->n - 1], out->bytes + out->nbytes, n))
		return fail(m, "its address is outside of memory");
	else if (!m->n)
		out->partial = true;
	out->nbytes += (uint32_t)n;
	m->pieces = true;
	m->n = 0;
	m->is_value = m->is_wasm = false;
	m->implicit = (struct str){ NULL, 0 };
	return true;
}

/* ---- all of them ----------------------------------------------------------------------------- */

static bool step(struct machine *m, unsigned op)
{
	struct dwarf_cursor *c = &m->c;
	uint64_t n;

	if (op >= DW_OP_lit0 && op <= DW_OP_lit31)
		return push(m, op - DW_OP_lit0);
	switch (op) {
	case DW_OP_addr:
		return push_address(m, dwarf_address(c));
	case DW_OP_addrx:
		return dwarf_indexed_address(m->d, m->u, dwarf_uleb(c), &n) ? push_address(m, n) :
			fail(m, "its address is not listed");
	case DW_OP_constx:
		return dwarf_indexed_address(m->d, m->u, dwarf_uleb(c), &n) ? push(m, n) : fail(m, "its address is not listed");
	case DW_OP_const1u:
		return push(m, dwarf_u8(c));
	case DW_OP_const1s:
		return push(m, (uint64_t)(int64_t)(int8_t)dwarf_u8(c));
	case DW_OP_const2u:
		return push(m, dwarf_u16(c));
	case DW_OP_const2s:
		return push(m, (uint64_t)(int64_t)(int16_t)dwarf_u16(c));
	case DW_OP_const4u:
		return push(m, dwarf_bytes(c, 4));
	case DW_OP_const4s:
		return push(m, (uint64_t)(int64_t)(int32_t)dwarf_bytes(c, 4));
	case DW_OP_const8u:
	case DW_OP_const8s:
		return push(m, dwarf_bytes(c, 8));
	case DW_OP_constu:
		return push(m, dwarf_uleb(c));
	case DW_OP_consts:
		return push(m, (uint64_t)dwarf_sleb(c));
	case DW_OP_dup:
	case DW_OP_drop:
	case DW_OP_over:
	case DW_OP_pick:
	case DW_OP_swap:
	case DW_OP_rot:
		return stack_op(m, op);
	case DW_OP_abs:
		n = pop(m);
		return push(m, (int64_t)n < 0 ? 0 - n : n);
	case DW_OP_neg:
		return push(m, 0 - pop(m));
	case DW_OP_not:
		return push(m, ~pop(m));
	case DW_OP_plus_uconst:
		n = dwarf_uleb(c);
		return push(m, pop(m) + n);
	case DW_OP_and:
	case DW_OP_div:
	case DW_OP_minus:
	case DW_OP_mod:
	case DW_OP_mul:
	case DW_OP_or:
	case DW_OP_plus:
	case DW_OP_shl:
	case DW_OP_shr:
	case DW_OP_shra:
	case DW_OP_xor:
	case DW_OP_eq:
	case DW_OP_ge:
	case DW_OP_gt:
	case DW_OP_le:
	case DW_OP_lt:
	case DW_OP_ne:
		return binary(m, op);
	case DW_OP_skip:
		return jump(m, true);
	case DW_OP_bra:
		return jump(m, pop(m) != 0);
	case DW_OP_deref:
		return deref(m, m->u->address_size);
	case DW_OP_deref_size:
		return deref(m, dwarf_u8(c));
	case DW_OP_convert:
		return convert(m);
	case DW_OP_reinterpret:
		dwarf_uleb(c);
		return true;
	case DW_OP_fbreg:
		return push_frame_base(m, dwarf_sleb(c));
	case DW_OP_WASM_location:
		return push_wasm(m);
	case DW_OP_stack_value:
		m->is_value = true;
		return true;
	case DW_OP_implicit_value:
		n = dwarf_uleb(c);
		m->implicit = (struct str){ (const char *)c->p, n };
		dwarf_skip(c, n);
		return true;
	case DW_OP_piece:
		return piece(m, dwarf_uleb(c));
	case DW_OP_nop:
		return true;
	default:
		return fail(m, "its location is not known to this version");
	}
}

static bool keeps_wasm(unsigned op)
{
	return op == DW_OP_WASM_location || op == DW_OP_stack_value || op == DW_OP_piece || op == DW_OP_nop;
}

static bool run(struct machine *m)
{
	for (unsigned steps = 0; m->c.p < m->c.end; steps++) {
		unsigned op = dwarf_u8(&m->c);
		m->is_wasm = m->is_wasm && keeps_wasm(op);
		if (steps == STEPS_MAX)
			return fail(m, "its location does not end");
		if (!step(m, op))
			return false;
		if (m->c.bad || m->why)
			return fail(m, "its location is damaged");
	}
	return true;
}

bool dwarf_evaluate(struct dwarf *d, const struct dwarf_unit *u, struct str expr, const struct dwarf_env *env,
	struct dwarf_location *out, const char **why)
{
	struct machine m = { .d = d, .u = u, .env = env, .out = out, .start = (const uint8_t *)expr.p };

	*out = (struct dwarf_location){ 0 };
	*why = "it was optimized out";
	m.c = (struct dwarf_cursor){ .p = m.start, .end = m.start + expr.n, .wide = u->wide, .address_size = u->address_size };
	if (!run(&m)) {
		*why = m.why;
		return false;
	}
	if (m.pieces) {
		out->where = WHERE_BYTES;
	} else if (m.implicit.p) {
		out->where = WHERE_BYTES;
		out->nbytes = m.implicit.n < WHERE_BYTES_MAX ? (uint32_t)m.implicit.n : WHERE_BYTES_MAX;
		memcpy(out->bytes, m.implicit.p, out->nbytes);
	} else if (!m.n) {
		return false;
	} else if (m.is_value) {
		out->where = m.is_wasm && m.kind != WASM_OPERAND ? WHERE_WASM : WHERE_BYTES;
		out->kind = m.kind;
		out->index = m.index;
		put_value(&m, 16);
		out->nbytes = 16;
	} else {
		out->where = WHERE_MEMORY;
		out->address = u->address_size == 4 ? (uint32_t)m.stack[m.n - 1] : m.stack[m.n - 1];
	}
	return true;
}
