/*
 * Macro instructions of arm64 for numbers, executed: every row of num.def, from registers, with constants and slots, and as a
 * branch, with all ways in which registers may coincide, on edge values; compared with what the row says.
 */
#include "tests/encode/a64_machine.h"
#include "tests/encode/a64_values.h"

#if defined(__aarch64__)

/* ---- expectations: num.def -------------------------------------------------------------------------------------------- */

typedef bool expect_fn(u64 a, u64 b, u64 *r);   /* false: it traps */

#define UN(id, result, type, expr) \
	__attribute__((unused)) static bool expect_##id(u64 a, u64 b, u64 *r) { type x = slot_to_##type(a); *r = slot_of_##result(expr); return true; }
#define BIN(id, result, type, expr) \
	__attribute__((unused)) static bool expect_##id(u64 a, u64 b, u64 *r) \
	{ type x = slot_to_##type(a), y = slot_to_##type(b); *r = slot_of_##result(expr); return true; }
#define CMP(id, negated, type, expr) BIN(id, u32, type, expr)
#define FCMP(id, type, expr) BIN(id, u32, type, expr)
#define UN_TRAP(id, result, type, call) \
	__attribute__((unused)) static bool expect_##id(u64 a, u64 b, u64 *r) \
	{ result v = 0; bool ok = call(slot_to_##type(a), &v) == TRAP_NONE; *r = slot_of_##result(v); return ok; }
#define BIN_TRAP(id, result, type, call) \
	__attribute__((unused)) static bool expect_##id(u64 a, u64 b, u64 *r) \
	{ result v = 0; bool ok = call(slot_to_##type(a), slot_to_##type(b), &v) == TRAP_NONE; *r = slot_of_##result(v); return ok; }
#include "engine/regir/num.def"

enum kind { ALU, SHIFT, UNARY, DIVIDE, SET, FSET, FBIN, FUN, CONVERT };

struct row {
	const char *name;
	expect_fn *expect;
	enum kind kind;
	unsigned op;
	enum width w;
	const char *places;     /* result and operands: g or v */
};

#define ROW(id, kind, op, w, places) { #id, expect_##id, kind, op, w, places },
#define BOTH(name, kind, op, places) ROW(I32_##name, kind, op, W32, places) ROW(I64_##name, kind, op, W64, places)
#define FLOATS(name, kind, op, places) ROW(F32_##name, kind, op, W32, places) ROW(F64_##name, kind, op, W64, places)
#define TO(id, w, places) ROW(id, CONVERT, R_##id, w, places)
static const struct row rows[] = {
	BOTH(ADD, ALU, ALU_ADD, "ggg") BOTH(SUB, ALU, ALU_SUB, "ggg") BOTH(AND, ALU, ALU_AND, "ggg") BOTH(OR, ALU, ALU_OR, "ggg")
	BOTH(XOR, ALU, ALU_XOR, "ggg") BOTH(MUL, ALU, ALU_MUL, "ggg")
	BOTH(SHL, SHIFT, SHIFT_SHL, "ggg") BOTH(SHR_S, SHIFT, SHIFT_SHR_S, "ggg") BOTH(SHR_U, SHIFT, SHIFT_SHR_U, "ggg")
	BOTH(ROTL, SHIFT, SHIFT_ROTL, "ggg") BOTH(ROTR, SHIFT, SHIFT_ROTR, "ggg")
	BOTH(CLZ, UNARY, UN_CLZ, "gg") BOTH(CTZ, UNARY, UN_CTZ, "gg") BOTH(POPCNT, UNARY, UN_POPCNT, "gg")
	BOTH(EXTEND8_S, UNARY, UN_EXT8, "gg") BOTH(EXTEND16_S, UNARY, UN_EXT16, "gg") ROW(I64_EXTEND32_S, UNARY, UN_EXT32, W64, "gg")
	BOTH(DIV_S, DIVIDE, DIV_S, "ggg") BOTH(DIV_U, DIVIDE, DIV_U, "ggg") BOTH(REM_S, DIVIDE, REM_S, "ggg")
	BOTH(REM_U, DIVIDE, REM_U, "ggg")
	BOTH(EQ, SET, COND_EQ, "ggg") BOTH(NE, SET, COND_NE, "ggg") BOTH(LT_S, SET, COND_LT_S, "ggg") BOTH(LT_U, SET, COND_LT_U, "ggg")
	BOTH(GT_S, SET, COND_GT_S, "ggg") BOTH(GT_U, SET, COND_GT_U, "ggg") BOTH(LE_S, SET, COND_LE_S, "ggg")
	BOTH(LE_U, SET, COND_LE_U, "ggg") BOTH(GE_S, SET, COND_GE_S, "ggg") BOTH(GE_U, SET, COND_GE_U, "ggg")
	FLOATS(EQ, FSET, FC_EQ, "gvv") FLOATS(NE, FSET, FC_NE, "gvv") FLOATS(LT, FSET, FC_LT, "gvv") FLOATS(GT, FSET, FC_GT, "gvv")
	FLOATS(LE, FSET, FC_LE, "gvv") FLOATS(GE, FSET, FC_GE, "gvv")
	FLOATS(ADD, FBIN, FBIN_ADD, "vvv") FLOATS(SUB, FBIN, FBIN_SUB, "vvv") FLOATS(MUL, FBIN, FBIN_MUL, "vvv")
	FLOATS(DIV, FBIN, FBIN_DIV, "vvv") FLOATS(MIN, FBIN, FBIN_MIN, "vvv") FLOATS(MAX, FBIN, FBIN_MAX, "vvv")
	FLOATS(COPYSIGN, FBIN, FBIN_COPYSIGN, "vvv")
	FLOATS(ABS, FUN, FUN_ABS, "vv") FLOATS(NEG, FUN, FUN_NEG, "vv") FLOATS(CEIL, FUN, FUN_CEIL, "vv")
	FLOATS(FLOOR, FUN, FUN_FLOOR, "vv") FLOATS(TRUNC, FUN, FUN_TRUNC, "vv") FLOATS(NEAREST, FUN, FUN_NEAREST, "vv")
	FLOATS(SQRT, FUN, FUN_SQRT, "vv")
	TO(I32_WRAP_I64, W64, "gg") TO(I64_EXTEND_I32_S, W32, "gg") TO(I64_EXTEND_I32_U, W32, "gg")
	TO(I32_TRUNC_F32_S, W32, "gv") TO(I32_TRUNC_F32_U, W32, "gv") TO(I32_TRUNC_F64_S, W64, "gv") TO(I32_TRUNC_F64_U, W64, "gv")
	TO(I64_TRUNC_F32_S, W32, "gv") TO(I64_TRUNC_F32_U, W32, "gv") TO(I64_TRUNC_F64_S, W64, "gv") TO(I64_TRUNC_F64_U, W64, "gv")
	TO(I32_TRUNC_SAT_F32_S, W32, "gv") TO(I32_TRUNC_SAT_F32_U, W32, "gv") TO(I32_TRUNC_SAT_F64_S, W64, "gv")
	TO(I32_TRUNC_SAT_F64_U, W64, "gv") TO(I64_TRUNC_SAT_F32_S, W32, "gv") TO(I64_TRUNC_SAT_F32_U, W32, "gv")
	TO(I64_TRUNC_SAT_F64_S, W64, "gv") TO(I64_TRUNC_SAT_F64_U, W64, "gv")
	TO(F32_CONVERT_I32_S, W32, "vg") TO(F32_CONVERT_I32_U, W32, "vg") TO(F32_CONVERT_I64_S, W64, "vg")
	TO(F32_CONVERT_I64_U, W64, "vg") TO(F64_CONVERT_I32_S, W32, "vg") TO(F64_CONVERT_I32_U, W32, "vg")
	TO(F64_CONVERT_I64_S, W64, "vg") TO(F64_CONVERT_I64_U, W64, "vg")
	TO(F32_DEMOTE_F64, W64, "vv") TO(F64_PROMOTE_F32, W32, "vv")
	TO(I32_REINTERPRET_F32, W32, "gv") TO(I64_REINTERPRET_F64, W64, "gv") TO(F32_REINTERPRET_I32, W32, "vg")
	TO(F64_REINTERPRET_I64, W64, "vg")
};
enum { NROWS = sizeof rows / sizeof *rows };

/* ---- all of num.def, from registers ----------------------------------------------------------------------------------- */

static void emit_row(const struct row *r, unsigned d, unsigned a, unsigned b, struct label *trap)
{
	switch (r->kind) {
	case ALU:     m_alu(&m, (enum alu)r->op, r->w, (reg)d, (reg)a, (reg)b); break;
	case SHIFT:   m_shift(&m, (enum shift)r->op, r->w, (reg)d, (reg)a, (reg)b); break;
	case UNARY:   m_unary(&m, (enum unary)r->op, r->w, (reg)d, (reg)a); break;
	case DIVIDE:  m_divide(&m, (enum divide)r->op, r->w, (reg)d, (reg)a, (reg)b, trap); break;
	case SET:     m_set(&m, (enum cond)r->op, r->w, (reg)d, (reg)a, (reg)b); break;
	case FSET:    m_fset(&m, (enum fcond)r->op, r->w, (reg)d, (vreg)a, (vreg)b); break;
	case FBIN:    m_fbin(&m, (enum fbin)r->op, r->w, (vreg)d, (vreg)a, (vreg)b); break;
	case FUN:     m_fun(&m, (enum fun)r->op, r->w, (vreg)d, (vreg)a); break;
	case CONVERT: m_convert(&m, (enum regir)r->op, d, a, trap); break;
	}
}

/* How registers coincide: bit 0: d is a, 1: d is b, 2: a is b. */
static bool choose(const char *places, unsigned how, reg *d, reg *a, reg *b)
{
	char second = places[2] ? places[2] : places[1];

	if ((how & 1 && places[0] != places[1]) || (how & 2 && (!places[2] || places[0] != second)) || (how & 4 && !places[2]))
		return false;
	*d = pick(places[0]);
	do
		*a = how & 1 ? *d : pick(places[1]);
	while (!(how & 1) && *a == *d);
	do
		*b = how & 2 ? *d : how & 4 ? *a : pick(second);
	while (!(how & 6) && (*b == *d || *b == *a));
	return true;
}

static void run_row(const struct piece *p)
{
	const struct row *r = p->row;
	const char *places = r->places;
	u64 x, y = 0;

	for (unsigned i = 0; value_of(places[1], r->w, i, &x); i++)
		for (unsigned j = 0; places[2] ? value_of(places[2], r->w, j, &y) : j == 0; j++) {
			struct state s, want;
			u64 a = x, b = y, result;
			fill(&s);
			put_value(&s, places[1], p->a, a);
			if (places[2])
				put_value(&s, places[2], p->b, b);
			if (places[2] && p->a == p->b && places[1] == places[2])
				a = b;
			want = s;
			if (r->expect(a, b, &result))
				put_value(&want, places[0], p->d, result);
			else
				want.x[0] = 1;
			unsigned before = wrong;
			execute(p, &s, &want);
			if (wrong != before && wrong < 8)
				printf("#     operands %llx %llx\n", (unsigned long long)a, (unsigned long long)b);
		}
}

static void test_rows(void)
{
	static const uint8_t ways[] = { 0, 1, 2, 4, 7 };
	reg d, a, b;

	for (unsigned i = 0; i < NROWS; i++) {
		begin_group(rows[i].name);
		for (unsigned j = 0; j < 5; j++) {
			if (!choose(rows[i].places, ways[j], &d, &a, &b))
				continue;
			struct label trap = LABEL_NEW;
			begin_piece(&rows[i], d, a, b);
			emit_row(&rows[i], d, a, b, &trap);
			end_piece(&trap);
		}
		publish();
		for (unsigned j = 0; j < npieces; j++)
			run_row(&pieces[j]);
		end_group();
	}
}

/* ---- immediates, slots, branches -------------------------------------------------------------------------------------- */

static const int32_t places_of_slots[] = { 0, 8, 504, 16376, 32760, 32768, 65528 };

enum form {
	FORM_IMM, FORM_SLOT, FORM_BRANCH, FORM_BRANCH_IMM, FORM_BRANCH_SLOT, FORM_BRANCH_PTR, FORM_BRANCH_PTR_IMM, FORM_BITS, FORM_FAR,
	FORM_COUNT
};
static const char *const form_names[FORM_COUNT] = {
	"immediate", "slot", "branch", "branch, immediate", "branch, slot", "branch, pointer", "branch, pointer and immediate", "branch, bits",
	"branch, far",
};

static bool has_form(const struct row *r, enum form f)
{
	switch (f) {
	case FORM_IMM:         return r->kind == ALU || r->kind == SHIFT || r->kind == DIVIDE || r->kind == SET;
	case FORM_SLOT:        return r->kind == ALU || r->kind == SET;
	case FORM_BRANCH:
	case FORM_FAR:         return r->kind == SET || r->kind == FSET;
	case FORM_BITS:        return r->kind == SET && r->op <= COND_NE;
	default:               return r->kind == SET;
	}
}

static bool uses_constant(enum form f)
{
	return f == FORM_IMM || f == FORM_BRANCH_IMM || f == FORM_BRANCH_PTR_IMM || f == FORM_BITS;
}

static bool uses_slot(enum form f)
{
	return f == FORM_SLOT || f == FORM_BRANCH_SLOT || f == FORM_BRANCH_PTR || f == FORM_BRANCH_PTR_IMM;
}

static void emit_form(const struct row *r, enum form f, const struct piece *p, struct label *l)
{
	enum cond c = (enum cond)r->op;
	enum mem_type t = r->w == W32 ? MEM_U32 : MEM_U64;

	switch (f) {
	case FORM_IMM:
		if (r->kind == ALU)
			m_alu_imm(&m, (enum alu)r->op, r->w, p->d, p->a, p->k);
		else if (r->kind == SHIFT)
			m_shift_imm(&m, (enum shift)r->op, r->w, p->d, p->a, (unsigned)p->k);
		else if (r->kind == DIVIDE)
			m_divide_imm(&m, (enum divide)r->op, r->w, p->d, p->a, p->k);
		else
			m_set_imm(&m, c, r->w, p->d, p->a, p->k);
		break;
	case FORM_SLOT:
		if (r->kind == ALU)
			m_alu_slot(&m, (enum alu)r->op, r->w, p->d, p->a, p->at_slot);
		else
			m_set_slot(&m, c, r->w, p->d, p->a, p->at_slot);
		break;
	case FORM_BRANCH:
		if (r->kind == SET)
			m_branch(&m, c, r->w, p->a, p->b, l);
		else
			m_fbranch(&m, (enum fcond)r->op, r->w, p->a, p->b, l);
		break;
	case FORM_FAR:
		m.far = true;
		if (r->kind == SET)
			m_branch(&m, c, r->w, p->a, p->b, l);
		else
			m_fbranch(&m, (enum fcond)(r->op + FC_NOT_EQ), r->w, p->a, p->b, l);
		m.far = false;
		break;
	case FORM_BRANCH_IMM:      m_branch_imm(&m, c, r->w, p->a, p->k, l); break;
	case FORM_BRANCH_SLOT:     m_branch_slot(&m, c, r->w, p->a, p->at_slot, l); break;
	case FORM_BRANCH_PTR:      m_branch_ptr(&m, c, r->w, p->a, FP, p->at_slot, l); break;
	case FORM_BRANCH_PTR_IMM:  m_branch_ptr_imm(&m, c, t, FP, p->at_slot, (int32_t)p->k, l); break;
	case FORM_BITS:            m_branch_bits(&m, c, r->w, p->a, (int32_t)p->k, l); break;
	default: break;
	}
}

/* Shifts by a constant go modulo the width, as all shifts do. */
static void run_form(const struct piece *p, enum form f)
{
	const struct row *r = p->row;
	bool branches = f >= FORM_BRANCH;
	u64 x, y, result, *place = &slots[p->at_slot / 8], low = r->w == W32 ? 0xdeadbeef00000000 : 0;

	for (unsigned i = 0; value_of(r->places[1], r->w, i, &x); i++)
		for (unsigned j = 0; value_of(r->places[1], r->w, j, &y); j++) {
			struct state s, want;
			bool first_in_slot = f == FORM_BRANCH_PTR_IMM;
			bool imm = uses_constant(f);
			u64 a = x, b = imm ? trim(r->w, f == FORM_BITS || f == FORM_BRANCH_PTR_IMM ? (int32_t)p->k : p->k) : y;
			if (imm && j > 0)
				break;
			fill(&s);
			put_value(&s, r->places[1], p->a, x);
			if (!uses_slot(f) && !imm)
				put_value(&s, r->places[1], p->b, y);
			if (!uses_slot(f) && p->a == p->b && !imm)
				a = b = y;
			*place = first_in_slot ? x | low : y | low;
			want = s;
			if (f == FORM_BITS)
				result = ((a & b) == 0) == (r->op == COND_EQ);
			else
				r->expect(a, b, &result);
			if (f == FORM_FAR && r->kind == FSET)
				result ^= 1;
			if (branches)
				want.x[0] = result;
			else
				put_value(&want, 'g', p->d, result);
			u64 kept = *place;
			execute(p, &s, &want);
			if (*place != kept)
				complain(p, "slot %d is %llx, not %llx", p->at_slot, (unsigned long long)*place, (unsigned long long)kept);
		}
}

static void test_form(enum form f)
{
	begin_group(form_names[f]);
	for (unsigned i = 0; i < NROWS; i++) {
		if (!has_form(&rows[i], f))
			continue;
		for (unsigned j = 0; j < (uses_constant(f) ? NCONSTANTS : 4); j++) {
			u64 k = trim(rows[i].w, constants[j]);
			if (rows[i].kind == DIVIDE && (k == 0 || k == trim(rows[i].w, -1)))
				continue;
			if (f == FORM_BRANCH_PTR_IMM && constants[j] != (int32_t)constants[j])
				continue;
			reg a = pick(rows[i].places[1]), b = j % 4 == 3 ? a : pick(rows[i].places[1]), d = j % 2 ? a : pick('g');
			struct label l = LABEL_NEW;
			struct piece *p = begin_piece(&rows[i], d, a, b);
			p->k = constants[j];
			p->at_slot = places_of_slots[j % 7];
			emit_form(&rows[i], f, p, &l);
			end_piece(&l);
		}
	}
	publish();
	for (unsigned j = 0; j < npieces; j++)
		run_form(&pieces[j], f);
	end_group();
}

int main(void)
{
	if (!machine_start())
		return tap_done();
	test_rows();
	for (int f = 0; f < FORM_COUNT; f++)
		test_form((enum form)f);
	return tap_done();
}

#endif
