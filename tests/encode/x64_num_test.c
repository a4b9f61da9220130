/*
 * Macro instructions of x86-64 for numbers: every row of num.def is executed in every form (registers, a constant, a slot,
 * memory), with the destination among the operands or not, fixed registers of the machine among them, on values at the
 * edges and others, with all features and few; what comes out is what the row's expression says, and nothing else changed.
 */
#include <math.h>

#include "engine/op.h"
#include "engine/regir/num.h"
#include "tests/encode/x64_machine.h"

#if defined(__x86_64__)

#include "jit/base/num.inc"

enum { ROUNDS = 60, FRAME_SLOTS = 8192 };
enum form { FORM_REG, FORM_IMM, FORM_SLOT, FORM_MEM, FORM_COUNT };

/* What the row says. False: it traps. */
static bool reference(enum regir op, uint64_t a, uint64_t b, uint64_t *r)
{
	switch ((int)op) {
#define UN(id, result, type, expr) \
	case R_##id: { type x = slot_to_##type(a); *r = slot_of_##result(expr); return true; }
#define BIN(id, result, type, expr) \
	case R_##id: { type x = slot_to_##type(a), y = slot_to_##type(b); *r = slot_of_##result(expr); return true; }
#define CMP(id, negated, type, expr) \
	case R_##id: { type x = slot_to_##type(a), y = slot_to_##type(b); *r = expr; return true; }
#define FCMP(id, type, expr) \
	case R_##id: { type x = slot_to_##type(a), y = slot_to_##type(b); *r = expr; return true; }
#define UN_TRAP(id, result, type, call) \
	case R_##id: { result v = 0; enum trap t = call(slot_to_##type(a), &v); *r = slot_of_##result(v); return t == TRAP_NONE; }
#define BIN_TRAP(id, result, type, call) \
	case R_##id: { result v = 0; enum trap t = call(slot_to_##type(a), slot_to_##type(b), &v); \
		*r = slot_of_##result(v); return t == TRAP_NONE; }
#include "engine/regir/num.def"
	}
	return false;
}

static bool is_binary(enum regir op)
{
	return op_info[op].nparams == 2;
}

static uint64_t edge_int(void)
{
	static const uint64_t edges[] = {
		0, 1, 2, 3, 5, 7, 9, 10, 31, 32, 33, 63, 64, 100, 127, 128, 255, 65535, -1u, -2u, -128u, 0x7fffffff, 0x80000000,
		0x80000001, 0xffffffff00000000, 0x100000000, -(uint64_t)1, -(uint64_t)2, -(uint64_t)7, -(uint64_t)128,
		0x7fffffffffffffff, 0x8000000000000000, 0x8000000000000001, -(uint64_t)0x80000000, 0x4000000000000000,
	};
	uint64_t r = machine_random();

	return r % 3 ? edges[(r >> 8) % (sizeof edges / sizeof *edges)] : r & 64 ? machine_random() : machine_random() >> (r >> 8 & 63);
}

static uint64_t edge_float(enum width w)
{
	static const double edges[] = {
		0.0, -0.0, 1, -1, 0.5, -0.5, 0.99999999999999989, -0.99999999999999989, 1.5, 2.5, -2.5, 0x1p23, 0x1p52, 8388607.5,
		4503599627370495.5, 2147483647.0, 2147483648.0, 2147483647.5, -2147483648.0, -2147483648.5, -2147483649.0,
		4294967295.0, 4294967295.5, 4294967296.0, 0x1p63, -0x1p63, 9223372036854774784.0, -9223372036854777856.0, 0x1p64,
		18446744073709549568.0, 0x1p-149, 0x1p-126, 0x1p127, 0x1p-1074, 0x1p1023, 1e308, 3.4e38, 1e-40, HUGE_VAL, -HUGE_VAL,
	};
	static const uint64_t bits64[] = {
		0x7ff8000000000000, 0xfff8000000000000, 0x7ff0000000000001, 0xfff7ffffffffffff, 0x7ff8000000000123, 0xfffc00000badf00d,
	};
	static const uint32_t bits32[] = { 0x7fc00000, 0xffc00000, 0x7f800001, 0xffbfffff, 0x7fc00123, 0xffe0f00d };
	uint64_t r = machine_random();

	if (r % 8 == 0)
		return w == W32 ? (uint32_t)machine_random() : machine_random();
	if (r % 8 < 3)
		return w == W32 ? bits32[(r >> 8) % 6] : bits64[(r >> 8) % 6];
	double v = edges[(r >> 8) % (sizeof edges / sizeof *edges)];
	return w == W32 ? slot_of_f32((f32)v) : slot_of_f64(v);
}

