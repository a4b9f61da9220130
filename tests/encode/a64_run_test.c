/*
 * Macro instructions of arm64 are executed: each with all ways in which its registers may coincide, on edge values, and compared
 * with what num.def computes. Registers that an instruction does not name must keep their values. On other machines
 * a64_run.t builds this file for arm64 and runs it in an emulator.
 */
#include "tests/harness/tap.h"

#if !defined(__aarch64__)

int main(void)
{
	printf("1..0 # SKIP executes arm64\n");
	return 0;
}

#else

#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <ucontext.h>

#include "engine/regir/simd.h"
#include "jit/a64/masm.inc"

/* ---- code, registers -------------------------------------------------------------------------------------------------- */

enum { EXEC_BYTES = 48 << 20, SLOTS = 9000, MEMORY = 1 << 16 };
#define RESERVED ((uint64_t)9 << 30)

struct state {
	u64 x[32];
	u64 v[32][2];
};

/* One macro instruction with its registers. */
struct piece {
	uint32_t at, fault_at;
	const struct row *row;
	reg d, a, b, c;
	int64_t k;
	int32_t at_slot;
	struct address address;
	enum mem_type type;
};

enum { MAX_PIECES = 40000 };
static struct piece pieces[MAX_PIECES];
static unsigned npieces;
static struct masm m;
static uint8_t *exec, *memory;
static u64 slots[SLOTS];
static unsigned wrong, runs;

/* Calls CODE with the registers of S, and puts them back there. */
void call_code(const void *code, struct state *s);
__asm__(
	".text\n.balign 16\ncall_code:\n"
	"	stp	x29, x30, [sp, #-192]!\n"
	"	stp	x19, x20, [sp, #16]\n	stp	x21, x22, [sp, #32]\n	stp	x23, x24, [sp, #48]\n"
	"	stp	x25, x26, [sp, #64]\n	stp	x27, x28, [sp, #80]\n"
	"	stp	d8, d9, [sp, #96]\n	stp	d10, d11, [sp, #112]\n	stp	d12, d13, [sp, #128]\n	stp	d14, d15, [sp, #144]\n"
	"	str	x1, [sp, #160]\n"
	"	mov	x16, x0\n	mov	x17, x1\n"
	"	ldp	q0, q1, [x17, #256]\n	ldp	q2, q3, [x17, #288]\n	ldp	q4, q5, [x17, #320]\n	ldp	q6, q7, [x17, #352]\n"
	"	ldp	q16, q17, [x17, #512]\n	ldp	q18, q19, [x17, #544]\n	ldp	q20, q21, [x17, #576]\n	ldp	q22, q23, [x17, #608]\n"
	"	ldp	q24, q25, [x17, #640]\n	ldp	q26, q27, [x17, #672]\n	ldp	q28, q29, [x17, #704]\n"
	"	ldp	x0, x1, [x17]\n	ldp	x2, x3, [x17, #16]\n	ldp	x4, x5, [x17, #32]\n	ldp	x6, x7, [x17, #48]\n"
	"	ldp	x8, x9, [x17, #64]\n	ldp	x10, x11, [x17, #80]\n	ldp	x12, x13, [x17, #96]\n	ldp	x14, x15, [x17, #112]\n"
	"	ldp	x19, x20, [x17, #152]\n	ldp	x21, x22, [x17, #168]\n	ldp	x23, x24, [x17, #184]\n"
	"	ldp	x25, x26, [x17, #200]\n	ldp	x27, x28, [x17, #216]\n"
	"	blr	x16\n"
	"	ldr	x17, [sp, #160]\n"
	"	stp	q0, q1, [x17, #256]\n	stp	q2, q3, [x17, #288]\n	stp	q4, q5, [x17, #320]\n	stp	q6, q7, [x17, #352]\n"
	"	stp	q16, q17, [x17, #512]\n	stp	q18, q19, [x17, #544]\n	stp	q20, q21, [x17, #576]\n	stp	q22, q23, [x17, #608]\n"
	"	stp	q24, q25, [x17, #640]\n	stp	q26, q27, [x17, #672]\n	stp	q28, q29, [x17, #704]\n"
	"	stp	x0, x1, [x17]\n	stp	x2, x3, [x17, #16]\n	stp	x4, x5, [x17, #32]\n	stp	x6, x7, [x17, #48]\n"
	"	stp	x8, x9, [x17, #64]\n	stp	x10, x11, [x17, #80]\n	stp	x12, x13, [x17, #96]\n	stp	x14, x15, [x17, #112]\n"
	"	stp	x19, x20, [x17, #152]\n	stp	x21, x22, [x17, #168]\n	stp	x23, x24, [x17, #184]\n"
	"	stp	x25, x26, [x17, #200]\n	stp	x27, x28, [x17, #216]\n"
	"	ldp	x19, x20, [sp, #16]\n	ldp	x21, x22, [sp, #32]\n	ldp	x23, x24, [sp, #48]\n"
	"	ldp	x25, x26, [sp, #64]\n	ldp	x27, x28, [sp, #80]\n"
	"	ldp	d8, d9, [sp, #96]\n	ldp	d10, d11, [sp, #112]\n	ldp	d12, d13, [sp, #128]\n	ldp	d14, d15, [sp, #144]\n"
	"	ldp	x29, x30, [sp], #192\n"
	"	ret\n");

static void publish(void)
{
	if (m.at > EXEC_BYTES || m.failed)
		return;
	mprotect(exec, EXEC_BYTES, PROT_READ | PROT_WRITE);
	memcpy(exec, m.code, m.at);
	mprotect(exec, EXEC_BYTES, PROT_READ | PROT_EXEC);
	__builtin___clear_cache((char *)exec, (char *)exec + m.at);
}

static void begin_group(void)
{
	m.at = 0;
	m.failed = m.far = false;
	m.features = 0;
	npieces = wrong = runs = 0;
}

static struct piece *begin_piece(const struct row *row, reg d, reg a, reg b)
{
	struct piece *p = &pieces[npieces < MAX_PIECES - 1 ? npieces++ : npieces];

	*p = (struct piece){ .row = row, .d = d, .a = a, .b = b, .at = m.at };
	m_room(&m);
	return p;
}

/* Straight on: x0 is left alone. To LABEL: x0 becomes 1. */
static void end_piece(struct label *l)
{
	m_room(&m);
	a64_ret(&m);
	if (!l)
		return;
	m_bind(&m, l);
	m_imm(&m, 0, 1);
	a64_ret(&m);
}

static u64 chance = 88172645463325252u;

static u64 random_u64(void)
{
	chance ^= chance << 13;
	chance ^= chance >> 7;
	chance ^= chance << 17;
	return chance;
}

/* Every register holds something else; x0 is 0. */
static void fill(struct state *s)
{
	for (unsigned i = 0; i < 32; i++) {
		s->x[i] = random_u64();
		s->v[i][0] = random_u64();
		s->v[i][1] = random_u64();
	}
	s->x[0] = 0;
	s->x[FP] = (u64)(uintptr_t)slots;
	s->x[MEM] = (u64)(uintptr_t)memory;
}

static const char *now;         /* what is tested */

