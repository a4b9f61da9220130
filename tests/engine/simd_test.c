/*
 * Vector instructions: every handler, of fast and of plain bodies, against the reference in plain C, on all pairs and
 * many triples of vectors made of edge values; loads and stores against what their names say.
 */
#include <stdlib.h>
#include <string.h>

#include "engine/ctx.h"
#include "engine/regir/interp.h"
#include "engine/regir/simd_ref.h"
#include "tests/harness/chance.h"
#include "tests/harness/tap.h"

/* ---- running one cell -------------------------------------------------------------------------- */

/* A frame: the fields of a cell are byte offsets into it. Vectors lie at odd slots, so they are not 16-byte aligned. */
enum { AT_DST = 8, AT_X = 24, AT_Y = 40, AT_Z = 56, AT_SCALAR = 72, FRAME_SLOTS = 12 };

struct bench {
	struct ctx ctx;
	struct instance inst;
	struct memory memory;
	struct memory *memories[1];
	uint8_t bytes[64];
	_Alignas(16) slot frame[FRAME_SLOTS];
};

struct operands {
	int32_t a, b, c, d;
};

static void bench_init(struct bench *t)
{
	*t = (struct bench){ 0 };
	t->memories[0] = &t->memory;
	t->inst.memories = t->memories;
	t->ctx.inst = &t->inst;
	t->memory.base = t->bytes;
	t->memory.size = sizeof t->bytes;
}

/* EXT: 16 bytes behind the cell, or NULL. Returns the exit code: EXIT_DONE, EXIT_BREAK or EXIT_TRAP. */
static unsigned run_fast(struct bench *t, enum op op, struct operands o, const void *ext)
{
	struct cell cells[3] = {
		{ .op = (uint32_t)(uintptr_t)interp_fast_table[op], .a = (uint16_t)o.a, .b = (uint16_t)o.b, { { o.c, o.d } } },
		{ .op = (uint32_t)(uintptr_t)h_EXIT },
		{ .op = (uint32_t)(uintptr_t)h_EXIT },
	};

	if (ext)
		memcpy(&cells[1], ext, 16);
	return interp_fast_table[op](cells, t->frame, &t->ctx, 0, 0, 0, 0);
}

static unsigned run_plain(struct bench *t, enum op op, struct operands o, const void *ext)
{
	struct wcell cells[3] = {
		{ .op = op, .a = o.a, .b = o.b, { { o.c, o.d } } }, { .op = R_BREAK }, { .op = R_BREAK },
	};

	if (ext)
		memcpy(&cells[1], ext, 16);
	t->ctx.plain_table = (const void *const *)(const void *)interp_plain_table;
	return interp_plain_table[op](cells, t->frame, &t->ctx, 0, 0, 0, 0);
}

typedef unsigned runner(struct bench *t, enum op op, struct operands o, const void *ext);
static runner *const runners[] = { run_fast, run_plain };

static bool ended(unsigned code)
{
	return code == EXIT_DONE || code == EXIT_BREAK;
}

/* ---- values -------------------------------------------------------------------------------------- */

enum { MAX_VALUES = 64 };

