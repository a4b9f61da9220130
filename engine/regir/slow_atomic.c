/*
 * Atomic instructions on their windows: the address in w[0], other operands behind it, the result to w[0]. All are
 * sequentially consistent. An address is checked for alignment before bounds, as the threads proposal has it.
 *
 * i32 and i64 instructions of one width share a helper: operands are wrapped to the width, results zero-extended, and a
 * slot holds either alike.
 */
#include "engine/inputs.h"
#include "engine/park.h"
#include "engine/regir/interp.h"
#include "engine/turns.h"
#include "engine/world.h"

/* Where the access of SIZE bytes goes in the host, or the trap. */
static enum trap atomic_at(struct ctx *c, const slot *w, const void *ext, unsigned size, struct memory **memory, void **at)
{
	const struct mem_ext *x = ext;
	struct memory *m = c->inst->memories[x->memory];
	uint64_t base = m->is64 ? w[0] : (uint32_t)w[0], ea = base + x->offset;
	uint64_t limit = atomic_load_explicit(&m->size, memory_order_relaxed);

	if (ea & (size - 1))
		return TRAP_UNALIGNED;
	if (ea < base || ea > limit || limit - ea < size) {
		c->trap.memory = m;
		c->trap.address = ea;
		c->trap.size = size;
		return TRAP_MEMORY_BOUNDS;
	}
	*memory = m;
	*at = m->base + ea;
	return TRAP_NONE;
}

/* One helper: P points to the TYPE in memory. */
#define ATOMIC(name, type, statement) \
	enum trap slow_atomic_##name(struct ctx *c, slot *w, int32_t b, int32_t imm1, int32_t imm2, const void *ext) \
	{ \
		struct memory *m; \
		void *at; \
		enum trap t = atomic_at(c, w, ext, sizeof(type), &m, &at); \
		(void)b, (void)imm1, (void)imm2; \
		if (t) \
			return t; \
		type *p = at; \
		statement; \
		return TRAP_NONE; \
	}
#define ATOMICS(bits, type) \
	ATOMIC(load##bits, type, w[0] = __atomic_load_n(p, __ATOMIC_SEQ_CST)) \
	ATOMIC(store##bits, type, __atomic_store_n(p, (type)w[1], __ATOMIC_SEQ_CST)) \
	ATOMIC(add##bits, type, w[0] = __atomic_fetch_add(p, (type)w[1], __ATOMIC_SEQ_CST)) \
	ATOMIC(sub##bits, type, w[0] = __atomic_fetch_sub(p, (type)w[1], __ATOMIC_SEQ_CST)) \
	ATOMIC(and##bits, type, w[0] = __atomic_fetch_and(p, (type)w[1], __ATOMIC_SEQ_CST)) \
	ATOMIC(or##bits, type, w[0] = __atomic_fetch_or(p, (type)w[1], __ATOMIC_SEQ_CST)) \
	ATOMIC(xor##bits, type, w[0] = __atomic_fetch_xor(p, (type)w[1], __ATOMIC_SEQ_CST)) \
	ATOMIC(xchg##bits, type, w[0] = __atomic_exchange_n(p, (type)w[1], __ATOMIC_SEQ_CST)) \
	ATOMIC(cmpxchg##bits, type, type old = (type)w[1]; \
		__atomic_compare_exchange_n(p, &old, (type)w[2], false, __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST); \
		w[0] = old)
ATOMICS(8, uint8_t)
ATOMICS(16, uint16_t)
ATOMICS(32, uint32_t)
ATOMICS(64, uint64_t)

enum trap slow_atomic_fence(struct ctx *c, slot *w, int32_t b, int32_t imm1, int32_t imm2, const void *ext)
{
	(void)c, (void)w, (void)b, (void)imm1, (void)imm2, (void)ext;
	atomic_thread_fence(memory_order_seq_cst);
	return TRAP_NONE;
}

/* A wait that must be left begins again when the guest goes on (TRAP_COUNT). */
static enum trap wait_on(struct ctx *c, slot *w, const void *ext, unsigned size)
{
	struct memory *m;
	void *at;
	enum trap t = atomic_at(c, w, ext, size, &m, &at);

	if (t)
		return t;
	if (!m->shared)
		return TRAP_NOT_SHARED;
	struct input_tap *in = c->store->inputs;
	if (in && in->knows_wait(in->user, c, &w[0]))
		return TRAP_NONE;
	uint64_t expected = size == 4 ? (uint32_t)w[1] : w[1];
	if (c->store->turns) {
		enum turn_wait how = turns_wait(c->store->turns, c, at, expected, size, (int64_t)w[2], &w[0]);
		if (how == WAIT_BLOCKED)
			return TRAP_COUNT;
		if (how == WAIT_ANSWERED && in)
			in->waited(in->user, c, w[0]);
		if (how == WAIT_ANSWERED)
			return TRAP_NONE;
	}
	c->waits = true;
	world_safe_begin(c);
	enum park_result r = park_wait(&c->store->park, at, expected, size, (int64_t)w[2], &c->leave, LEAVE_MODE);
	world_safe_end(c);
	c->waits = false;
	if (r == PARK_LEFT)
		return TRAP_COUNT;
	w[0] = r;
	if (in)
		in->waited(in->user, c, r);
	return TRAP_NONE;
}

enum trap slow_atomic_wait32(struct ctx *c, slot *w, int32_t b, int32_t imm1, int32_t imm2, const void *ext)
{
	(void)b, (void)imm1, (void)imm2;
	return wait_on(c, w, ext, 4);
}

enum trap slow_atomic_wait64(struct ctx *c, slot *w, int32_t b, int32_t imm1, int32_t imm2, const void *ext)
{
	(void)b, (void)imm1, (void)imm2;
	return wait_on(c, w, ext, 8);
}

/* How many were woken is recorded as how waits end is: who waits is not known when it runs again. */
static slot notify_in_turn(struct ctx *c, const void *at, uint32_t count)
{
	struct input_tap *in = c->store->inputs;
	slot n;

	if (in && in->knows_wait(in->user, c, &n))
		return n;
	n = turns_notify(c->store->turns, at, count);
	if (in)
		in->waited(in->user, c, n);
	return n;
}

/* Nobody can wait on a memory that is not shared. */
enum trap slow_atomic_notify(struct ctx *c, slot *w, int32_t b, int32_t imm1, int32_t imm2, const void *ext)
{
	struct memory *m;
	void *at;
	enum trap t = atomic_at(c, w, ext, 4, &m, &at);

	(void)b, (void)imm1, (void)imm2;
	if (t)
		return t;
	w[0] = !m->shared ? 0 : turns_any(c->store) ? notify_in_turn(c, at, (uint32_t)w[1]) :
		park_notify(&c->store->park, at, (uint32_t)w[1]);
	return TRAP_NONE;
}