__attribute__((format(printf, 2, 3)))
static void complain(const struct piece *p, const char *fmt, ...)
{
	char text[200];
	va_list ap;

	if (wrong++ >= 8)
		return;
	va_start(ap, fmt);
	vsnprintf(text, sizeof text, fmt, ap);
	va_end(ap);
	printf("#   %s d=%u a=%u b=%u k=%lld: %s\n", now, p->d, p->a, p->b, (long long)p->k, text);
}

/* Whether all registers but this file's scratch are those of WANT. */
static void compare(const struct piece *p, const struct state *got, const struct state *want)
{
	for (unsigned i = 0; i < 29; i++)
		if (got->x[i] != want->x[i] && (i < 16 || i > 18))
			complain(p, "x%u is %llx, not %llx", i, (unsigned long long)got->x[i], (unsigned long long)want->x[i]);
	for (unsigned i = 0; i < 30; i++)
		if ((i < 8 || i > 15) && memcmp(got->v[i], want->v[i], 16) != 0)
			complain(p, "v%u is %llx:%llx, not %llx:%llx", i, (unsigned long long)got->v[i][1],
				(unsigned long long)got->v[i][0], (unsigned long long)want->v[i][1], (unsigned long long)want->v[i][0]);
}

static void execute(const struct piece *p, struct state *s, const struct state *want)
{
	runs++;
	call_code(exec + p->at, s);
	compare(p, s, want);
}

static void end_group(const char *name)
{
	CHECK(wrong == 0 && runs > 0 && !m.failed, "%s: %u of %u runs went wrong", name, wrong, runs);
}

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

static const u64 integers[] = {
	0, 1, 2, 3, 7, 31, 32, 33, 63, 64, 0x7f, 0x80, 0xff, 0x7fff, 0x8000, 0xffff, 0x7fffffff, 0x80000000, 0xfffffffe, 0xffffffff,
	0x100000000, 0x7fffffffffffffff, 0x8000000000000000, 0xfffffffffffffffe, 0xffffffffffffffff, 0x123456789abcdef0,
	0xfedcba9876543210, 0x00000001ffffffff,
};
static const u64 floats32[] = {
	0, 0x80000000, 0x3f800000, 0xbf800000, 0x3f000000, 0xbf000000, 0x3fc00000, 0xc0200000, 0x7f800000, 0xff800000, 0x7fc00000,
	0xffc00001, 0x7f800001, 0xffa00000, 0x7fc12345, 1, 0x80000001, 0x007fffff, 0x7f7fffff, 0x4effffff, 0x4f000000, 0xcf000000,
	0xcf000001, 0x4f7fffff, 0x4f800000, 0x5effffff, 0x5f000000, 0xdf000000, 0xdf000001, 0x5f7fffff, 0x5f800000, 0xbf7fffff,
	0x4b000001, 0x4afffffe, 0xcb000000,
};
static const u64 floats64[] = {
	0, 0x8000000000000000, 0x3ff0000000000000, 0xbff0000000000000, 0x3fe0000000000000, 0xbfe0000000000000, 0x3ff8000000000000,
	0xc004000000000000, 0x7ff0000000000000, 0xfff0000000000000, 0x7ff8000000000000, 0xfff8000000000001, 0x7ff0000000000001,
	0xfff4000000000000, 0x7ff8000012345678, 1, 0x800fffffffffffff, 0x7fefffffffffffff, 0x41dfffffffc00000, 0x41dfffffffffffff,
	0x41e0000000000000, 0xc1e0000000000000, 0xc1e00000001fffff, 0xc1e0000000200000, 0x41efffffffe00000, 0x41efffffffffffff,
	0x41f0000000000000, 0x43dfffffffffffff, 0x43e0000000000000, 0xc3e0000000000000, 0xc3e0000000000001, 0x43efffffffffffff,
	0x43f0000000000000, 0xbfefffffffffffff, 0x4330000000000001, 0x432fffffffffffff, 0xb6a0000000000000, 0x47efffffe0000000,
	0x47effffff0000000,
};

/* Value I of those that an operand may have; false: there is none. */
static bool value_of(char place, enum width w, unsigned i, u64 *v)
{
	const u64 *from = place == 'g' ? integers : w == W32 ? floats32 : floats64;
	unsigned n = place == 'g' ? sizeof integers / 8 : w == W32 ? sizeof floats32 / 8 : sizeof floats64 / 8;

	if (i >= n + 6)
		return false;
	*v = i < n ? from[i] : random_u64();
	if (w == W32)
		*v = (uint32_t)*v;
	return true;
}

static u64 trim(enum width w, int64_t k) { return w == W32 ? (uint32_t)k : (u64)k; }

static void put_value(struct state *s, char place, reg r, u64 v)
{
	if (place == 'g') {
		s->x[r] = v;
	} else {
		s->v[r][0] = v;
		s->v[r][1] = 0;
	}
}

/* Registers that take part, in turn. */
static reg pick(char place)
{
	static const reg general[] = { 22, 28, 8, 11, 12, 15, SCRATCH, SCRATCH2, 25 };
	static const reg vectors[] = { 16, 29, 4, 7, VSCRATCH, VSCRATCH2, VSCRATCH3, 21 };
	static unsigned g, v;

	return place == 'g' ? general[g++ % 9] : vectors[v++ % 8];
}

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
		begin_group();
		now = rows[i].name;
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
		end_group(now);
	}
}

/* ---- immediates, slots, branches -------------------------------------------------------------------------------------- */

static const int64_t constants[] = {
	0, 1, -1, 2, 3, 5, 7, 10, 16, 17, 255, 256, 0x7ff, 0xfff, 0x1000, 0x1001, 0xfff000, 0xffffff, 0x1000000, -2, -3, -7, -16, -4095, -4096,
	-4097, -0xfff000, 0x55555555, 0x33333333, 0x0ff00ff0, 0x00ffff00, 0x7fffffff, -0x7fffffff, -0x80000000ll, 0xffff0000, 0x80000001,
	0x12345678, 0x123456789abcdef0, 0x5555555555555555, 0x7fffffffffffffff, -0x7fffffffffffffff - 1, 0xffff0000ffff, 641,
};
enum { NCONSTANTS = sizeof constants / sizeof *constants };
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
	begin_group();
	now = form_names[f];
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
	end_group(now);
}

/* ---- moves and what has no row in num.def ----------------------------------------------------------------------------- */

static const u64 more_constants[] = {
	0xffffffffffff1234, 0x1234ffffffffffff, 0x00ff00ff00ff00ff, 0xffffffff00000000, 0x0000ffff00000000, 0x1234000000005678, 0xffff,
	0x8000000000000001, 0xe000000000000007, 0xaaaaaaaaaaaaaaaa, 0xcccccccc, 0xfffffffffffffffe, 0xfffeffff, 0x3fc00000, 0x40490fdb,
	0x3ff8000000000000, 0xc03f000000000000, 0x4000000000000000, 0xbf80000000000000,
};
enum { NMORE = sizeof more_constants / sizeof *more_constants };

static u64 constant(unsigned i)
{
	return i < NCONSTANTS ? (u64)constants[i] : i < NCONSTANTS + NMORE ? more_constants[i - NCONSTANTS] : random_u64() >> i % 40;
}