static unsigned make_values(uint8_t v[MAX_VALUES][16])
{
	static const uint8_t e8[] = { 0, 1, 0x7f, 0x80, 0xff, 0x81, 15, 16, 31, 127, 2, 0xfe, 0x40, 0xc0, 100, 0x55 };
	static const uint16_t e16[] = { 0, 1, 0x7fff, 0x8000, 0xffff, 0x8001, 0x7f, 0x80, 0xff, 0x100, 0xff7f, 0xff80 };
	static const uint32_t e32[] = {
		0, 0x80000000, 1, 0x80000001, 0x7fffffff, 0xffffffff, 0x7fff, 0x8000, 0xffff, 0x10000, 0xffff7fff, 0xffff8000,
		0x007fffff, 0x00800000, 0x7f7fffff, 0xff7fffff, 0x7f800000, 0xff800000, 0x7fc00000, 0xffc00000,     /* f32 */
		0x7f800001, 0x7fa00000, 0xffffdead, 0x3f800000, 0xbf800000, 0x3f000000, 0xbf000000, 0x3fc00000,
		0xbfc00000, 0x40200000, 0xc0200000, 0x3effffff, 0x4affffff, 0x4b000000, 0x4b800001, 0x4effffff,
		0x4f000000, 0xcf000000, 0xcf000001, 0x4f7fffff, 0x4f800000, 0xbf7fffff, 0x3f800001, 0x40490fdb,
	};
	static const uint64_t e64[] = {
		0, UINT64_C(1) << 63, 1, UINT64_MAX, INT64_MAX, (UINT64_C(1) << 63) + 1, 0x7fffffff, 0x80000000, 0xffffffff,
		UINT64_C(0xffffffff80000000), UINT64_C(0xffffffff7fffffff), UINT64_C(0x000fffffffffffff),
		UINT64_C(0x0010000000000000), UINT64_C(0x7fefffffffffffff), UINT64_C(0x7ff0000000000000),
		UINT64_C(0xfff0000000000000), UINT64_C(0x7ff8000000000000), UINT64_C(0xfff8000000000000),
		UINT64_C(0x7ff0000000000001), UINT64_C(0x7ff4000000000000), UINT64_C(0xffffdeadbeef0000),
		UINT64_C(0x3ff0000000000000), UINT64_C(0xbff0000000000000), UINT64_C(0x3fe0000000000000),
		UINT64_C(0xbfe0000000000000), UINT64_C(0x3ff8000000000000), UINT64_C(0xc004000000000000),
		UINT64_C(0x3fdfffffffffffff), UINT64_C(0x432fffffffffffff), UINT64_C(0x4330000000000000),
		UINT64_C(0x4340000000000001), UINT64_C(0x41dfffffffc00000), UINT64_C(0x41e0000000000000),
		UINT64_C(0xc1e0000000200000), UINT64_C(0x41efffffffe00000), UINT64_C(0x41f0000000000000),
		UINT64_C(0x47efffffe0000000), UINT64_C(0x47effffff0000000), UINT64_C(0x36a0000000000000),
		UINT64_C(0x380fffffffffffff), UINT64_C(0x3690000000000000), UINT64_C(0x3690000000000001),
	};
	uint64_t seed = CHANCE_SEED;
	unsigned n = 0;

	for (unsigned i = 0; i < sizeof e8; i += 8, n++)
		for (unsigned k = 0; k < 16; k++)
			v[n][k] = e8[(k * 5 + i) % sizeof e8];
	for (unsigned i = 0; i < 12; i += 4, n++)
		for (unsigned k = 0; k < 8; k++)
			memcpy(v[n] + 2 * k, &e16[(k + i) % 12], 2);
	for (unsigned i = 0; i < sizeof e32 / 4; i += 4, n++)
		memcpy(v[n], e32 + i, 16);
	for (unsigned i = 0; i < sizeof e64 / 8; i += 2, n++)
		memcpy(v[n], e64 + i, 16);
	for (unsigned i = 0; i < 8; i++, n++)
		for (unsigned k = 0; k < 16; k += 8) {
			chance_next(&seed);
			memcpy(v[n] + k, &seed, 8);
		}
	memset(v[n++], 0, 16);
	memset(v[n++], 0xff, 16);
	memset(v[n++], 0x80, 16);
	return n;
}

/* ---- comparing ----------------------------------------------------------------------------------- */

static uint64_t bits_of(const uint8_t *v, unsigned width, unsigned i)
{
	uint64_t r = 0;

	memcpy(&r, v + width / 8 * i, width / 8);
	return r;
}

static bool is_nan(uint64_t x, unsigned width)
{
	return width == 32 ? (x & 0x7fffffff) > 0x7f800000 : (x & INT64_MAX) > UINT64_C(0x7ff0000000000000);
}

static uint64_t quiet_bit(unsigned width)
{
	return UINT64_C(1) << (width == 32 ? 22 : 51);
}

/* The bits below the quiet one. */
static uint64_t payload(uint64_t x, unsigned width)
{
	return x & (quiet_bit(width) - 1);
}

/* Lanes of a float result, where the reference has a canonical NaN: a quiet one, and canonical if no operand has more. */
static bool floats_agree(const uint8_t *got, const struct simd_ref *r, bool plain_nans)
{
	unsigned w = r->nan_width;

	for (unsigned i = 0; i < 128 / w; i++) {
		uint64_t g = bits_of(got, w, i), e = bits_of(r->out, w, i);
		if (is_nan(e, w) ? !is_nan(g, w) || !(g & quiet_bit(w)) || (plain_nans && payload(g, w)) : g != e)
			return false;
	}
	return true;
}

/* Whether no operand holds a NaN but canonical ones. */
static bool nans_are_plain(const struct simd_ref *r, unsigned n)
{
	for (unsigned k = 0; k < n; k++)
		for (unsigned w = 32; w <= 64; w += 32)
			for (unsigned i = 0; i < 128 / w; i++) {
				uint64_t x = bits_of(r->in[k], w, i);
				if (is_nan(x, w) && (payload(x, w) || !(x & quiet_bit(w))))
					return false;
			}
	return true;
}

