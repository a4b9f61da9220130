/*
 * Macro instructions of x86-64 that go somewhere or touch memory: branches in every condition, form and distance, tables,
 * accesses of every type at every form of address (and where they fault: nothing was written before), calls, returns.
 */
#include <math.h>

#include "engine/regir/num.h"
#include "tests/encode/rmw.h"
#include "tests/encode/x64_machine.h"

#if defined(__x86_64__)

static void randomise(struct machine *s)
{
	for (unsigned i = 0; i < 16; i++) {
		s->r[i] = machine_random();
		s->x[i][0] = machine_random();
		s->x[i][1] = machine_random();
	}
}

static uint64_t edge(enum width w)
{
	static const uint64_t edges[] = {
		0, 1, 2, 127, 128, -1u, 0x7fffffff, 0x80000000, -(uint64_t)1, 0x7fffffffffffffff, 0x8000000000000000, 0x100000000, 5, 100
	};
	uint64_t v = edges[machine_random() % (sizeof edges / sizeof *edges)];

	return w == W32 ? (uint32_t)v : v;
}

/* ---- branches ---------------------------------------------------------------------------------------------- */

static bool holds(enum cond cond, enum width w, uint64_t x, uint64_t y)
{
	int64_t sx = w == W32 ? (int32_t)x : (int64_t)x, sy = w == W32 ? (int32_t)y : (int64_t)y;

	switch (cond) {
	case COND_EQ: return x == y;
	case COND_NE: return x != y;
	case COND_LT_S: return sx < sy;
	case COND_GE_S: return sx >= sy;
	case COND_LT_U: return x < y;
	case COND_GE_U: return x >= y;
	case COND_GT_S: return sx > sy;
	case COND_LE_S: return sx <= sy;
	case COND_GT_U: return x > y;
	default: return x <= y;
	}
}

/* Where slots lie: on both sides of the reach of a short displacement, and the last two of a frame. */
enum { FRAME_SLOTS = 8192, PLACES = 7 };
static const int32_t places[PLACES] = { 0, 8, 112, 120, 128, 32760, 65520 };
static uint64_t frame[FRAME_SLOTS];

enum branch_form { REGS, IMM, SLOT, BITS, PTR_IMM, PTR, BRANCH_FORMS };

/* The branch goes to a label that is bound behind it, or before it; near or far. */
static bool try_branch(struct masm *m, enum branch_form form)
{
	enum cond cond = machine_random() % COND_COUNT;
	enum width w = machine_random() & 1;
	reg a = some_reg(), b = some_reg(), base = R12;
	bool backward = machine_random() & 1, far = machine_random() & 1;
	int32_t at = places[machine_random() % PLACES];
	uint64_t *home = &frame[at / 8], taken = 0, y;
	struct label target = LABEL_NEW, over = LABEL_NEW, end = LABEL_NEW;
	struct machine s, before;

	while (form == PTR && a == base)
		a = some_reg();
	randomise(&s);
	s.r[b] = edge(w);
	s.r[a] = machine_random() & 1 ? s.r[b] : edge(w);
	y = form == REGS ? s.r[b] : machine_random() & 1 ? s.r[a] : edge(w);
	if (form == PTR_IMM || form == BITS) {
		y = (uint64_t)(int64_t)(int32_t)y;
		y = w == W32 ? (uint32_t)y : y;
	}
	uint64_t x = s.r[a];
	*home = form == PTR_IMM ? x : y;
	if (w == W32)
		*home |= machine_random() << 32;
	s.r[FP] = (uint64_t)(uintptr_t)frame;
	s.r[CTX] = (uint64_t)(uintptr_t)&taken;
	if (form == PTR || form == PTR_IMM)
		s.r[base] = (uint64_t)(uintptr_t)frame;
	if (form == BITS)
		cond &= 1;
	before = s;

	machine_begin(m, &s);
	if (backward) {
		m_jump(m, &over);
		m_bind(m, &target);
		m_ptr_store_imm(m, MEM_U64, 1, CTX, 0);
		m_jump(m, &end);
		for (unsigned i = 0; far && i < 200; i++)
			enc_zo(m, ENC_RET, 0), m_room(m);
		m_bind(m, &over);
	}
	m_room(m);
	switch (form) {
	case REGS: m_branch(m, cond, w, a, b, &target); break;
	case IMM: m_branch_imm(m, cond, w, a, (int64_t)y, &target); break;
	case SLOT: m_branch_slot(m, cond, w, a, at, &target); break;
	case BITS: m_branch_bits(m, cond, w, a, (int32_t)y, &target); break;
	case PTR_IMM: m_branch_ptr_imm(m, cond, w == W32 ? MEM_U32 : MEM_U64, base, at, (int32_t)y, &target); break;
	default: m_branch_ptr(m, cond, w, a, base, at, &target);
	}
	m_jump(m, &end);
	if (!backward) {
		for (unsigned i = 0; far && i < 200; i++)
			enc_zo(m, ENC_RET, 0), m_room(m);
		m_bind(m, &target);
		m_ptr_store_imm(m, MEM_U64, 1, CTX, 0);
	}
	m_bind(m, &end);
	machine_run(m, &s);

	bool want = form == BITS ? holds(cond, w, x & y, 0) : holds(cond, w, x, y);
	return taken == want && machine_kept(&before, &s, NO_REG, NO_REG);
}