/* Where a slot lies: on both sides of the reach of a short displacement, and the last one of a frame. */
static const int32_t places[] = { 0, 16, 120, 128, 32760, 65528 };
enum { PLACES = sizeof places / sizeof *places };

static uint64_t frame[FRAME_SLOTS];

/* Registers of one instruction. */
struct choice {
	uint8_t d, a, b;
};

/* False: there is no such form. */
static bool emit(struct masm *m, enum regir op, enum form form, struct choice r, uint64_t k, int32_t at, struct label *trap)
{
	uint8_t d = r.d, a = r.a, b = r.b;
	const struct num_row *row = &num_rows[op];
	const struct address address = { RBX, NO_REG, 0, 0, 0 };

	switch (row->kind) {
	case NUM_ALU:
		if (form == FORM_REG)
			m_alu(m, row->how, row->width, d, a, b);
		else if (form == FORM_IMM)
			m_alu_imm(m, row->how, row->width, d, a, (int64_t)k);
		else if (form == FORM_SLOT)
			m_alu_slot(m, row->how, row->width, d, a, at);
		else
			m_alu_load(m, row->how, row->width, d, a, address);
		return true;
	case NUM_SHIFT:
		if (form == FORM_REG)
			m_shift(m, row->how, row->width, d, a, b);
		else if (form == FORM_IMM)
			m_shift_imm(m, row->how, row->width, d, a, (unsigned)k);
		return form <= FORM_IMM;
	case NUM_DIVIDE:
		if (form == FORM_REG)
			m_divide(m, row->how, row->width, d, a, b, trap);
		else if (form == FORM_IMM && (row->width == W32 ? (uint32_t)(k + 1) > 1 : k + 1 > 1))
			m_divide_imm(m, row->how, row->width, d, a, row->width == W32 ? (int32_t)k : (int64_t)k);
		else
			return false;
		return true;
	case NUM_COMPARE:
		if (form == FORM_REG)
			m_set(m, row->how, row->width, d, a, b);
		else if (form == FORM_IMM)
			m_set_imm(m, row->how, row->width, d, a, (int64_t)k);
		else if (form == FORM_SLOT)
			m_set_slot(m, row->how, row->width, d, a, at);
		return form <= FORM_SLOT;
	case NUM_FBIN:
		if (form == FORM_REG)
			m_fbin(m, row->how, row->width, d, a, b);
		else if (form == FORM_MEM)
			m_fbin_load(m, row->how, row->width, d, a, address);
		return form == FORM_REG || form == FORM_MEM;
	default:
		break;
	}
	if (form != FORM_REG)
		return false;
	switch (row->kind) {
	case NUM_UNARY: m_unary(m, row->how, row->width, d, a); return true;
	case NUM_EQZ: m_set_imm(m, COND_EQ, row->width, d, a, 0); return true;
	case NUM_WRAP: m_mov(m, W32, d, a); return true;
	case NUM_EXTEND_U: m_mov(m, W64, d, a); return true;
	case NUM_FUN: m_fun(m, row->how, row->width, d, a); return true;
	case NUM_FCOMPARE: m_fset(m, row->how, row->width, d, a, b); return true;
	case NUM_CONVERT: m_convert(m, op, d, a, trap); return true;
	case NUM_BITS:
		if (row->float_in)
			m_fmov_from(m, row->width, d, a);
		else
			m_fmov_to(m, row->width, d, a);
		return true;
	}
	return false;
}