static bool agrees(const struct bench *t, enum op op, const struct simd_ref *r, int32_t dst)
{
	const struct op_info *info = &op_info[op];
	const uint8_t *got = (const uint8_t *)t->frame + dst;
	unsigned vectors = 0;

	if (info->sig[info->nparams + 1] != 'v')
		return memcmp(got, &r->scalar_out, 8) == 0;
	for (unsigned i = 0; i < info->nparams; i++)
		vectors += info->sig[i] == 'v';
	return r->nan_width ? floats_agree(got, r, nans_are_plain(r, vectors)) : memcmp(got, r->out, 16) == 0;
}

/* ---- operations on vectors alone ----------------------------------------------------------------- */

static void print_vector(const char *what, const uint8_t *v)
{
	char text[40];

	for (unsigned i = 0; i < 16; i++)
		snprintf(text + 2 * i, 3, "%02x", v[15 - i]);
	tap_note("%s %s", what, text);
}

/* Once with the result apart, once on top of the first operand, once on the second. */
static bool try_op(struct bench *t, enum op op, struct simd_ref *r)
{
	const struct op_info *info = &op_info[op];
	const char *sig = info->sig;
	bool lane = info->lower == LOWER_LANE, shuffle = op == OP_I8X16_SHUFFLE, scalar2 = info->nparams == 2 && sig[1] != 'v';
	struct operands o = {
		.b = sig[0] == 'v' ? AT_X : AT_SCALAR, .c = scalar2 ? AT_SCALAR : AT_Y, .d = lane && !shuffle ? r->lanes[0] : AT_Z,
	};

	if (!simd_ref(op, r))
		return false;
	const int32_t places[] = { AT_DST, AT_X, AT_Y };
	for (unsigned k = 0; k < 2; k++)
		for (unsigned p = 0; p < 3; p++) {
			memset(t->frame, 0xcc, sizeof t->frame);
			memcpy((char *)t->frame + AT_X, r->in[0], 16);
			memcpy((char *)t->frame + AT_Y, r->in[1], 16);
			memcpy((char *)t->frame + AT_Z, r->in[2], 16);
			memcpy((char *)t->frame + AT_SCALAR, &r->scalar_in, 8);
			o.a = places[p];
			if (!ended(runners[k](t, op, o, shuffle ? r->lanes : NULL)) || !agrees(t, op, r, o.a)) {
				print_vector("x  ", r->in[0]);
				print_vector("y  ", r->in[1]);
				print_vector("z  ", r->in[2]);
				print_vector("got", (const uint8_t *)t->frame + o.a);
				print_vector("not", r->out);
				tap_note("scalar in %llx, out %llx, lane %d; %s, destination %d", (unsigned long long)r->scalar_in,
					(unsigned long long)r->scalar_out, r->lanes[0], k ? "plain" : "fast", o.a);
				return false;
			}
			if (t->frame[AT_SCALAR / 8] != r->scalar_in || t->frame[0] != 0xcccccccccccccccc)
				return false;
		}
	return true;
}

static unsigned lanes_of(enum op op)
{
	const char *x = strchr(op_info[op].text, 'x');

	return op_info[op].text[0] != 'v' && x ? (unsigned)atoi(x + 1) : 1;
}

static bool try_values(struct bench *t, enum op op, uint8_t v[MAX_VALUES][16], unsigned n)
{
	static const uint64_t scalars[] = { 0, 1, 7, 8, 15, 31, 63, 64, 0x80, 0xffff8000, 0xffffffff, 0x7fa00000 };
	const struct op_info *info = &op_info[op];
	unsigned ny = info->nparams >= 2 && info->sig[1] == 'v' ? n : 12, nz = info->nparams == 3 ? n : 1;

	for (unsigned x = 0; x < n; x++)
		for (unsigned y = 0; y < ny; y++)
			for (unsigned z = 0; z < nz; z += 7) {
				struct simd_ref r = { .scalar_in = scalars[y % 12] };
				memcpy(r.in[0], v[x], 16);
				memcpy(r.in[1], v[y], 16);
				memcpy(r.in[2], v[(z + y) % n], 16);
				for (unsigned i = 0; i < 16; i++)
					r.lanes[i] = (uint8_t)(v[y][i] + 11 * i) % (op == OP_I8X16_SHUFFLE ? 32 : lanes_of(op));
				if (!try_op(t, op, &r))
					return false;
			}
	return true;
}

static void test_operations(struct bench *t)
{
	static uint8_t v[MAX_VALUES][16];
	unsigned n = make_values(v), count = 0;

	for (unsigned i = 0; i < OP_COUNT; i++) {
		enum op op = (enum op)i;
		if (op_info[op].prefix != 0xfd || (op_info[op].lower != LOWER_NUM && op_info[op].lower != LOWER_LANE))
			continue;
		CHECK(try_values(t, op, v, n), "%s is what the reference computes", op_info[op].text);
		count++;
	}
	CHECK(count == 233, "%u operations on vectors", count);
}