static void test_immediates(void)
{
	begin_group();
	now = "immediates";
	for (unsigned i = 0; i < 200; i++) {
		u64 k = constant(i);
		struct piece *p = begin_piece(NULL, pick('g'), 0, pick('v'));
		p->c = i % 2 ? 5 : 6;
		p->k = (int64_t)k;
		m_imm(&m, p->d, k);
		m_fimm(&m, i % 4 == 0 ? W32 : W64, p->b, k);
		m_vconst(&m, p->c, (const u64[2]){ k, i % 3 == 0 ? k : i % 3 == 1 ? 0 : ~k });
		p->type = (enum mem_type)i;
		end_piece(NULL);
	}
	publish();
	for (unsigned j = 0; j < npieces; j++) {
		struct piece *p = &pieces[j];
		struct state s, want;
		u64 k = (u64)p->k;
		unsigned i = (unsigned)p->type;
		fill(&s);
		want = s;
		want.x[p->d] = k;
		put_value(&want, 'v', p->b, i % 4 == 0 ? (uint32_t)k : k);
		want.v[p->c][0] = k;
		want.v[p->c][1] = i % 3 == 0 ? k : i % 3 == 1 ? 0 : ~k;
		execute(p, &s, &want);
	}
	end_group(now);
}

enum { MOVES = 9 };

/* Move number WHICH, and what it does to S. */
static void move(unsigned which, const struct piece *p, struct state *s)
{
	reg d = p->d, a = p->a, b = p->b, c = p->c;
	u64 *x = s ? s->x : NULL;

	switch (which) {
	case 0: if (s) x[d] = (uint32_t)x[a]; else m_mov(&m, W32, d, a); break;
	case 1: if (s) x[d] = x[a]; else m_mov(&m, W64, d, a); break;
	case 2: if (s) x[d] = (uint32_t)x[c] ? (uint32_t)x[a] : (uint32_t)x[b]; else m_select(&m, W32, d, c, a, b); break;
	case 3: if (s) x[d] = (uint32_t)x[c] ? x[a] : x[b]; else m_select(&m, W64, d, c, a, b); break;
	case 4: if (s) x[d] = (uint32_t)(x[a] + (x[b] << 2) + (u64)p->k); else m_add3(&m, W32, d, a, b, 2, (int32_t)p->k); break;
	case 5: if (s) x[d] = x[a] + (x[b] << 3) + (u64)p->k; else m_add3(&m, W64, d, a, b, 3, (int32_t)p->k); break;
	case 6: if (s) x[d] = (uint32_t)(x[a] + (u64)p->k); else m_add3(&m, W32, d, a, NO_REG, 0, (int32_t)p->k); break;
	case 7: m_mul_wide(&m, false, d, c, a, b); break;
	case 8: m_mul_wide(&m, true, d, c, a, b); break;
	default: break;
	}
}

static void test_moves(void)
{
	begin_group();
	now = "moves";
	for (unsigned i = 0; i < MOVES * 40; i++) {
		unsigned which = i % MOVES, how = i / MOVES % 8;
		reg a = pick('g'), b = how & 4 ? a : pick('g'), d = how == 1 || how == 5 ? a : how == 2 ? b : pick('g'), c = how == 3 ? a : pick('g');
		if (which >= 7 && c == d)
			continue;
		struct piece *p = begin_piece(NULL, d, a, b);
		p->c = c;
		p->k = (int32_t)constants[i % NCONSTANTS];
		p->at_slot = (int32_t)which;
		move(which, p, NULL);
		end_piece(NULL);
	}
	publish();
	for (unsigned j = 0; j < npieces; j++)
		for (unsigned i = 0; i < 12; i++) {
			struct piece *p = &pieces[j];
			struct state s, want;
			fill(&s);
			if (i & 1)
				s.x[p->c] &= 0xffffffff00000000;
			want = s;
			if (p->at_slot >= 7) {
				u64 lo = s.x[p->a], hi = s.x[p->b];
				unsigned __int128 r = p->at_slot == 7 ? (unsigned __int128)lo * hi
					: (unsigned __int128)((__int128)(s64)lo * (s64)hi);
				want.x[p->d] = (u64)r;
				want.x[p->c] = (u64)(r >> 64);
			} else {
				move((unsigned)p->at_slot, p, &want);
			}
			execute(p, &s, &want);
		}
	end_group(now);
}

/* 128-bit sums, vector moves and choices. */
static void test_wide(void)
{
	begin_group();
	now = "wide";
	for (unsigned i = 0; i < 32; i++) {
		reg alo = 22, ahi = 23, blo = i & 2 ? 22 : 24, bhi = i & 4 ? 23 : 25, lo = i & 8 ? alo : 8, hi = i & 16 ? ahi : 9;
		struct piece *p = begin_piece(NULL, lo, alo, blo);
		p->k = i;
		m_carry(&m, i & 1, lo, hi, alo, ahi, blo, bhi);
		end_piece(NULL);
	}
	publish();
	for (unsigned j = 0; j < npieces; j++)
		for (unsigned i = 0; i < 20; i++) {
			struct piece *p = &pieces[j];
			struct state s, want;
			fill(&s);
			s.x[22] = i & 1 ? ~0ull : s.x[22];
			s.x[24] = i & 2 ? 1 : s.x[24];
			want = s;
			unsigned k = (unsigned)p->k;
			unsigned __int128 a = (unsigned __int128)s.x[23] << 64 | s.x[22];
			unsigned __int128 b = (unsigned __int128)s.x[k & 4 ? 23 : 25] << 64 | s.x[k & 2 ? 22 : 24];
			a = k & 1 ? a - b : a + b;
			want.x[k & 8 ? 22 : 8] = (u64)a;
			want.x[k & 16 ? 23 : 9] = (u64)(a >> 64);
			execute(p, &s, &want);
		}
	end_group(now);
}

static void test_vector_moves(void)
{
	begin_group();
	now = "vector moves";
	for (unsigned i = 0; i < 40; i++) {
		vreg a = pick('v'), b = i & 4 ? a : pick('v'), d = i % 8 == 1 ? a : i % 8 == 2 ? b : pick('v');
		struct piece *p = begin_piece(NULL, d, a, b);
		p->k = i;
		p->c = pick('g');
		switch (i % 6) {
		case 0: m_vmov(&m, d, a); break;
		case 1: m_fmov_to(&m, W32, d, p->c); break;
		case 2: m_fmov_to(&m, W64, d, p->c); break;
		case 3: m_fmov_from(&m, W32, p->c, a); break;
		case 4: m_fmov_from(&m, W64, p->c, a); break;
		default: m_fselect(&m, d, p->c, a, b); break;
		}
		end_piece(NULL);
	}
	publish();
	for (unsigned j = 0; j < npieces; j++)
		for (unsigned i = 0; i < 8; i++) {
			struct piece *p = &pieces[j];
			struct state s, want;
			fill(&s);
			if (i & 1)
				s.x[p->c] &= 0xffffffff00000000;
			want = s;
			switch (p->k % 6) {
			case 0: memcpy(want.v[p->d], s.v[p->a], 16); break;
			case 1: put_value(&want, 'v', p->d, (uint32_t)s.x[p->c]); break;
			case 2: put_value(&want, 'v', p->d, s.x[p->c]); break;
			case 3: want.x[p->c] = (uint32_t)s.v[p->a][0]; break;
			case 4: want.x[p->c] = s.v[p->a][0]; break;
			default: memcpy(want.v[p->d], s.v[(uint32_t)s.x[p->c] ? p->a : p->b], 16); break;
			}
			execute(p, &s, &want);
		}
	end_group(now);
}