static bool try_branch_u8(struct masm *m)
{
	uint8_t bytes[8] = { 0 };
	uint64_t taken = 0;
	int32_t k = (int32_t)(machine_random() & 0xff);
	enum cond cond = machine_random() & 1;
	struct label target = LABEL_NEW, end = LABEL_NEW;
	struct machine s, before;

	randomise(&s);
	bytes[3] = (uint8_t)(machine_random() & 1 ? k : (int)machine_random());
	s.r[CTX] = (uint64_t)(uintptr_t)&taken;
	s.r[RSI] = (uint64_t)(uintptr_t)bytes;
	before = s;
	machine_begin(m, &s);
	m_branch_ptr_imm(m, cond, MEM_U8, RSI, 3, k, &target);
	m_jump(m, &end);
	m_bind(m, &target);
	m_ptr_store_imm(m, MEM_U64, 1, CTX, 0);
	m_bind(m, &end);
	machine_run(m, &s);
	return taken == holds(cond, W32, bytes[3], (uint32_t)k) && machine_kept(&before, &s, NO_REG, NO_REG);
}

static bool try_fbranch(struct masm *m)
{
	static const double values[] = { 0.0, -0.0, 1, -1, 2, HUGE_VAL, -HUGE_VAL, 0x1p-1074 };
	enum fcond cond = machine_random() % FC_COUNT;
	enum width w = machine_random() & 1;
	vreg a = some_vreg(), b = some_vreg();
	reg d = some_reg();
	uint64_t taken = 0;
	struct label target = LABEL_NEW, end = LABEL_NEW;
	struct machine s, before;

	randomise(&s);
	for (unsigned i = 0; i < 2; i++) {
		double v = machine_random() % 4 ? values[machine_random() % 8] : (double)NAN;
		uint64_t *x = s.x[i ? b : a];

		x[0] = w == W32 ? slot_of_f32((f32)v) : slot_of_f64(v);
		x[1] = 0;
	}
	s.r[CTX] = (uint64_t)(uintptr_t)&taken;
	before = s;
	machine_begin(m, &s);
	m_fset(m, cond, w, d, a, b);
	m_fbranch(m, cond, w, a, b, &target);
	m_jump(m, &end);
	m_bind(m, &target);
	m_ptr_store_imm(m, MEM_U64, 1, CTX, 0);
	m_bind(m, &end);
	machine_run(m, &s);

	f64 x = w == W32 ? (f64)slot_to_f32(before.x[a][0]) : slot_to_f64(before.x[a][0]);
	f64 y = w == W32 ? (f64)slot_to_f32(before.x[b][0]) : slot_to_f64(before.x[b][0]);
	bool holds_for[] = { x == y, x != y, x < y, x > y, x <= y, x >= y };
	bool want = cond >= FC_NOT_EQ ? !holds_for[cond - FC_NOT_EQ] : holds_for[cond];
	return taken == want && s.r[d] == want && machine_kept(&before, &s, d, NO_REG);
}

