/*
 * Atomic instructions: every helper of slow.def on its window, for value, alignment and bounds; waiting and waking between
 * threads, time-outs and leaving.
 */
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "engine/ctx.h"
#include "engine/regir/interp.h"
#include "tests/harness/tap.h"

struct bench {
	struct ctx ctx;
	struct store store;
	struct instance inst;
	struct memory memory;
	struct memory *memories[1];
	_Alignas(8) uint8_t bytes[64];
};

static void bench_init(struct bench *t)
{
	*t = (struct bench){ 0 };
	t->memories[0] = &t->memory;
	t->inst.memories = t->memories;
	t->ctx.inst = &t->inst;
	t->ctx.store = &t->store;
	t->memory.base = t->bytes;
	t->memory.size = sizeof t->bytes;
	t->memory.shared = true;
	CHECK(park_init(&t->store.park), "a parking lot");
}

static const struct row { enum op op; slow_fn *fn; } rows[] = {
#define SLOW(id, function)     { OP_##id, function },
#define SLOW_EXT(id, function) { OP_##id, function },
#include "engine/regir/atomic.def"
#undef SLOW
#undef SLOW_EXT
};

static slow_fn *helper_of(enum op op)
{
	for (unsigned i = 0; i < sizeof rows / sizeof rows[0]; i++)
		if (rows[i].op == op)
			return rows[i].fn;
	return NULL;
}

static enum trap run(struct ctx *c, enum op op, slot *w, uint64_t offset)
{
	struct mem_ext ext = { .offset = offset };

	return helper_of(op)(c, w, 0, 0, 0, &ext);
}

/* ---- values -------------------------------------------------------------------------------------- */

/* What memory holds after an instruction with operand Y (and replacement Z) found OLD there. */
static uint64_t value_after(const char *text, uint64_t old, uint64_t y, uint64_t z, uint64_t mask)
{
	if (strstr(text, ".store"))
		return y;
	if (strstr(text, ".add"))
		return old + y;
	if (strstr(text, ".sub"))
		return old - y;
	if (strstr(text, ".and"))
		return old & y;
	if (strstr(text, ".or"))
		return old | y;
	if (strstr(text, ".xor"))
		return old ^ y;
	if (strstr(text, ".xchg"))
		return y;
	if (strstr(text, ".cmpxchg"))
		return old == (y & mask) ? z : old;
	return old;
}

static bool try_value(struct bench *t, enum op op, uint64_t old, uint64_t y, uint64_t z)
{
	unsigned size = 1u << op_info[op].align;
	uint64_t mask = UINT64_MAX >> (64 - 8 * size), here, all = UINT64_C(0xa5a5a5a5a5a5a5a5), around;
	slot w[3] = { 16, y, z };

	old &= mask;
	memcpy(t->bytes + 16, &all, 8);
	memcpy(t->bytes + 16, &old, size);
	if (run(&t->ctx, op, w, 0) != TRAP_NONE)
		return false;
	memcpy(&here, t->bytes + 16, 8);
	around = size == 8 ? 0 : all & ~mask;
	if (here != ((value_after(op_info[op].text, old, y, z, mask) & mask) | around))
		return false;
	return op_info[op].nresults == 0 || w[0] == old;
}

static bool try_values(struct bench *t, enum op op)
{
	static const uint64_t v[] = {
		0, 1, 0x7f, 0x80, 0xff, 0x8000, 0xffff, 0x80000000, 0xffffffff, UINT64_MAX, UINT64_C(0x123456789abcdef0),
	};
	enum { N = sizeof v / sizeof v[0] };

	for (unsigned i = 0; i < N * N * N; i++)
		if (!try_value(t, op, v[i % N], v[i / N % N], v[i / N / N]))
			return false;
	return true;
}

/* ---- addresses ----------------------------------------------------------------------------------- */