/* ---- memory ----------------------------------------------------------------------------------------------------------- */

static const unsigned mem_bytes[MEM_COUNT] = { 1, 1, 1, 2, 2, 2, 4, 4, 8, 4, 8, 16 };

/* What a load of type T from P gives, in two halves. */
static void loaded(enum mem_type t, const void *p, u64 v[2])
{
	v[0] = v[1] = 0;
	memcpy(v, p, mem_bytes[t]);
	switch (t) {
	case MEM_S8_32:  v[0] = (uint32_t)(int8_t)v[0]; break;
	case MEM_S8_64:  v[0] = (u64)(int8_t)v[0]; break;
	case MEM_S16_32: v[0] = (uint32_t)(int16_t)v[0]; break;
	case MEM_S16_64: v[0] = (u64)(int16_t)v[0]; break;
	case MEM_S32_64: v[0] = (u64)(int32_t)v[0]; break;
	default: break;
	}
}

static void put_loaded(struct state *s, enum mem_type t, reg d, const u64 v[2])
{
	if (t >= MEM_F32)
		memcpy(s->v[d], v, 16);
	else
		s->x[d] = v[0];
}

/* Slots and pointers: loads, stores and stores of constants, at distances on both sides of what fits. */
static void test_pointers(void)
{
	static const int32_t at[] = { 0, 8, 16, 24, 255, 256, 4095, 8190, 16380, 32760, 32768, 65520, 65528, 3 };

	begin_group();
	now = "pointers";
	for (unsigned t = 0; t < MEM_COUNT; t++)
		for (unsigned i = 0; i < 14 * 3; i++) {
			bool vector = t >= MEM_F32;
			struct piece *p = begin_piece(NULL, pick(vector ? 'v' : 'g'), 0, i % 2 ? FP : 15);
			p->type = (enum mem_type)t;
			p->at_slot = at[i / 3] - (i % 3 == 1 && i < 20 ? 200 : 0);
			p->k = i % 3;
			if (p->k == 2 && (vector || (t != MEM_U8 && t != MEM_U16 && t != MEM_U32 && t != MEM_U64)))
				p->k = 0;
			if (p->d == 15)
				p->d = 14;
			p->c = (reg)i;
			if (p->k == 0 && vector)
				p->b == FP && t >= MEM_F64 ? m_slot_vload(&m, p->type, p->d, p->at_slot)
					: m_ptr_vload(&m, p->type, p->d, p->b, p->at_slot);
			else if (p->k == 0)
				p->b == FP && t == MEM_U64 ? m_slot_load(&m, p->d, p->at_slot)
					: m_ptr_load(&m, p->type, p->d, p->b, p->at_slot);
			else if (p->k == 1 && vector)
				p->b == FP && t >= MEM_F64 ? m_slot_vstore(&m, p->type, p->d, p->at_slot)
					: m_ptr_vstore(&m, p->type, p->d, p->b, p->at_slot);
			else if (p->k == 1)
				p->b == FP && t == MEM_U64 ? m_slot_store(&m, p->d, p->at_slot)
					: m_ptr_store(&m, p->type, p->d, p->b, p->at_slot);
			else if (p->b == FP && t == MEM_U64)
				m_slot_store_imm(&m, (u64)(int64_t)(int32_t)constants[i], p->at_slot);
			else
				m_ptr_store_imm(&m, p->type, (int32_t)constants[i], p->b, p->at_slot);
			end_piece(NULL);
		}
	publish();
	for (unsigned j = 0; j < npieces; j++) {
		struct piece *p = &pieces[j];
		struct state s, want;
		uint8_t *place = (uint8_t *)slots + 256 + p->at_slot, expected[48];
		u64 v[2];
		fill(&s);
		s.x[FP] += 256;
		s.x[15] = s.x[FP];
		for (unsigned i = 0; i < 48; i++)
			place[(int)i - 16] = (uint8_t)random_u64();
		memcpy(expected, place - 16, 48);
		want = s;
		if (p->k == 0) {
			loaded(p->type, place, v);
			put_loaded(&want, p->type, p->d, v);
		} else if (p->k == 1) {
			memcpy(expected + 16, p->type >= MEM_F32 ? s.v[p->d] : &s.x[p->d], mem_bytes[p->type]);
		} else {
			u64 k = (u64)(int64_t)(int32_t)constants[p->c];
			memcpy(expected + 16, &k, mem_bytes[p->type]);
		}
		execute(p, &s, &want);
		if (memcmp(expected, place - 16, 48) != 0)
			complain(p, "memory at %d, type %d, is not what was stored", p->at_slot, p->type);
	}
	end_group(now);
}

/* A fault at the one place that may fault goes on at the end, with x0 = 1. */
static const struct piece *running;
static bool strange_fault;

static void on_fault(int sig, siginfo_t *info, void *context)
{
	ucontext_t *u = context;

	if (!running || u->uc_mcontext.pc != (u64)(uintptr_t)exec + running->fault_at) {
		strange_fault = true;
		signal(sig, SIG_DFL);
		return;
	}
	u->uc_mcontext.pc = (u64)(uintptr_t)exec;
}

enum access { LOAD, STORE, STORE_IMM, ALU_LOAD, FBIN_LOAD, ACCESSES };

static bool emit_access(struct piece *p, enum access how)
{
	bool vector = p->type >= MEM_F32;

	switch (how) {
	case LOAD:
		if (vector)
			m_vload(&m, p->type, p->d, p->address);
		else
			m_load(&m, p->type, p->d, p->address);
		return true;
	case STORE:
		if (vector)
			m_vstore(&m, p->type, p->d, p->address);
		else
			m_store(&m, p->type, p->d, p->address);
		return true;
	case STORE_IMM:
		if (!vector)
			m_store_imm(&m, p->type, p->k, p->address);
		return !vector;
	case ALU_LOAD:
		if (p->type == MEM_U32 || p->type == MEM_U64)
			m_alu_load(&m, ALU_SUB, p->type == MEM_U32 ? W32 : W64, p->d, p->a, p->address);
		return p->type == MEM_U32 || p->type == MEM_U64;
	default:
		if (p->type == MEM_F32 || p->type == MEM_F64)
			m_fbin_load(&m, FBIN_COPYSIGN, p->type == MEM_F32 ? W32 : W64, p->d, p->a, p->address);
		return p->type == MEM_F32 || p->type == MEM_F64;
	}
}

static u64 effective(const struct address *a, const struct state *s)
{
	u64 base = a->base == NO_REG ? 0 : s->x[a->base];

	if (a->base != NO_REG && a->index == NO_REG && a->k == 0)
		return base + a->offset;
	u64 index = a->index == NO_REG ? 0 : s->x[a->index] << a->shift;
	return (uint32_t)(base + index + (u64)(int64_t)a->k) + (u64)a->offset;
}