static uint8_t some_place(bool vector)
{
	return vector ? some_vreg() : some_reg();
}

static void put(struct machine *s, bool vector, uint8_t r, uint64_t v)
{
	if (vector) {
		s->x[r][0] = v;
		s->x[r][1] = 0;
	} else
		s->r[r] = v;
}

static void randomise(struct machine *s)
{
	for (unsigned i = 0; i < 16; i++) {
		s->r[i] = machine_random();
		s->x[i][0] = machine_random();
		s->x[i][1] = machine_random();
	}
}

/* Any registers, the destination among the operands or not. */
static struct choice choose(enum regir op, enum form form, unsigned round)
{
	bool in = num_rows[op].float_in, out = num_rows[op].float_out;
	struct choice r = { some_place(out), some_place(in), some_place(in) };

	if (round % 6 == 1)
		r.b = r.a;
	if (in == out)
		r.d = round % 6 == 2 ? r.a : round % 6 == 3 ? r.b : round % 6 == 1 ? r.a : r.d;
	if (form == FORM_MEM)           /* the address */
		while (!in && r.a == RBX)
			r.a = some_reg();
	return r;
}

/* One operation in one form, once. 1: it is right; 0: it is wrong; -1: there is no such form. */
static int try_once(struct masm *m, enum regir op, enum form form, struct choice r, unsigned round)
{
	const struct num_row *row = &num_rows[op];
	bool in = row->float_in, out = row->float_out, narrow = row->width == W32 || row->kind == NUM_EXTEND_U;
	uint8_t a = r.a, b = r.b, d = r.d;
	uint64_t memory[2], trapped = 0, want = 0, x, y, *home = &frame[places[round % PLACES] / 8];
	struct label trap = LABEL_NEW, end = LABEL_NEW;
	struct machine s, before;

	randomise(&s);
	x = in ? edge_float(row->width) : edge_int();
	y = in ? edge_float(row->width) : round % 5 ? edge_int() : x;
	if (narrow) {
		x = (uint32_t)x;
		y = (uint32_t)y;
	}
	put(&s, in, a, x);
	put(&s, in, b, y);
	x = in ? s.x[a][0] : s.r[a];
	*home = narrow ? y | machine_random() << 32 : y;
	memory[0] = *home;
	s.r[FP] = (uint64_t)(uintptr_t)frame;
	s.r[MEM] = (uint64_t)(uintptr_t)memory - 0x1000;
	s.r[CTX] = (uint64_t)(uintptr_t)&trapped;
	if (form == FORM_MEM) {
		s.r[RBX] = 0x1000;
		y = memory[0];
		if (narrow)
			y = (uint32_t)y;
	} else if (form == FORM_SLOT)
		y = *home & (narrow ? UINT32_MAX : UINT64_MAX);
	else if (form == FORM_REG)
		y = in ? s.x[b][0] : s.r[b];
	before = s;

	machine_begin(m, &s);
	if (!emit(m, op, form, r, y, places[round % PLACES], &trap))
		return -1;
	m_room(m);
	m_jump(m, &end);
	m_bind(m, &trap);
	m_ptr_store_imm(m, MEM_U64, 1, CTX, 0);
	m_bind(m, &end);
	machine_run(m, &s);

	bool fine = reference(op, x, y, &want);
	if (!fine)
		return trapped && machine_kept(&before, &s, NO_REG, NO_REG);
	if (out && (s.x[d][0] != want || s.x[d][1]))
		return 0;
	if (!out && s.r[d] != want)
		return 0;
	return !trapped && machine_kept(&before, &s, out ? NO_REG : d, out ? d : NO_REG);
}

static void check_row(enum regir op)
{
	static const char *const form_names[] = { "registers", "constant", "slot", "memory" };
	struct masm m = { 0 };
	uint32_t sets[4];
	unsigned nsets = machine_features(sets), wrong = 0, done = 0;

	for (unsigned f = 0; f < nsets; f++)
		for (enum form form = 0; form < FORM_COUNT; form++)
			for (unsigned round = 0; round < (is_binary(op) ? ROUNDS * 4 : ROUNDS * 2); round++) {
				m.features = sets[f];
				int right = try_once(&m, op, form, choose(op, form, round), round);
				done += right >= 0;
				if (!right && wrong++ < 3)
					machine_note(&m, form_names[form]);
			}
	CHECK(done && !wrong, "%s: %u runs", op_info[op].text, done);
	free(m.code);
}