static enum trap expected_trap(uint64_t ea, bool carry, unsigned size)
{
	return ea % size ? TRAP_UNALIGNED : carry || ea > 64 || 64 - ea < size ? TRAP_MEMORY_BOUNDS : TRAP_NONE;
}

static bool try_addresses(struct bench *t, enum op op)
{
	static const uint64_t offsets[] = { 0, 1, 4, 8, 56, 64, 0xfffffff8, UINT64_C(0xfffffffffffffff8) };
	unsigned size = 1u << op_info[op].align;

	for (unsigned k = 0; k < 2; k++)
		for (unsigned o = 0; o < sizeof offsets / sizeof offsets[0]; o++)
			for (uint64_t at = 0; at < 72; at++) {
				slot w[3] = { at | UINT64_C(0x100000000), 0, 0 };
				uint64_t base = k ? w[0] : at, ea = base + offsets[o];
				t->memory.is64 = k;
				memset(t->bytes, 0xff, sizeof t->bytes);         /* no wait finds what it expects */
				enum trap trap = run(&t->ctx, op, w, offsets[o]);
				t->memory.is64 = false;
				if (trap != expected_trap(ea, ea < base, size))
					return false;
				if (trap == TRAP_MEMORY_BOUNDS && (t->ctx.trap.address != ea || t->ctx.trap.size != size))
					return false;
			}
	return true;
}

static void test_table(struct bench *t)
{
	unsigned count = 0;

	for (unsigned i = 0; i < OP_COUNT; i++) {
		enum op op = (enum op)i;
		if (op_info[op].lower != LOWER_ATOMIC)
			continue;
		count++;
		if (!CHECK(helper_of(op), "%s has a helper", op_info[op].text) || op == OP_ATOMIC_FENCE)
			continue;
		CHECK(try_addresses(t, op), "%s checks alignment, then bounds", op_info[op].text);
		if (op > OP_ATOMIC_FENCE)
			CHECK(try_values(t, op), "%s reads and writes its width and nothing else", op_info[op].text);
	}
	CHECK(count == 67 && count == sizeof rows / sizeof rows[0], "%u atomic instructions", count);
	slot w[1] = { 7 };
	CHECK(run(&t->ctx, OP_ATOMIC_FENCE, w, 0) == TRAP_NONE && w[0] == 7, "atomic.fence changes nothing");
}

/* ---- waiting and waking ------------------------------------------------------------------------ */

static uint64_t notify(struct bench *t, uint64_t at, uint32_t count)
{
	slot w[3] = { at, count };

	return run(&t->ctx, OP_MEMORY_ATOMIC_NOTIFY, w, 0) == TRAP_NONE ? w[0] : UINT64_MAX;
}

static void nap(void)
{
	nanosleep(&(struct timespec){ .tv_nsec = 1000000 }, NULL);
}

static void test_alone(struct bench *t)
{
	slot w[3] = { 0, 1, (slot)-1 };

	memset(t->bytes, 0, sizeof t->bytes);
	CHECK(run(&t->ctx, OP_MEMORY_ATOMIC_WAIT32, w, 0) == TRAP_NONE && w[0] == 1, "another value there: 1 at once");
	memcpy(w, (slot[3]){ 0, UINT64_C(0x500000000), 0 }, sizeof w);
	CHECK(run(&t->ctx, OP_MEMORY_ATOMIC_WAIT32, w, 0) == TRAP_NONE && w[0] == 2, "no time: 2; wait32 looks at 32 bits");
	memcpy(w, (slot[3]){ 0, UINT64_C(0x500000000), 0 }, sizeof w);
	CHECK(run(&t->ctx, OP_MEMORY_ATOMIC_WAIT64, w, 0) == TRAP_NONE && w[0] == 1, "wait64 looks at 64 bits");
	memcpy(w, (slot[3]){ 8, 0, 3000000 }, sizeof w);
	CHECK(run(&t->ctx, OP_MEMORY_ATOMIC_WAIT64, w, 0) == TRAP_NONE && w[0] == 2, "3 ms pass: 2");
	CHECK(notify(t, 0, UINT32_MAX) == 0, "nobody to wake: 0");
	t->memory.shared = false;
	memcpy(w, (slot[3]){ 0, 1, 0 }, sizeof w);
	CHECK(run(&t->ctx, OP_MEMORY_ATOMIC_WAIT32, w, 0) == TRAP_NOT_SHARED, "waiting on an unshared memory traps");
	CHECK(notify(t, 0, 1) == 0, "notifying on an unshared memory wakes nobody");
	t->memory.shared = true;
	atomic_store(&t->ctx.leave, LEAVE_INTERRUPT);
	memcpy(w, (slot[3]){ 0, 0, (slot)-1 }, sizeof w);
	CHECK(run(&t->ctx, OP_MEMORY_ATOMIC_WAIT32, w, 0) == TRAP_COUNT, "an endless wait ends when it must be left, to begin again");
	atomic_store(&t->ctx.leave, 0);
}