static void expect_access(const struct piece *p, enum access how, struct state *want, uint8_t *at)
{
	u64 v[2], r;

	loaded(p->type, at, v);
	switch (how) {
	case LOAD:      put_loaded(want, p->type, p->d, v); break;
	case STORE:     memcpy(at, p->type >= MEM_F32 ? want->v[p->d] : &want->x[p->d], mem_bytes[p->type]); break;
	case STORE_IMM: memcpy(at, &p->k, mem_bytes[p->type]); break;
	case ALU_LOAD:  want->x[p->d] = p->type == MEM_U32 ? (uint32_t)(want->x[p->a] - v[0]) : want->x[p->a] - v[0]; break;
	default:
		(p->type == MEM_F32 ? expect_F32_COPYSIGN : expect_F64_COPYSIGN)(want->v[p->a][0], v[0], &r);
		put_value(want, 'v', p->d, r);
		break;
	}
}

static void run_access(const struct piece *p, enum access how, unsigned i)
{
	static uint8_t before[64], after[64];
	struct state s, want;
	const struct address *a = &p->address;
	/* the last bytes of memory, whose neighbours a store across the end must not touch */
	uint8_t *end = memory + MEMORY - 64;

	fill(&s);
	if (a->base != NO_REG)
		s.x[a->base] = (uint32_t)(i % 4 == 0 ? random_u64() : MEMORY - i - (i % 4 == 3 ? 0 : a->offset) - (uint32_t)a->k);
	if (a->index != NO_REG)
		s.x[a->index] = i % 4 == 1 ? (uint32_t)random_u64() % 64 : 0;
	if (p->type == MEM_F32 || p->type == MEM_F64)   /* floats have zeros above them */
		put_value(&s, 'v', p->a, p->type == MEM_F32 ? (uint32_t)s.v[p->a][0] : s.v[p->a][0]);
	u64 ea = effective(a, &s);
	bool inside = ea + mem_bytes[p->type] <= MEMORY;
	for (unsigned n = 0; n < 64; n++)
		end[n] = (uint8_t)random_u64();
	memcpy(before, end, 64);
	want = s;
	if (inside && ea >= MEMORY - 64)
		expect_access(p, how, &want, memory + ea);
	else if (inside)
		return;
	else
		want.x[0] = 1;
	memcpy(after, end, 64);
	memcpy(end, before, 64);
	running = p;
	execute(p, &s, &want);
	running = NULL;
	if (memcmp(end, after, 64) != 0)
		complain(p, "the end of memory differs after an access of type %d at %llx", p->type, (unsigned long long)ea);
}

static void test_accesses(enum access how, const char *name)
{
	static const uint32_t offsets[] = { 0, 8, 1, 4095, 4096, 12288, 32752, 0xfff000, 0x12345, 0x12340, 0xffffffff };

	begin_group();
	now = name;
	/* at offset 0: where faults go on */
	m_imm(&m, 0, 1);
	a64_ret(&m);
	for (unsigned t = 0; t < MEM_COUNT; t++)
		for (unsigned i = 0; i < 11 * 8; i++) {
			char place = t >= MEM_F32 ? 'v' : 'g';
			struct piece *p = begin_piece(NULL, pick(place), pick(place), 0);
			reg base = i % 8 == 7 ? NO_REG : pick('g'), index = i % 4 >= 2 ? pick('g') : NO_REG;
			p->type = (enum mem_type)t;
			p->k = constants[i % NCONSTANTS];
			p->address = (struct address){ base, index, index == NO_REG ? 0 : (uint8_t)(i % 4),
				i % 3 == 1 ? 16 : i % 3 == 2 ? -5000000 : 0, offsets[i / 8] };
			/* the value and the address in registers of their own; a load may replace the base */
			if (place == 'g' && (p->d == index || (p->d == base && how != LOAD) || p->a == base || p->a == index || base == index) ) {
				npieces--;
				continue;
			}
			if (!emit_access(p, how)) {
				npieces--;
				continue;
			}
			p->fault_at = m.fault_at;
			end_piece(NULL);
		}
	publish();
	for (unsigned j = 0; j < npieces; j++)
		for (unsigned i = 0; i < 40; i++)
			run_access(&pieces[j], how, i);
	CHECK(!strange_fault, "%s: faults are at fault_at", name);
	end_group(now);
}

/* ---- atomic accesses -------------------------------------------------------------------------------------------------- */

static u64 changed(enum rmw op, u64 was, u64 by)
{
	switch (op) {
	case RMW_ADD: return was + by;
	case RMW_SUB: return was - by;
	case RMW_AND: return was & by;
	case RMW_OR:  return was | by;
	case RMW_XOR: return was ^ by;
	default:      return by;
	}
}

enum { ATOMICS = RMW_COUNT + 3 };

/* They use x30, where the piece's own return address is. */
static void emit_atomic(const struct piece *p, unsigned which)
{
	a64_mov(&m, W64, 29, LINK);
	if (which < RMW_COUNT)
		m_atomic_rmw(&m, (enum rmw)which, p->type, p->d, p->a, p->c);
	else if (which == RMW_COUNT)
		m_atomic_cmpxchg(&m, p->type, p->d, p->a, p->b, p->c);
	else if (which == RMW_COUNT + 1)
		m_atomic_load(&m, p->type, p->d, p->c);
	else
		m_atomic_store(&m, p->type, p->a, p->c);
	m_fence(&m);
	a64_mov(&m, W64, LINK, 29);
}

static void run_atomic(const struct piece *p, unsigned which, unsigned i)
{
	unsigned bytes = mem_bytes[p->type];
	u64 was = 0, wanted = 0, then;
	uint8_t *at = memory + 4096, expected[24];
	struct state s, want;

	fill(&s);
	for (unsigned n = 0; n < 24; n++)
		at[(int)n - 8] = (uint8_t)random_u64();
	memcpy(&was, at, bytes);
	if (i & 1)
		s.x[p->a] = bytes == 8 ? was : was | random_u64() << 8 * bytes;
	s.x[p->c] = (u64)(uintptr_t)at;
	want = s;
	memcpy(&wanted, &s.x[p->a], bytes);
	then = which < RMW_COUNT ? changed((enum rmw)which, was, s.x[p->a]) : which == RMW_COUNT ? wanted == was ? s.x[p->b] : was
		: which == RMW_COUNT + 1 ? was : s.x[p->a];
	if (which < RMW_COUNT + 2)
		want.x[p->d] = was;
	memcpy(expected, at - 8, 24);
	memcpy(expected + 8, &then, bytes);
	execute(p, &s, &want);
	if (memcmp(expected, at - 8, 24) != 0)
		complain(p, "memory after atomic %u of type %d is not what it should be", which, p->type);
}

/* Any registers may be the same. */
static void test_atomics(void)
{
	static const enum mem_type types[] = { MEM_U8, MEM_U16, MEM_U32, MEM_U64 };

	begin_group();
	now = "atomic accesses";
	for (unsigned i = 0; i < ATOMICS * 4 * 8; i++) {
		unsigned how = i / (ATOMICS * 4);
		reg a = pick('g'), b = how & 1 ? a : pick('g'), at = how & 2 ? a : pick('g'), d = how & 4 ? at : how == 1 ? a : pick('g');
		struct piece *p = begin_piece(NULL, d, a, b);
		p->c = at;
		p->type = types[i / ATOMICS % 4];
		p->k = i % ATOMICS;
		emit_atomic(p, i % ATOMICS);
		end_piece(NULL);
	}
	publish();
	for (unsigned j = 0; j < npieces; j++)
		for (unsigned i = 0; i < 20; i++)
			run_atomic(&pieces[j], (unsigned)pieces[j].k, i);
	end_group(now);
}