static bool try_switch(struct masm *m)
{
	struct label labels[21], end = LABEL_NEW;
	uint32_t n = (uint32_t)(machine_random() % 21);
	reg index = some_reg();
	uint64_t got = 99;
	struct machine s, before;

	randomise(&s);
	s.r[index] = machine_random() & 1 ? machine_random() % (n + 2) : edge(W32);
	s.r[CTX] = (uint64_t)(uintptr_t)&got;
	before = s;
	machine_begin(m, &s);
	for (uint32_t i = 0; i <= n; i++)
		labels[i] = LABEL_NEW;
	struct label around = LABEL_NEW;
	m_jump(m, &around);
	m_bind(m, &labels[n / 2]);              /* one lies before the table */
	m_ptr_store_imm(m, MEM_U64, (int32_t)(n / 2), CTX, 0);
	m_jump(m, &end);
	m_bind(m, &around);
	m_switch(m, index, n, labels);
	for (uint32_t i = 0; i <= n; i++) {
		if (i == n / 2)
			continue;
		m_room(m);
		m_bind(m, &labels[i]);
		m_ptr_store_imm(m, MEM_U64, (int32_t)i, CTX, 0);
		m_jump(m, &end);
	}
	m_bind(m, &end);
	machine_run(m, &s);
	uint32_t want = (uint32_t)before.r[index] < n ? (uint32_t)before.r[index] : n;
	return got == want && machine_kept(&before, &s, NO_REG, NO_REG);
}

static bool try_branches(struct masm *m)
{
	for (enum branch_form f = 0; f < BRANCH_FORMS; f++)
		if (!try_branch(m, f))
			return false;
	return true;
}

/* ---- memory ------------------------------------------------------------------------------------------------- */

static const uint8_t type_bytes[MEM_COUNT] = { 1, 1, 1, 2, 2, 2, 4, 4, 8, 4, 8, 16 };

static uint64_t extended(enum mem_type t, uint64_t v)
{
	switch (t) {
	case MEM_U8: return (uint8_t)v;
	case MEM_S8_32: return (uint32_t)(int8_t)v;
	case MEM_S8_64: return (uint64_t)(int8_t)v;
	case MEM_U16: return (uint16_t)v;
	case MEM_S16_32: return (uint32_t)(int16_t)v;
	case MEM_S16_64: return (uint64_t)(int16_t)v;
	case MEM_U32: case MEM_F32: return (uint32_t)v;
	case MEM_S32_64: return (uint64_t)(int32_t)v;
	default: return v;
	}
}

/* A reservation of 8 GiB of which one page may be touched: so all sums of 32 bits and offsets are addresses. */
static uint8_t *guest;
static uint8_t *guest_page;             /* at WHERE */
enum { GUEST_PAGES = 4096 };

static bool guest_at(uint64_t where)
{
	uint64_t page = where & ~(uint64_t)4095;

	if (guest_page)
		mmap(guest_page, 2 * GUEST_PAGES, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_FIXED, -1, 0);
	guest_page = mmap(guest + page, 2 * GUEST_PAGES, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0);
	return guest_page != MAP_FAILED;
}

static struct address some_address(struct machine *s, reg other, uint64_t *where)
{
	static const uint32_t offsets[] = { 0, 1, 8, 127, 128, 4096, 0x7fffffff, 0x80000000, 0xffffffff, 0xfffffffe };
	struct address a = { NO_REG, NO_REG, 0, 0, offsets[machine_random() % 10] };
	uint32_t sum = 0;

	if (machine_random() % 8) {
		do {
			a.base = some_reg();
		} while (a.base == other);
		s->r[a.base] = edge(W32);
	}
	if (machine_random() % 2) {
		do {
			a.index = some_reg();
		} while (a.index == other);
		s->r[a.index] = edge(W32);
		a.shift = machine_random() & 3;
	}
	if (machine_random() % 2)
		a.k = (int32_t)edge(W32);
	if (a.base != NO_REG)
		sum += (uint32_t)s->r[a.base];
	if (a.index != NO_REG)
		sum += (uint32_t)s->r[a.index] << a.shift;
	*where = (uint64_t)(uint32_t)(sum + (uint32_t)a.k) + a.offset;
	return a;
}