/* Shifts and divisions have registers of their own in this machine: all ways of having them as operands, too. */
static void check_fixed(enum regir op)
{
	static const uint8_t of[] = { RCX, RDX, RBX, R11 };
	struct masm m = { 0 };
	uint32_t sets[4];
	unsigned nsets = machine_features(sets), wrong = 0, done = 0;

	for (unsigned f = 0; f < nsets; f++)
		for (unsigned n = 0; n < 64 * 8; n++)
			for (enum form form = FORM_REG; form <= FORM_IMM; form++) {
				struct choice r = { of[n & 3], of[n >> 2 & 3], of[n >> 4 & 3] };
				m.features = sets[f];
				int right = try_once(&m, op, form, r, n);
				done += right >= 0;
				if (!right && wrong++ < 3)
					machine_note(&m, "fixed registers");
			}
	CHECK(done > 2000 && !wrong, "%s: %u runs with fixed registers", op_info[op].text, done);
	free(m.code);
}

/* ---- what has no row of its own ------------------------------------------------------------------------ */

static void prepare(struct masm *m, struct machine *s, struct machine *before, uint64_t *slots)
{
	s->r[FP] = (uint64_t)(uintptr_t)slots;
	*before = *s;
	machine_begin(m, s);
}

static bool try_add3(struct masm *m)
{
	enum width w = machine_random() & 1;
	reg d = some_reg(), base = some_reg(), index = machine_random() % 4 ? some_reg() : (reg)NO_REG;
	unsigned shift = machine_random() & 3;
	int32_t k = (int32_t)edge_int();
	struct machine s, before;
	uint64_t want;

	randomise(&s);
	if (machine_random() & 1)
		d = base;
	prepare(m, &s, &before, NULL);
	m_add3(m, w, d, base, index, shift, k);
	machine_run(m, &s);
	want = before.r[base] + (index == NO_REG ? 0 : before.r[index] << shift) + (uint64_t)(int64_t)k;
	return s.r[d] == (w == W32 ? (uint32_t)want : want) && machine_kept(&before, &s, d, NO_REG);
}

static bool try_select(struct masm *m)
{
	enum width w = machine_random() & 1;
	bool vector = machine_random() & 1;
	reg cond = some_reg();
	uint8_t d = some_place(vector), a = some_place(vector), b = some_place(vector);
	struct machine s, before;

	randomise(&s);
	d = machine_random() & 1 ? a : machine_random() & 1 ? b : d;
	s.r[cond] = machine_random() & 1 ? 0 : edge_int();
	prepare(m, &s, &before, NULL);
	if (vector)
		m_fselect(m, d, cond, a, b);
	else
		m_select(m, w, d, cond, a, b);
	machine_run(m, &s);
	uint8_t from = (uint32_t)before.r[cond] ? a : b;
	if (vector)
		return !memcmp(s.x[d], before.x[from], 16) && machine_kept(&before, &s, NO_REG, d);
	return s.r[d] == (w == W32 ? (uint32_t)before.r[from] : before.r[from]) && machine_kept(&before, &s, d, NO_REG);
}

static bool try_wide(struct masm *m)
{
	reg lo = some_reg(), hi, a = some_reg(), b = some_reg();
	bool sign = machine_random() & 1;
	struct machine s, before;
	unsigned __int128 want;

	do {
		hi = some_reg();
	} while (hi == lo);
	randomise(&s);
	s.r[a] = edge_int();
	s.r[b] = edge_int();
	prepare(m, &s, &before, NULL);
	m_mul_wide(m, sign, lo, hi, a, b);
	machine_run(m, &s);
	want = sign ? (unsigned __int128)((__int128)(int64_t)before.r[a] * (int64_t)before.r[b])
		: (unsigned __int128)before.r[a] * before.r[b];
	bool right = s.r[lo] == (uint64_t)want && s.r[hi] == (uint64_t)(want >> 64);
	before.r[lo] = s.r[lo];
	return right && machine_kept(&before, &s, hi, NO_REG);
}