/* ---- vectors: simd.def ------------------------------------------------------------------------------------------------ */

union vector {
	v128 v;
	u8 bytes[16];
	u32 words[4];
	u64 halves[2];
};

/* Vectors come from X, Y and Z; N is a scalar operand, or a lane's number. A scalar result is in half 0. */
typedef union vector vector_fn(v128 vx, v128 vy, v128 vz, u64 n);

#define VECTOR_FN(id) static union vector vector_##id(v128 vx, v128 vy, v128 vz, u64 n)
#define VUN(id, type, expr)   VECTOR_FN(id) { type x = (type)vx; return (union vector){ .v = (v128)(expr) }; }
#define VBIN(id, type, expr)  VECTOR_FN(id) { type x = (type)vx, y = (type)vy; return (union vector){ .v = (v128)(expr) }; }
#define VTER(id, type, expr)  VECTOR_FN(id) { type x = (type)vx, y = (type)vy, z = (type)vz; return (union vector){ .v = (v128)(expr) }; }
#define VTEST(id, type, expr) VECTOR_FN(id) { type x = (type)vx; return (union vector){ .halves = { (u32)(expr) } }; }
#define VSPLAT(id, scalar, expr) VECTOR_FN(id) { scalar x = (scalar)n; return (union vector){ .v = (v128)(expr) }; }
#define VEXTRACT(id, scalar, result) \
	VECTOR_FN(id) { scalar lanes[16 / sizeof(scalar)]; memcpy(lanes, &vx, 16); return (union vector){ .halves = { (result)lanes[n] } }; }
#define VREPLACE(id, scalar) \
	VECTOR_FN(id) { scalar lanes[16 / sizeof(scalar)], to = (scalar)(n >> 8); union vector r; memcpy(lanes, &vx, 16); \
		lanes[n & 255] = to; memcpy(&r, lanes, 16); return r; }
#define VLOAD(id, scalar, expr) \
	VECTOR_FN(id) { scalar v; memcpy(&v, &vx, sizeof v); return (union vector){ .v = (v128)(expr) }; }
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wunused-parameter"
#define VSHIFT(id, type, expr) \
	VECTOR_FN(id) { type x = (type)vx; __typeof__(x[0]) bits = (__typeof__(x[0]))(n % (8 * sizeof x[0])); \
		{ __typeof__(bits) n = bits; return (union vector){ .v = (v128)(expr) }; } }
#pragma GCC diagnostic ignored "-Wshadow"
#include "engine/regir/simd.def"
#pragma GCC diagnostic pop

enum vector_kind { V_UN, V_BIN, V_TER, V_SHIFT, V_TEST, V_SPLAT, V_EXTRACT, V_REPLACE, V_LOAD };

static const struct vector_row {
	const char *name;
	vector_fn *expect;
	enum vector_kind kind;
	enum regir op;
	unsigned lanes;         /* of extract and replace; bytes of a load */
} vector_rows[] = {
#define VUN(id, type, expr)          { #id, vector_##id, V_UN, R_##id, 0 },
#define VBIN(id, type, expr)         { #id, vector_##id, V_BIN, R_##id, 0 },
#define VTER(id, type, expr)         { #id, vector_##id, V_TER, R_##id, 0 },
#define VSHIFT(id, type, expr)       { #id, vector_##id, V_SHIFT, R_##id, 0 },
#define VTEST(id, type, expr)        { #id, vector_##id, V_TEST, R_##id, 0 },
#define VSPLAT(id, scalar, expr)     { #id, vector_##id, V_SPLAT, R_##id, 0 },
#define VEXTRACT(id, scalar, result) { #id, vector_##id, V_EXTRACT, R_##id, 16 / sizeof(scalar) },
#define VREPLACE(id, scalar)         { #id, vector_##id, V_REPLACE, R_##id, 16 / sizeof(scalar) },
#define VLOAD(id, scalar, expr)      { #id, vector_##id, V_LOAD, R_##id, sizeof(scalar) },
#include "engine/regir/simd.def"
};

static u64 edge(unsigned width)
{
	u64 r = random_u64();

	switch (width) {
	case 8:  return (const u8[]){ 0, 1, 0x7f, 0x80, 0xff, 0x81 }[r % 6];
	case 16: return (const u16[]){ 0, 1, 0x7fff, 0x8000, 0xffff, 0x80, 0xff, 0x7f }[r % 8];
	case 32: return floats32[r % (sizeof floats32 / 8)];
	default: return floats64[r % (sizeof floats64 / 8)];
	}
}

/* Lanes of all widths, half of them on the edge of something. */
static union vector random_vector(unsigned i)
{
	union vector r = { .halves = { random_u64(), random_u64() } };
	unsigned width = 8u << i % 4;

	for (unsigned lane = 0; lane < 128 / width && i % 8 < 4; lane++) {
		u64 v = edge(width);
		if (i % 3)
			memcpy(r.bytes + lane * width / 8, &v, width / 8);
	}
	if (i % 16 == 15)
		r.halves[0] = r.halves[1] = i & 16 ? 0 : ~0ull;
	return r;
}

static bool emit_vector(const struct vector_row *r, const struct piece *p)
{
	switch (r->kind) {
	case V_UN:      return m_simd2(&m, r->op, p->d, p->a);
	case V_BIN:     return m_simd3(&m, r->op, p->d, p->a, p->b);
	case V_TER:     return m_simd4(&m, r->op, p->d, p->a, p->b, p->c);
	case V_SHIFT:   return m_simd_shift(&m, r->op, p->d, p->a, p->c);
	case V_TEST:    return m_simd_test(&m, r->op, p->d, p->a);
	case V_SPLAT:   return m_simd_splat(&m, r->op, p->d, p->c);
	case V_EXTRACT: return m_simd_extract(&m, r->op, p->d, p->a, (unsigned)p->k);
	case V_REPLACE: return m_simd_replace(&m, r->op, p->d, p->a, p->c, (unsigned)p->k);
	default:
		if (r->op == R_V128_LOAD)
			m_vload(&m, MEM_V128, p->d, p->address);
		else
			return m_simd_load(&m, r->op, p->d, p->address);
		return true;
	}
}

/* Which of two NaNs comes out of a fused multiplication and addition is left to whoever compiles simd.h: lanes of GOT that are NaN, too. */
static void take_nans(const struct vector_row *r, union vector *want, const u64 got[2])
{
	union vector g;

	memcpy(&g, got, 16);
	for (unsigned i = 0; i < 4 && (r->op == R_F32X4_RELAXED_MADD || r->op == R_F32X4_RELAXED_NMADD); i++)
		if ((want->words[i] & 0x7fc00000) == 0x7fc00000 && (g.words[i] & 0x7fc00000) == 0x7fc00000)
			want->words[i] = g.words[i];
	for (unsigned i = 0; i < 2 && (r->op == R_F64X2_RELAXED_MADD || r->op == R_F64X2_RELAXED_NMADD); i++)
		if (want->halves[i] << 1 >= 0xfff0000000000000 && g.halves[i] << 1 >= 0xfff0000000000000)
			want->halves[i] = g.halves[i];
}