static bool try_access(struct masm *m)
{
	enum mem_type t = machine_random() % MEM_COUNT;
	bool vector = t >= MEM_F32, store = machine_random() & 1, constant = store && !vector && machine_random() & 1;
	uint8_t r = vector ? some_vreg() : some_reg();
	uint64_t where, data[2] = { machine_random(), machine_random() }, k = edge(W64);
	uint8_t expect[48];
	struct machine s, before;

	randomise(&s);
	/* a load may replace a register of its address; what is stored should be known */
	struct address a = some_address(&s, vector || !store ? (reg)NO_REG : r, &where);
	s.r[MEM] = (uint64_t)(uintptr_t)guest;
	if (!guest_at(where))
		return false;
	memset(guest + where, 0x5a, 32);
	if (!store)
		memcpy(guest + where, data, 16);
	before = s;
	machine_begin(m, &s);
	if (constant)
		m_store_imm(m, t, (int64_t)k, a);
	else if (vector)
		(store ? m_vstore : m_vload)(m, t, r, a);
	else
		(store ? m_store : m_load)(m, t, r, a);
	uint32_t fault_at = m->fault_at;
	machine_run(m, &s);
	if (store) {
		memset(expect, 0x5a, sizeof expect);
		memcpy(expect, constant ? (const void *)&k : vector ? (const void *)before.x[r] : (const void *)&before.r[r], type_bytes[t]);
		return !memcmp(guest + where, expect, 32) && fault_at >= machine_body && machine_kept(&before, &s, NO_REG, NO_REG);
	}
	if (!vector)
		return s.r[r] == extended(t, data[0]) && machine_kept(&before, &s, r, NO_REG);
	uint64_t want[2] = { extended(t, data[0]), t == MEM_V128 ? data[1] : 0 };
	return !memcmp(s.x[r], want, 16) && machine_kept(&before, &s, NO_REG, r);
}

static bool try_frame(struct masm *m)
{
	enum mem_type t = machine_random() % MEM_COUNT;
	bool vector = t >= MEM_F32;
	reg base, index, d = some_reg();
	vreg v = some_vreg();
	int32_t at = places[machine_random() % PLACES], to = at < 32760 ? 32760 : 112;
	uint64_t data[2] = { machine_random(), machine_random() };
	struct machine s, before;

	randomise(&s);
	memcpy(&frame[at / 8], data, 16);
	do {
		base = some_reg();
		index = some_reg();
	} while (base == index);
	s.r[base] = (uint64_t)(uintptr_t)frame;
	s.r[index] = (uint64_t)at / 8;
	s.r[FP] = (uint64_t)(uintptr_t)frame;
	before = s;
	machine_begin(m, &s);
	unsigned how = machine_random() % 3;
	bool stored = how < 2;
	switch (how) {
	case 0:
		if (vector) {
			m_ptr_vload(m, t, v, base, at);
			m_ptr_vstore(m, t, v, base, to);
		} else {
			m_ptr_load(m, t, d, base, at);
			stored = d != base;
			if (stored)
				m_ptr_store(m, t, d, base, to);
		}
		break;
	case 1:
		t = vector ? (t == MEM_F32 ? MEM_F64 : t) : MEM_U64;
		if (vector) {
			m_slot_vload(m, t, v, at);
			m_slot_vstore(m, t, v, to);
		} else {
			m_slot_load(m, d, at);
			m_slot_store(m, d, to);
		}
		break;
	default:
		vector = false;
		t = MEM_U64;
		m_ptr_load_index(m, d, base, index, 3);
	}
	machine_run(m, &s);
	if (stored && memcmp(&frame[to / 8], data, type_bytes[t]) != 0)
		return false;
	if (!vector)
		return s.r[d] == extended(t, data[0]) && machine_kept(&before, &s, d, NO_REG);
	uint64_t want[2] = { extended(t, data[0]), t == MEM_V128 ? data[1] : 0 };
	return !memcmp(s.x[v], want, 16) && machine_kept(&before, &s, NO_REG, v);
}

