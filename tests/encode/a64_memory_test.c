/*
 * Macro instructions of arm64 that touch memory: slots and pointers, accesses of every type at every form of address (and
 * where they fault: nothing was written before), atomic accesses.
 */
#include <signal.h>
#include <ucontext.h>

#include "tests/encode/a64_machine.h"
#include "tests/encode/a64_values.h"
#include "tests/encode/rmw.h"

#if defined(__aarch64__)

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

	begin_group("pointers");
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
			place[(int)i - 16] = (uint8_t)machine_random();
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
	end_group();
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
	u64 v[2], sign;

	loaded(p->type, at, v);
	switch (how) {
	case LOAD:      put_loaded(want, p->type, p->d, v); break;
	case STORE:     memcpy(at, p->type >= MEM_F32 ? want->v[p->d] : &want->x[p->d], mem_bytes[p->type]); break;
	case STORE_IMM: memcpy(at, &p->k, mem_bytes[p->type]); break;
	case ALU_LOAD:  want->x[p->d] = p->type == MEM_U32 ? (uint32_t)(want->x[p->a] - v[0]) : want->x[p->a] - v[0]; break;
	default:
		sign = p->type == MEM_F32 ? 1u << 31 : 1ull << 63;
		put_value(want, 'v', p->d, (want->v[p->a][0] & ~sign) | (v[0] & sign));
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
		s.x[a->base] = (uint32_t)(i % 4 == 0 ? machine_random() : MEMORY - i - (i % 4 == 3 ? 0 : a->offset) - (uint32_t)a->k);
	if (a->index != NO_REG)
		s.x[a->index] = i % 4 == 1 ? (uint32_t)machine_random() % 64 : 0;
	if (p->type == MEM_F32 || p->type == MEM_F64)   /* floats have zeros above them */
		put_value(&s, 'v', p->a, p->type == MEM_F32 ? (uint32_t)s.v[p->a][0] : s.v[p->a][0]);
	u64 ea = effective(a, &s);
	bool inside = ea + mem_bytes[p->type] <= MEMORY;
	for (unsigned n = 0; n < 64; n++)
		end[n] = (uint8_t)machine_random();
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

	begin_group(name);
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
	end_group();
}

/* ---- atomic accesses -------------------------------------------------------------------------------------------------- */

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
		at[(int)n - 8] = (uint8_t)machine_random();
	memcpy(&was, at, bytes);
	if (i & 1)
		s.x[p->a] = bytes == 8 ? was : was | machine_random() << 8 * bytes;
	s.x[p->c] = (u64)(uintptr_t)at;
	want = s;
	memcpy(&wanted, &s.x[p->a], bytes);
	then = which < RMW_COUNT ? rmw_result((enum rmw)which, was, s.x[p->a]) : which == RMW_COUNT ? wanted == was ? s.x[p->b] : was
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

	begin_group("atomic accesses");
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
	end_group();
}

int main(void)
{
	struct sigaction act = { .sa_sigaction = on_fault, .sa_flags = SA_SIGINFO };

	if (!machine_start())
		return tap_done();
	sigaction(SIGSEGV, &act, NULL);
	test_pointers();
	test_accesses(LOAD, "loads");
	test_accesses(STORE, "stores");
	test_accesses(STORE_IMM, "stores of constants");
	test_accesses(ALU_LOAD, "operands in memory");
	test_accesses(FBIN_LOAD, "float operands in memory");
	test_atomics();
	return tap_done();
}

#endif