static void run_vector(const struct vector_row *r, const struct piece *p, unsigned i)
{
	struct state s, want;
	union vector x = random_vector(i), y = random_vector(i * 5 + 1), z = random_vector(i * 3 + 2), result;
	bool scalar = r->kind == V_TEST || r->kind == V_EXTRACT;
	u64 n = i % 2 ? random_u64() : i;

	fill(&s);
	if (p->address.base != NO_REG && r->kind == V_LOAD)
		s.x[p->address.base] = 4096 + i;
	if (r->kind == V_TER)
		memcpy(s.v[p->c], &z, 16);
	if (r->kind == V_SHIFT || r->kind == V_SPLAT || r->kind == V_REPLACE)
		s.x[p->c] = n;
	memcpy(s.v[p->b], &y, 16);
	memcpy(s.v[p->a], &x, 16);
	memcpy(&y, s.v[p->b], 16);
	memcpy(&z, s.v[p->c % 32], 16);
	if (r->kind == V_LOAD)
		memcpy(memory + 4096 + i + p->address.offset, &x, 16);
	if (r->kind == V_EXTRACT)
		n = (u64)p->k;
	else if (r->kind == V_REPLACE)
		n = n << 8 | (u64)p->k;
	result = r->expect(x.v, y.v, z.v, n);
	want = s;
	if (r->kind == V_REPLACE && r->lanes == 2)      /* all 64 bits of the register count */
		memcpy(result.bytes + 8 * p->k, &s.x[p->c], 8);
	if (scalar)
		want.x[p->d] = result.halves[0];
	unsigned before = wrong;
	runs++;
	call_code(exec + p->at, &s);
	if (!scalar) {
		take_nans(r, &result, s.v[p->d]);
		memcpy(want.v[p->d], &result, 16);
	}
	compare(p, &s, &want);
	if (wrong != before && wrong < 8)
		printf("#     operands %016llx:%016llx %016llx:%016llx %llx\n", (unsigned long long)x.halves[1],
			(unsigned long long)x.halves[0], (unsigned long long)y.halves[1], (unsigned long long)y.halves[0], (unsigned long long)n);
}

/* How registers coincide, as bits: b is a, d is a, d is b, c is d, c is a. */
static void test_vectors(void)
{
	static const uint8_t ways[] = { 0, 1, 2, 4, 3, 8, 16, 10 };

	for (unsigned i = 0; i < sizeof vector_rows / sizeof *vector_rows; i++) {
		const struct vector_row *r = &vector_rows[i];
		bool general = r->kind == V_TEST || r->kind == V_EXTRACT, formed = true;
		begin_group();
		now = r->name;
		for (unsigned j = 0; j < 8 + r->lanes; j++) {
			unsigned way = ways[j % 8];
			vreg a = pick('v'), b = way & 1 ? a : pick('v'), d = way & 2 ? a : way & 4 ? b : pick('v');
			vreg c = way & 8 ? d : way & 16 ? a : pick('v');
			struct piece *p = begin_piece(NULL, general ? pick('g') : d, a, b);
			p->c = r->kind == V_TER ? c : pick('g');
			p->k = r->lanes ? j % r->lanes : 0;
			p->address = (struct address){ 8, NO_REG, 0, 0, j * 4 };
			formed &= emit_vector(r, p);
			end_piece(NULL);
		}
		publish();
		for (unsigned j = 0; j < npieces; j++)
			for (unsigned k = 0; k < 48; k++)
				run_vector(r, &pieces[j], k);
		CHECK(formed, "%s has a form", now);
		end_group(now);
	}
}

/* Bytes of two vectors, and bytes picked by number. */
static void test_shuffles(void)
{
	static uint8_t which[64][16];

	begin_group();
	now = "shuffle";
	for (unsigned i = 0; i < 64; i++) {
		for (unsigned k = 0; k < 16; k++)
			which[i][k] = i < 17 ? (uint8_t)(i + k) : (uint8_t)(random_u64() % 32);
		vreg a = pick('v'), b = i & 1 ? a : pick('v'), d = i % 8 == 2 ? a : i % 8 == 4 ? b : pick('v');
		struct piece *p = begin_piece(NULL, d, a, b);
		p->k = i;
		m_simd_shuffle(&m, d, a, b, which[i]);
		end_piece(NULL);
		p = begin_piece(NULL, d, a, b);
		p->k = -1;
		m_simd3(&m, R_I8X16_SWIZZLE, d, a, b);
		end_piece(NULL);
	}
	publish();
	for (unsigned j = 0; j < npieces; j++) {
		struct piece *p = &pieces[j];
		struct state s, want;
		union vector x, y, r;
		fill(&s);
		if (p->k < 0 && p->a != p->b)
			s.v[p->b][0] &= 0x1f1f1f1f0f0f0f0f;
		want = s;
		memcpy(&x, s.v[p->a], 16);
		memcpy(&y, s.v[p->b], 16);
		for (unsigned i = 0; i < 16; i++) {
			unsigned k = p->k < 0 ? y.bytes[i] : which[p->k][i];
			r.bytes[i] = k < 16 ? x.bytes[k] : p->k < 0 ? 0 : y.bytes[k - 16];
		}
		memcpy(want.v[p->d], &r, 16);
		execute(p, &s, &want);
	}
	end_group(now);
}

/* ---- control ---------------------------------------------------------------------------------------------------------- */

/* Labels before, behind, and farther than a conditional branch reaches. */
static void test_switch(void)
{
	enum { N = 5 };

	begin_group();
	now = "switch";
	struct label labels[N + 1], back = LABEL_NEW;
	a64_mov(&m, W64, 12, 12);
	m_bind(&m, &back);
	m_imm(&m, 0, 100);
	a64_ret(&m);
	for (unsigned i = 0; i <= N; i++)
		labels[i] = i == 2 ? back : LABEL_NEW;
	struct piece *p = begin_piece(NULL, 0, 12, 0);
	m_switch(&m, p->a, N, labels);
	for (unsigned i = 0; i <= N; i++) {
		if (i == 2)
			continue;
		m_room(&m);
		m_bind(&m, &labels[i]);
		m_imm(&m, 0, 10 + i);
		a64_ret(&m);
	}
	publish();
	for (unsigned i = 0; i < 12; i++) {
		struct state s, want;
		fill(&s);
		s.x[12] = i < 10 ? i : i == 10 ? 0xffffffff : 0x80000000;
		want = s;
		want.x[0] = i == 2 ? 100 : i < N ? 10 + i : 10 + N;
		execute(p, &s, &want);
	}
	end_group(now);
}

