/*
 * Vector macro instructions of x86-64: every row of simd.def, shuffles and swizzles are executed on registers that overlap
 * or not, with all features and few; what comes out is to the bit what the interpreter's handler makes of the same operands.
 */
#include "engine/ctx.h"
#include "engine/op.h"
#include "engine/regir/interp.h"
#include "engine/regir/simd.h"
#include "tests/encode/x64_machine.h"

#if defined(__x86_64__)

enum { ROUNDS = 400 };

/* ---- the interpreter ---------------------------------------------------------------------------------------- */

/* A frame: the fields of the cell are byte offsets into it. */
enum { AT_DST = 0, AT_X = 16, AT_Y = 32, AT_Z = 48, AT_SCALAR = 64, FRAME_SLOTS = 10 };

static uint8_t guest[64];

static void interpret(enum regir op, slot *frame, struct cell fields, const void *ext)
{
	struct ctx ctx = { 0 };
	struct instance inst = { 0 };
	struct memory memory = { 0 }, *memories[1] = { &memory };
	struct cell cells[3] = { fields, { .op = (uint32_t)(uintptr_t)h_EXIT }, { .op = (uint32_t)(uintptr_t)h_EXIT } };

	cells[0].op = (uint32_t)(uintptr_t)interp_fast_table[op];
	if (ext)
		memcpy(&cells[1], ext, 16);
	inst.memories = memories;
	ctx.inst = &inst;
	memory.base = guest;
	memory.size = sizeof guest;
	interp_fast_table[op](cells, frame, &ctx, 0, 0, 0, 0);
}

/* ---- values --------------------------------------------------------------------------------------------------- */

static void some_vector(uint64_t v[2])
{
	static const uint32_t words[] = {
		0, 1, 2, 0xffffffff, 0x80000000, 0x7fffffff, 0x80008000, 0x7fff7fff, 0xffff8000, 0x80808080, 0x7f7f7f7f, 0x00ff00ff,
		0x01010101, 0x10080402, 0x3f800000, 0xbf800000, 0x40200000, 0x4f000000, 0xcf000000, 0x4f800000, 0x4effffff, 0x4b000000,
		0x7f800000, 0xff800000, 0x7fc00000, 0xffc00123, 0x7f800001, 0xff812345, 0x00000001, 0x3f000000, 0xbf000000,
	};
	static const uint64_t doubles[] = {
		0, 0x8000000000000000, 0x3ff0000000000000, 0xbff0000000000000, 0x41dfffffffc00000, 0x41e0000000000000,
		0xc1e0000000000000, 0xc1e0000000200000, 0x41efffffffe00000, 0x41f0000000000000, 0x4330000000000001, 0x7ff0000000000000,
		0xfff0000000000000, 0x7ff8000000000000, 0xfff8000000000123, 0x7ff0000000000001, 0xfff4000012345678, 0x3fe0000000000000,
		0x4004000000000000, 0xbfe8000000000000, 0x7fefffffffffffff, 0x0000000000000001, 0x41dfffffffe00000,
	};
	uint64_t r = machine_random();
	unsigned n = sizeof words / sizeof *words;

	for (unsigned i = 0; i < 2; i++) {
		uint64_t s = machine_random();

		v[i] = r % 8 == 0 ? machine_random() : r % 8 < 3 ? doubles[s % (sizeof doubles / sizeof *doubles)]
			: words[(s >> 8) % n] | (uint64_t)words[(s >> 20) % n] << 32;
	}
}

static void randomise(struct machine *s)
{
	for (unsigned i = 0; i < 16; i++) {
		s->r[i] = machine_random();
		some_vector(s->x[i]);
	}
	s->r[MEM] = (uint64_t)(uintptr_t)guest;
}

/* ---- one operation, once ------------------------------------------------------------------------------------------ */

enum kind { KIND_2, KIND_3, KIND_4, KIND_SHIFT, KIND_TEST, KIND_SPLAT, KIND_EXTRACT, KIND_REPLACE, KIND_LOAD, KIND_SHUFFLE };

struct row {
	uint16_t op;
	uint8_t kind, lanes;
};

/* Patterns that have short forms, and any. */
static void some_lanes(uint8_t lanes[16])
{
	uint64_t r = machine_random();
	unsigned size = 1u << (r & 3), n = 16 / size, which = r >> 8 & 7, first = r >> 16 & 31;

	for (unsigned i = 0; i < n; i++) {
		unsigned from = which == 0 ? i / 2 + (i & 1) * n + (first & 1) * (n / 2)                /* both in turn */
			: which == 1 ? i + (machine_random() & 1) * n                                   /* in place */
			: which == 2 ? first & (n - 1)                                                  /* one for all */
			: which == 3 ? (unsigned)machine_random() % n                                   /* of one operand */
			: which == 4 ? (i * 2 < n ? 0 : n) + (unsigned)machine_random() % n             /* half and half */
			: (unsigned)machine_random() % (2 * n);

		for (unsigned k = 0; k < size; k++)
			lanes[i * size + k] = (uint8_t)((from * size + k) ^ (first & 16 && which < 4 ? 16 : 0));
	}
	if (which == 7)
		for (unsigned i = 0; i < 16; i++)
			lanes[i] = (uint8_t)(first + i) & 31;
}