/* ---- calls ------------------------------------------------------------------------------------------------------- */

static uint64_t helper_sum(uint64_t a, uint64_t b, uint64_t c, uint64_t d, uint64_t e, uint64_t f)
{
	_Alignas(16) volatile uint64_t pair[2] = { a, b };      /* wants an aligned stack */

	if ((uintptr_t)pair % 16)
		return 0;
	return pair[0] + pair[1] * 3 + c * 5 + d * 7 + e * 11 + f * 13;
}

static bool try_helper(struct masm *m)
{
	uint64_t slots[2];
	struct machine s, before;
	const void *function;
	uint64_t (*f)(uint64_t, uint64_t, uint64_t, uint64_t, uint64_t, uint64_t) = helper_sum;

	memcpy(&function, &f, sizeof function);
	randomise(&s);
	s.r[FP] = (uint64_t)(uintptr_t)slots;
	before = s;
	machine_begin(m, &s);
	if ((sizeof machine_saved + 1) % 2)     /* the prologue pushed so many, and there is a return address */
		enc_push(m, RAX);
	m_arg(m, 0, R12);
	m_arg(m, 1, R10);
	m_arg_imm(m, 2, 0xffffffff12345678);
	m_arg_imm(m, 3, 0);
	m_arg_slot_address(m, 4, 16);
	m_arg(m, 5, RBX);
	m_helper(m, function);
	m_mov(m, W64, SCRATCH, RESULT);
	if ((sizeof machine_saved + 1) % 2)
		enc_pop(m, RDX);
	machine_run(m, &s);
	return s.r[SCRATCH] == helper_sum(before.r[R12], before.r[R10], 0xffffffff12345678, 0, before.r[FP] + 16, before.r[RBX])
		&& s.r[RBX] == before.r[RBX] && s.r[R12] == before.r[R12] && s.r[R13] == before.r[R13] && s.r[MEM] == before.r[MEM]
		&& s.r[FP] == before.r[FP] && s.r[CTX] == before.r[CTX];
}

/* A callee that returns to the cell that its caller pushed, or to another one: then it goes elsewhere. */
static bool try_return(struct masm *m)
{
	bool same = machine_random() & 1, by_slot = machine_random() & 1;
	const void *callee_at = NULL;
	struct label left = LABEL_NEW, body = LABEL_NEW, callee = LABEL_NEW, slow = LABEL_NEW;
	struct machine s;

	randomise(&s);
	s.r[ENTRY_PC] = s.r[ENTRY_P] + !same;
	/* The code is run at machine_page: so addresses in it are known, once the sizes are. */
	for (unsigned pass = 0; pass < 2; pass++) {
		machine_begin(m, &s);
		left = body = callee = slow = LABEL_NEW;
		m_jump(m, &body);
		m_bind(m, &callee);
		uint32_t callee_offset = m->at;
		m_branch_caller(m, ENTRY_PC, &slow);
		m_return(m);
		m_bind(m, &slow);
		m_imm(m, RBX, 2);
		m_imm(m, RESULT, 7);
		enc_zo(m, ENC_RET, 0);
		m_bind(m, &body);
		callee_at = machine_page + callee_offset;
		m_imm(m, SCRATCH, (uintptr_t)callee_at);
		m_imm(m, RBX, 1);
		if (by_slot)
			m_call_slot(m, &callee_at);
		else
			m_call_reg(m, SCRATCH);
		bool noted = m->return_at < m->at && m->return_at > m->at - 16;
		m_branch_left(m, &left);
		m_imm(m, R12, noted);
		m_bind(m, &left);
	}
	machine_run(m, &s);
	return s.r[RBX] == (same ? 1 : 2) && (s.r[R12] == 1) == same;
}

static bool try_room(struct masm *m)
{
	static struct ctx c;
	char here;
	bool room = machine_random() & 1;
	struct label none = LABEL_NEW;
	struct machine s;

	randomise(&s);
	c.native_limit = &here + (room ? -100000 : 100000);
	s.r[CTX] = (uint64_t)(uintptr_t)&c;
	machine_begin(m, &s);
	m_imm(m, RBX, 0);
	m_branch_native_room(m, &none);
	m_imm(m, RBX, 1);
	m_bind(m, &none);
	machine_run(m, &s);
	return s.r[RBX] == room;
}

