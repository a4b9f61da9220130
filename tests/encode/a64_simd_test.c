/* Vector macro instructions of arm64: every row of simd.def, shuffles and swizzles, on lanes at the edges and others. */
#include "engine/regir/simd.h"
#include "tests/encode/a64_machine.h"
#include "tests/encode/a64_values.h"

#if defined(__aarch64__)

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
	u64 r = machine_random();

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
	union vector r = { .halves = { machine_random(), machine_random() } };
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
	u64 n = i % 2 ? machine_random() : i;

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
		begin_group(r->name);
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
		end_group();
	}
}

/* Bytes of two vectors, and bytes picked by number. */
static void test_shuffles(void)
{
	static uint8_t which[64][16];

	begin_group("shuffle");
	for (unsigned i = 0; i < 64; i++) {
		for (unsigned k = 0; k < 16; k++)
			which[i][k] = i < 17 ? (uint8_t)(i + k) : (uint8_t)(machine_random() % 32);
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
	end_group();
}

int main(void)
{
	if (!machine_start())
		return tap_done();
	test_vectors();
	test_shuffles();
	return tap_done();
}

#endif