struct sleeper {
	struct ctx ctx;
	pthread_t thread;
	uint64_t at, result;
	_Atomic int *woken;
};

static void *sleeper_run(void *arg)
{
	struct sleeper *s = arg;
	slot w[3] = { s->at, 0, (slot)-1 };

	s->result = run(&s->ctx, OP_MEMORY_ATOMIC_WAIT32, w, 0) == TRAP_NONE ? w[0] : UINT64_MAX;
	atomic_fetch_add(s->woken, 1);
	return NULL;
}

static void sleeper_start(struct sleeper *s, struct bench *t, uint64_t at, _Atomic int *woken)
{
	*s = (struct sleeper){ .at = at, .woken = woken, .ctx = { .inst = &t->inst, .store = &t->store } };
	pthread_create(&s->thread, NULL, sleeper_run, s);
}

/* Three sleep on one address, one on another: only those meant wake, as many as asked for. */
static void test_threads(struct bench *t)
{
	_Atomic int woken = 0;
	struct sleeper s[4];
	uint64_t n = 0;

	memset(t->bytes, 0, sizeof t->bytes);
	for (unsigned i = 0; i < 4; i++)
		sleeper_start(&s[i], t, i < 3 ? 16 : 24, &woken);
	CHECK(notify(t, 16, 0) == 0 && notify(t, 20, 9) == 0, "a count of 0 and another address wake nobody");
	while ((n = notify(t, 24, 5)) == 0)
		nap();
	CHECK(n == 1, "the one at its own address wakes");
	pthread_join(s[3].thread, NULL);
	CHECK(s[3].result == 0 && atomic_load(&woken) == 1, "and nobody else");
	for (n = 0; n < 2; n += notify(t, 16, 1))
		nap();
	CHECK(n == 2, "woken one by one: %u", (unsigned)n);
	while ((n = notify(t, 16, UINT32_MAX)) == 0)
		nap();
	CHECK(n == 1, "and the last");
	for (unsigned i = 0; i < 3; i++)
		pthread_join(s[i].thread, NULL);
	CHECK(s[0].result == 0 && s[1].result == 0 && s[2].result == 0, "all were woken");
}

/* An interrupt reaches a thread that sleeps for ever. */
static void test_interrupt(struct bench *t)
{
	_Atomic int woken = 0;
	struct sleeper s;

	sleeper_start(&s, t, 32, &woken);
	for (int i = 0; i < 5; i++)
		nap();
	while (!atomic_load(&woken)) {
		atomic_store(&s.ctx.leave, LEAVE_INTERRUPT);
		nap();
	}
	pthread_join(s.thread, NULL);
	CHECK(s.result == UINT64_MAX && notify(t, 32, 1) == 0, "a sleeping thread leaves, and its place is empty");
}

int main(void)
{
	static struct bench t;

	bench_init(&t);
	test_table(&t);
	test_alone(&t);
	test_threads(&t);
	test_interrupt(&t);
	park_destroy(&t.store.park);
	return tap_done();
}