static bool emit(struct masm *m, const struct row *w, uint8_t d, vreg x, vreg y, vreg z, reg s, unsigned lane,
	const uint8_t lanes[16])
{
	const struct address a = { s, NO_REG, 0, 0, 3 };

	switch ((enum kind)w->kind) {
	case KIND_2: return m_simd2(m, w->op, d, x);
	case KIND_3: return m_simd3(m, w->op, d, x, y);
	case KIND_4: return m_simd4(m, w->op, d, x, y, z);
	case KIND_SHIFT: return m_simd_shift(m, w->op, d, x, s);
	case KIND_TEST: return m_simd_test(m, w->op, d, x);
	case KIND_SPLAT: return m_simd_splat(m, w->op, d, s);
	case KIND_EXTRACT: return m_simd_extract(m, w->op, d, x, lane);
	case KIND_REPLACE: return m_simd_replace(m, w->op, d, x, s, lane);
	case KIND_LOAD: return w->op == R_V128_LOAD ? (m_vload(m, MEM_V128, d, a), true) : m_simd_load(m, w->op, d, a);
	default: return m_simd_shuffle(m, d, x, y, lanes);
	}
}

/* 1: right; 0: wrong; -1: this machine has no form */
static int try_once(struct masm *m, const struct row *w, unsigned round)
{
	bool scalar = w->kind == KIND_TEST || w->kind == KIND_EXTRACT;
	vreg x = some_vreg(), y = some_vreg(), z = some_vreg();
	reg s = some_reg();
	uint8_t d = scalar ? some_reg() : some_vreg();
	unsigned lane = w->lanes ? (unsigned)machine_random() % w->lanes : 0;
	slot frame[FRAME_SLOTS];
	uint8_t lanes[16];
	struct mem_ext ext = { .offset = 3 };
	struct machine st, before;

	y = round % 5 == 1 ? x : y;
	z = round % 7 == 1 ? x : round % 7 == 2 ? y : z;
	if (!scalar)
		d = round % 6 == 2 ? x : round % 6 == 3 ? y : round % 6 == 4 ? z : d;
	some_lanes(lanes);
	randomise(&st);
	for (unsigned i = 0; i < sizeof guest; i++)
		guest[i] = (uint8_t)machine_random();
	if (w->kind == KIND_LOAD)
		st.r[s] = machine_random() % 32;
	if (round % 4 == 0)     /* lanes that are equal in both */
		st.x[y][round >> 3 & 1] = st.x[x][round >> 3 & 1];
	before = st;
	machine_begin(m, &st);
	if (!emit(m, w, d, x, y, z, s, lane, lanes))
		return -1;
	machine_run(m, &st);

	memcpy(frame + AT_X / 8, before.x[x], 16);
	memcpy(frame + AT_Y / 8, before.x[y], 16);
	memcpy(frame + AT_Z / 8, before.x[z], 16);
	frame[AT_SCALAR / 8] = before.r[s];
	struct cell k = { .a = AT_DST, .b = AT_X };
	k.c = AT_Y;
	k.d = AT_Z;
	if (w->kind == KIND_SPLAT || w->kind == KIND_LOAD)
		k.b = AT_SCALAR;
	if (w->kind == KIND_SHIFT || w->kind == KIND_REPLACE)
		k.c = AT_SCALAR;
	if (w->kind == KIND_EXTRACT || w->kind == KIND_REPLACE)
		k.d = (int32_t)lane;
	interpret(w->op, frame, k, w->kind == KIND_SHUFFLE ? (const void *)lanes : w->kind == KIND_LOAD ? (const void *)&ext : NULL);
	if (scalar)
		return st.r[d] == frame[0] && machine_kept(&before, &st, d, NO_REG);
	return !memcmp(st.x[d], frame, 16) && machine_kept(&before, &st, NO_REG, d);
}

static void check_row(const struct row *w)
{
	struct masm m = { 0 };
	uint32_t sets[4];
	unsigned nsets = machine_features(sets), wrong = 0, done = 0, missing = 0;

	for (unsigned f = 0; f < nsets; f++)
		for (unsigned round = 0; round < (w->kind == KIND_SHUFFLE ? 10 * ROUNDS : ROUNDS); round++) {
			m.features = sets[f];
			int right = try_once(&m, w, round);
			done += right >= 0;
			missing += right < 0;
			if (!right && wrong++ < 3)
				machine_note(&m, op_info[w->op].text);
		}
	CHECK(!wrong && done, "%s: %u runs%s", op_info[w->op].text, done, missing ? "; not with few features" : "");
	free(m.code);
}

int main(void)
{
	static const struct row rows[] = {
#define VUN(id, type, expr)          { R_##id, KIND_2, 0 },
#define VBIN(id, type, expr)         { R_##id, KIND_3, 0 },
#define VTER(id, type, expr)         { R_##id, KIND_4, 0 },
#define VSHIFT(id, type, expr)       { R_##id, KIND_SHIFT, 0 },
#define VTEST(id, type, expr)        { R_##id, KIND_TEST, 0 },
#define VSPLAT(id, scalar, expr)     { R_##id, KIND_SPLAT, 0 },
#define VEXTRACT(id, scalar, result) { R_##id, KIND_EXTRACT, 16 / sizeof(scalar) },
#define VREPLACE(id, scalar)         { R_##id, KIND_REPLACE, 16 / sizeof(scalar) },
#define VLOAD(id, scalar, expr)      { R_##id, KIND_LOAD, 0 },
#include "engine/regir/simd.def"
		{ R_I8X16_SWIZZLE, KIND_3, 0 }, { R_I8X16_RELAXED_SWIZZLE, KIND_3, 0 }, { R_I8X16_SHUFFLE, KIND_SHUFFLE, 0 },
	};

	if (!(x64_features() & FEATURE_SSE41)) {
		puts("1..0 # SKIP this processor has no SSE4.1");
		return 0;
	}
	CHECK(machine_start(), "memory for code");
	for (unsigned i = 0; i < sizeof rows / sizeof *rows; i++)
		check_row(&rows[i]);
	return tap_done();
}
#endif