static bool try_carry(struct masm *m)
{
	reg lo, hi = some_reg(), alo, ahi = some_reg(), blo = some_reg(), bhi = some_reg();
	bool sub = machine_random() & 1;
	struct machine s, before;
	unsigned __int128 want, x, y;

	if (machine_random() & 1)
		hi = machine_random() & 1 ? ahi : bhi;
	do {
		alo = some_reg();
		lo = machine_random() & 1 ? alo : some_reg();
	} while (lo == ahi || lo == bhi || lo == hi);
	randomise(&s);
	s.r[alo] = edge_int();
	s.r[blo] = edge_int();
	prepare(m, &s, &before, NULL);
	m_carry(m, sub, lo, hi, alo, ahi, blo, bhi);
	machine_run(m, &s);
	x = (unsigned __int128)before.r[ahi] << 64 | before.r[alo];
	y = (unsigned __int128)before.r[bhi] << 64 | before.r[blo];
	want = sub ? x - y : x + y;
	bool right = s.r[lo] == (uint64_t)want && s.r[hi] == (uint64_t)(want >> 64);
	before.r[lo] = s.r[lo];
	return right && machine_kept(&before, &s, hi, NO_REG);
}

static bool try_constants(struct masm *m)
{
	enum width w = machine_random() & 1;
	uint64_t v = edge_int(), slots[2] = { 0, 0 }, pair[2] = { edge_int(), edge_int() };
	reg d = some_reg();
	vreg x = some_vreg(), y = (vreg)((x + 1) % MACHINE_VREGS);
	struct machine s, before;

	randomise(&s);
	prepare(m, &s, &before, slots);
	m_imm(m, d, v);
	m_fimm(m, w, x, v);
	m_slot_store_imm(m, v, 8);
	m_vconst(m, y, pair);
	machine_run(m, &s);
	bool right = s.r[d] == v && s.x[x][0] == (w == W32 ? (uint32_t)v : v) && !s.x[x][1] && slots[1] == v && !slots[0]
		&& !memcmp(s.x[y], pair, 16);
	memcpy(before.x[y], pair, 16);
	return right && machine_kept(&before, &s, d, x);
}

static void check_others(void)
{
	static const struct { const char *name; bool (*once)(struct masm *m); } others[] = {
		{ "add3", try_add3 }, { "select", try_select }, { "mul_wide", try_wide }, { "carry", try_carry },
		{ "constants", try_constants },
	};
	struct masm m = { 0 };
	uint32_t sets[4];
	unsigned nsets = machine_features(sets);

	for (unsigned i = 0; i < sizeof others / sizeof *others; i++) {
		unsigned wrong = 0;

		for (unsigned round = 0; round < 2000; round++) {
			m.features = sets[round % nsets];
			if (!others[i].once(&m) && wrong++ < 3)
				machine_note(&m, others[i].name);
		}
		CHECK(!wrong, "m_%s", others[i].name);
	}
	free(m.code);
}

int main(void)
{
	static const uint16_t ops[] = {
#define UN(id, ...) R_##id,
#define BIN UN
#define CMP UN
#define FCMP UN
#define UN_TRAP UN
#define BIN_TRAP UN
#include "engine/regir/num.def"
	};

	if (!(x64_features() & FEATURE_SSE41)) {
		puts("1..0 # SKIP this processor has no SSE4.1");
		return 0;
	}
	CHECK(machine_start(), "memory for code");
	for (unsigned i = 0; i < sizeof ops / sizeof *ops; i++) {
		check_row(ops[i]);
		if (num_rows[ops[i]].kind == NUM_SHIFT || num_rows[ops[i]].kind == NUM_DIVIDE)
			check_fixed(ops[i]);
	}
	check_others();
	return tap_done();
}
#endif