/* ---- memory -------------------------------------------------------------------------------------- */

/* Bytes that move: the natural alignment. */
static unsigned access_size(enum op op)
{
	return 1u << op_info[op].align;
}

/* What a load makes of the bytes at P, by its name. */
static void load_expected(enum op op, const uint8_t *p, uint8_t *out)
{
	const char *text = op_info[op].text;
	unsigned size = access_size(op), half;

	memset(out, 0, 16);
	if (strstr(text, "_splat")) {
		for (unsigned i = 0; i < 16; i += size)
			memcpy(out + i, p, size);
	} else if (strchr(text, 'x')) {
		half = (unsigned)atoi(text + strlen("v128.load")) / 8;
		for (unsigned i = 0; i < 8 / half; i++) {
			memcpy(out + 2 * half * i, p + half * i, half);
			if (text[strlen(text) - 1] == 's' && p[half * i + half - 1] >= 0x80)
				memset(out + 2 * half * i + half, 0xff, half);
		}
	} else {
		memcpy(out, p, size);
	}
}

static bool try_access(struct bench *t, runner *run, enum op op, uint64_t address, uint64_t offset)
{
	bool store = op_info[op].lower == LOWER_STORE, lanes = op_info[op].lower == LOWER_LANE_MEM;
	bool writes = op_info[op].nresults == 0;
	unsigned size = access_size(op), nlanes = 16 / size;
	uint8_t vector[16], before[64], expected[16];
	uint64_t ea = (uint32_t)address + offset;

	for (unsigned i = 0; i < 64; i++)
		before[i] = t->bytes[i] = (uint8_t)(i * 37 + 0x70);
	for (unsigned i = 0; i < 16; i++)
		vector[i] = (uint8_t)(0xa0 + i);
	struct mem_ext ext = { .offset = offset, .lane = lanes ? (uint32_t)(ea % nlanes) : 0 };
	memset(t->frame, 0xcc, sizeof t->frame);
	if (lanes)
		memcpy((char *)t->frame + AT_DST + 8, vector, 16);
	else if (store)
		memcpy((char *)t->frame + AT_DST, vector, 16);
	t->frame[lanes ? AT_DST / 8 : AT_SCALAR / 8] = address;
	t->ctx.trap.kind = TRAP_NONE;
	unsigned code = run(t, op, (struct operands){ .a = AT_DST, .b = lanes ? 0 : AT_SCALAR }, &ext);
	if (ea < offset || ea > 64 || 64 - ea < size)
		return code == EXIT_TRAP && t->ctx.trap.kind == TRAP_MEMORY_BOUNDS && memcmp(before, t->bytes, 64) == 0;
	if (!ended(code))
		return false;
	if (writes) {
		memcpy(before + ea, vector + ext.lane * size, size);
		return memcmp(before, t->bytes, 64) == 0;
	}
	if (lanes) {
		memcpy(expected, vector, 16);
		memcpy(expected + ext.lane * size, before + ea, size);
	} else {
		load_expected(op, before + ea, expected);
	}
	return memcmp((char *)t->frame + AT_DST, expected, 16) == 0;
}

static bool try_accesses(struct bench *t, enum op op)
{
	for (unsigned k = 0; k < 2; k++) {
		for (uint64_t at = 0; at < 70; at++)
			if (!try_access(t, runners[k], op, at, 0) || !try_access(t, runners[k], op, at, 3))
				return false;
		if (!try_access(t, runners[k], op, 0xffffffff, 0) || !try_access(t, runners[k], op, 0xffffffff, 1)
		    || !try_access(t, runners[k], op, UINT64_C(0xdeadbeef00000004), 0)
		    || !try_access(t, runners[k], op, 4, UINT64_C(0xffffffffffffffff)))
			return false;
	}
	return true;
}

static void test_memory(struct bench *t)
{
	unsigned count = 0;

	for (unsigned i = 0; i < OP_COUNT; i++) {
		enum op op = (enum op)i;
		enum lower l = (enum lower)op_info[op].lower;
		if (op_info[op].prefix != 0xfd || (l != LOWER_LOAD && l != LOWER_STORE && l != LOWER_LANE_MEM))
			continue;
		CHECK(try_accesses(t, op), "%s moves what it says and stays inside the memory", op_info[op].text);
		count++;
	}
	CHECK(count == 22, "%u accesses to memory", count);
}

int main(void)
{
	static struct bench t;

	bench_init(&t);
	test_operations(&t);
	test_memory(&t);
	return tap_done();
}