/* ---- atomic accesses ----------------------------------------------------------------------------------------------- */

static reg some_atomic_reg(void)
{
	reg r;

	do {
		r = some_reg();
	} while (r == SCRATCH2);
	return r;
}

/* All of them on one word, whose neighbours stay; any registers may be the same. */
static bool try_atomic(struct masm *m)
{
	static const enum mem_type types[] = { MEM_U8, MEM_U16, MEM_U32, MEM_U64 };
	enum mem_type t = types[machine_random() % 4];
	unsigned which = machine_random() % (RMW_COUNT + 3), bytes = type_bytes[t];
	reg d = some_atomic_reg(), x = some_atomic_reg(), y = some_atomic_reg(), at = some_atomic_reg();
	_Alignas(8) uint8_t room[24], expect[24];
	uint64_t was = 0, now, masked;
	struct machine s, before;

	randomise(&s);
	for (unsigned i = 0; i < sizeof room; i++)
		room[i] = (uint8_t)machine_random();
	memcpy(&was, room + 8, bytes);
	if (machine_random() & 1)
		s.r[x] = was | (t == MEM_U64 ? 0 : machine_random() << 8 * bytes);
	s.r[at] = (uint64_t)(uintptr_t)(room + 8);
	before = s;
	machine_begin(m, &s);
	if (which < RMW_COUNT) {
		m_atomic_rmw(m, (enum rmw)which, t, d, x, at);
		now = rmw_result((enum rmw)which, was, before.r[x]);
	} else if (which == RMW_COUNT) {
		m_atomic_cmpxchg(m, t, d, x, y, at);
		masked = 0;
		memcpy(&masked, &before.r[x], bytes);
		now = masked == was ? before.r[y] : was;
	} else if (which == RMW_COUNT + 1) {
		m_atomic_load(m, t, d, at);
		now = was;
	} else {
		m_atomic_store(m, t, x, at);
		now = before.r[x];
		d = NO_REG;
	}
	bool noted = m->fault_at >= machine_body && m->fault_at < m->at;
	m_fence(m);
	memcpy(expect, room, sizeof room);
	memcpy(expect + 8, &now, bytes);
	machine_run(m, &s);
	before.r[SCRATCH2] = s.r[SCRATCH2];
	return noted && !memcmp(room, expect, sizeof room) && (d == NO_REG || s.r[d] == was) && machine_kept(&before, &s, d, NO_REG);
}

int main(void)
{
	static const struct { const char *name; bool (*once)(struct masm *m); unsigned rounds; } tries[] = {
		{ "branches on integers, near and far", try_branches, 3000 }, { "branches on bytes in memory", try_branch_u8, 500 },
		{ "branches on floats and their values", try_fbranch, 3000 }, { "tables of branches", try_switch, 2000 },
		{ "memory 0, all types and addresses", try_access, 8000 }, { "slots and pointers", try_frame, 3000 },
		{ "calls of C", try_helper, 50 }, { "calls and returns", try_return, 200 }, { "room on the native stack", try_room, 50 },
		{ "atomic accesses", try_atomic, 8000 },
	};
	struct masm m = { 0 };
	uint32_t sets[4];
	unsigned nsets = machine_features(sets);

	if (!(x64_features() & FEATURE_SSE41)) {
		puts("1..0 # SKIP this processor has no SSE4.1");
		return 0;
	}
	guest = mmap(NULL, (size_t)9 << 30, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	CHECK(machine_start() && guest != MAP_FAILED, "memory for code and for a guest");
	for (unsigned i = 0; i < sizeof tries / sizeof *tries; i++) {
		unsigned wrong = 0;

		for (unsigned round = 0; round < tries[i].rounds; round++) {
			m.features = sets[round % nsets];
			if (!tries[i].once(&m) && wrong++ < 3)
				machine_note(&m, tries[i].name);
		}
		CHECK(!wrong, "%s", tries[i].name);
	}
	free(m.code);
	return tap_done();
}
#endif