static void test_far(void)
{
	for (unsigned far = 0; far < 2; far++) {
		begin_group();
		now = "far";
		m.far = far;
		struct label l = LABEL_NEW, back = LABEL_NEW;
		m_room(&m);
		m_bind(&m, &back);
		m_imm(&m, 0, 7);
		a64_ret(&m);
		struct piece *p = begin_piece(NULL, 0, 12, 0);
		m_branch_imm(&m, COND_EQ, W64, 12, 5, &l);
		m_branch_imm(&m, COND_EQ, W64, 12, 0, &l);
		m_imm(&m, 0, 2);
		a64_ret(&m);
		for (unsigned i = 0; i < 300000; i++) {
			m_room(&m);
			a64_mov(&m, W64, 12, 12);
		}
		m_bind(&m, &l);
		m_branch_imm(&m, COND_EQ, W64, 12, 0, &back);
		end_piece(NULL);
		if (!far) {
			CHECK(m.failed && m.far, "a branch that does not reach asks for far ones");
			continue;
		}
		publish();
		for (unsigned i = 0; i < 8; i++) {
			struct state s, want;
			fill(&s);
			s.x[12] = i;
			want = s;
			want.x[0] = i == 5 ? 0 : i == 0 ? 7 : 2;
			execute(p, &s, &want);
		}
		end_group("far branches");
	}
}

/* ---- the frame protocol ----------------------------------------------------------------------------------------------- */

static u64 helper(u64 a, u64 b, u64 c, u64 d, u64 e, u64 f)
{
	return a + 3 * b + 5 * c + 7 * d + 11 * e + 13 * f;
}

/* As a handler that leaves: an exit code to whatever is on top of the native stack. */
static u64 slow_way(u64 pc)
{
	return pc == 0x1234 ? 9 : 8;
}

static void run_protocol(const struct piece *p, u64 pc, u64 result)
{
	struct state s, want;

	fill(&s);
	s.x[ENTRY_P] = 0x5678;
	s.x[22] = pc;
	runs++;
	call_code(exec + p->at, &s);
	want = s;
	want.x[0] = result;
	compare(p, &s, &want);
}

static void test_protocol(void)
{
	struct label none = LABEL_NEW, left = LABEL_NEW, other = LABEL_NEW;
	struct ctx c = { .native_limit = NULL };
	const void *callee;

	begin_group();
	now = "protocol";
	/* the callee: its return cell comes in x22 */
	begin_piece(NULL, 0, 0, 0);
	m_mov(&m, W64, ENTRY_PC, 22);
	m_branch_caller(&m, ENTRY_PC, &other);
	m_return(&m);
	m_bind(&m, &other);
	m_goto(&m, (const void *)(uintptr_t)slow_way);
	callee = exec + pieces[0].at;
	/* the caller: 1 behind a call that returned, else the exit code */
	for (unsigned i = 0; i < 2; i++) {
		struct piece *p = begin_piece(NULL, 0, 0, 0);
		left = LABEL_NEW;
		a64_stp_push(&m, LINK, ZERO);
		if (i == 0) {
			m_imm(&m, 23, (uintptr_t)callee);
			m_call_reg(&m, 23);
		} else {
			m_call_slot(&m, &callee);
		}
		p->fault_at = m.return_at;
		m_branch_left(&m, &left);
		a64_ldp_sp(&m, LINK, X17);
		a64_pop(&m);
		m_imm(&m, 0, 1);
		a64_ret(&m);
		/* left: the native stack still has the call's two words */
		m_bind(&m, &left);
		a64_pop(&m);
		a64_ldp_sp(&m, LINK, X17);
		a64_pop(&m);
		a64_ret(&m);
	}
	/* goto: the address on top of the stack is returned to */
	struct piece *p = begin_piece(NULL, 0, 0, 0);
	a64_stp_push(&m, LINK, ZERO);
	a64_stp_push(&m, LINK, ZERO);
	a64_adr(&m, X17, 0);
	uint32_t adr = m.at - 4;
	a64_access_scaled(&m, ACCESS_str_x, X17, SP, 0);
	m_mov(&m, W64, ENTRY_PC, 22);
	m_goto(&m, (const void *)(uintptr_t)slow_way);
	uint32_t end = m.at, to = adr;
	m.at = adr;
	a64_adr(&m, X17, (int32_t)(end - to));
	m.at = end;
	a64_pop(&m);
	a64_ldp_sp(&m, LINK, X17);
	a64_pop(&m);
	a64_ret(&m);
	/* room on the native stack */
	struct piece *room = begin_piece(NULL, 0, 0, 0);
	m_branch_native_room(&m, &none);
	end_piece(&none);
	/* a helper */
	struct piece *h = begin_piece(NULL, 0, 0, 0);
	a64_stp_push(&m, LINK, ZERO);
	m_arg(&m, 0, 22);
	m_arg_imm(&m, 1, 1000);
	m_arg_slot_address(&m, 2, 40);
	m_arg(&m, 3, 12);
	m_arg_imm(&m, 4, 0);
	m_arg_slot_address(&m, 5, 65000);
	m_helper(&m, (const void *)(uintptr_t)helper);
	a64_ldp_sp(&m, LINK, X17);
	a64_pop(&m);
	a64_ret(&m);
	publish();
	for (unsigned i = 1; i <= 2; i++) {
		run_protocol(&pieces[i], 0x5678, 1);
		run_protocol(&pieces[i], 0x1234, 9);
		run_protocol(&pieces[i], 0x1235, 8);
		uint32_t word = a64_word(&m, pieces[i].fault_at - 4);
		CHECK((word & 0xfffffc1f) == 0xd63f0000, "return_at is behind the call");
	}
	run_protocol(p, 0x1234, 9);
	for (unsigned i = 0; i < 2; i++) {
		struct state s, want;
		fill(&s);
		s.x[CTX] = (u64)(uintptr_t)&c;
		if (i)
			c.native_limit = (char *)UINTPTR_MAX;
		want = s;
		want.x[0] = i;
		execute(room, &s, &want);
	}
	struct state s;
	fill(&s);
	u64 expected = helper(s.x[22], 1000, s.x[FP] + 40, s.x[12], 0, s.x[FP] + 65000);
	runs++;
	call_code(exec + h->at, &s);
	if (s.x[0] != expected)
		complain(h, "the helper's result is %llx, not %llx", (unsigned long long)s.x[0], (unsigned long long)expected);
	end_group("calls and returns");
}

int main(void)
{
	struct sigaction act = { .sa_sigaction = on_fault, .sa_flags = SA_SIGINFO };

	exec = mmap(NULL, EXEC_BYTES, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	memory = mmap(NULL, RESERVED, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	if (!CHECK(exec != MAP_FAILED && memory != MAP_FAILED, "memory"))
		return tap_done();
	mprotect(memory, MEMORY, PROT_READ | PROT_WRITE);
	sigaction(SIGSEGV, &act, NULL);
	test_rows();
	for (int f = 0; f < FORM_COUNT; f++)
		test_form((enum form)f);
	test_immediates();
	test_moves();
	test_wide();
	test_vector_moves();
	test_pointers();
	test_accesses(LOAD, "loads");
	test_accesses(STORE, "stores");
	test_accesses(STORE_IMM, "stores of constants");
	test_accesses(ALU_LOAD, "operands in memory");
	test_accesses(FBIN_LOAD, "float operands in memory");
	test_atomics();
	test_vectors();
	test_shuffles();
	test_switch();
	test_far();
	test_protocol();
	return tap_done();
}

#endif
