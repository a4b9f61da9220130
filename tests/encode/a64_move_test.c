/* Macro instructions of arm64 that move, choose, or compute what has no row in num.def: constants, selections, 128-bit sums. */
#include "tests/encode/a64_machine.h"
#include "tests/encode/a64_values.h"

#if defined(__aarch64__)

static const u64 more_constants[] = {
	0xffffffffffff1234, 0x1234ffffffffffff, 0x00ff00ff00ff00ff, 0xffffffff00000000, 0x0000ffff00000000, 0x1234000000005678, 0xffff,
	0x8000000000000001, 0xe000000000000007, 0xaaaaaaaaaaaaaaaa, 0xcccccccc, 0xfffffffffffffffe, 0xfffeffff, 0x3fc00000, 0x40490fdb,
	0x3ff8000000000000, 0xc03f000000000000, 0x4000000000000000, 0xbf80000000000000,
};
enum { NMORE = sizeof more_constants / sizeof *more_constants };

static u64 constant(unsigned i)
{
	return i < NCONSTANTS ? (u64)constants[i] : i < NCONSTANTS + NMORE ? more_constants[i - NCONSTANTS] : machine_random() >> i % 40;
}

static void test_immediates(void)
{
	begin_group("immediates");
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
	end_group();
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
	begin_group("moves");
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
	end_group();
}

/* 128-bit sums, vector moves and choices. */
static void test_wide(void)
{
	begin_group("wide");
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
	end_group();
}

static void test_vector_moves(void)
{
	begin_group("vector moves");
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
	end_group();
}

int main(void)
{
	if (!machine_start())
		return tap_done();
	test_immediates();
	test_moves();
	test_wide();
	test_vector_moves();
	return tap_done();
}

#endif
