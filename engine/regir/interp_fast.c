/*
 * The handlers of fast bodies: a cell holds its handler's address, the next cell's handler is jumped to directly. Built
 * with clang where there is one; see the Makefile for the flags that keep handlers without frames.
 */
#include <stdatomic.h>

#include "engine/exn.h"
#include "engine/plant.h"
#include "engine/regir/access.h"
#include "engine/regir/call_hook.h"
#include "engine/native.h"
#include "engine/regir/interp.h"
#include "engine/regir/landing.h"
#include "engine/regir/num.h"
#include "engine/regir/tail.h"
#include "engine/tier.h"

#define CELL        struct cell
#define PLAIN_CODE  false
#define NOTE_BACKWARD() ((void)0)
#define BACK_TO_FAST()  ((void)0)
#define CODE_OF(id) h_##id
#define HANDLER(id) \
	unsigned h_##id(const struct cell *pc, slot *fp, struct ctx *c, u64 acc, u64 p, u64 q, f64 facc); \
	unsigned h_##id(const struct cell *pc, slot *fp, struct ctx *c, u64 acc, u64 p, u64 q, f64 facc)
#define JUMP_TO(h, pc_, fp_, acc_, p_, q_) \
	do { \
		f64 any_; \
		__asm__("" : FLOAT_REGISTER(any_)); \
		TAIL return (h)(pc_, fp_, c, acc_, p_, q_, any_); \
	} while (0)
#ifndef HANDLER_OF              /* tests/bench/pairs.c counts here */
#define HANDLER_OF(cell_) ((handler *)(uintptr_t)(cell_)->op)
#endif
/*
 * Between cells acc or facc hold something only behind a cell that is DONE: any register will do. p and q are handed on;
 * handlers that call functions LOSE them.
 */
#define GO(cell_) \
	do { \
		const struct cell *go_ = (cell_); \
		u64 any1_; \
		__asm__("" : "=r"(any1_)); \
		JUMP_TO(HANDLER_OF(go_), go_, fp, any1_, p, q); \
	} while (0)
/*
 * A branch is taken, to pc. That address was computed from a field of the cell at the old pc: five cycles from one taken branch
 * to the next, which nothing else can hide, because all that follows waits for pc. So it is guessed: the handler's last two
 * targets are in the context, which no pc has to be known for, and whether the guess is right is one more branch that the
 * processor predicts. The copy is a value of its own, or the compiler would use the one that it was compared with.
 */
#define GO_TAKEN() \
	do { \
		enum { I_ = __COUNTER__ % (sizeof c->targets / sizeof *c->targets / 2) * 2 }; \
		const struct cell *first_ = c->targets[I_], *copy_ = first_; \
		__asm__("" : "+r"(copy_)); \
		if (LIKELY(first_ == pc)) \
			GO(copy_); \
		const struct cell *second_ = c->targets[I_ + 1], *copy2_ = second_; \
		__asm__("" : "+r"(copy2_)); \
		if (LIKELY(second_ == pc)) \
			GO(copy2_); \
		c->targets[I_ + 1] = first_; \
		c->targets[I_] = pc; \
		GO(pc); \
	} while (0)
#define LOSE() __asm__("" : "=r"(p), "=r"(q))
#define GO_LOSE(cell_) \
	do { \
		LOSE(); \
		GO(cell_); \
	} while (0)
#define DONE(v) \
	do { \
		const struct cell *go_ = pc + 1; \
		JUMP_TO(HANDLER_OF(go_), go_, fp, (v), p, q); \
	} while (0)
#define DONE_F64(v) \
	do { \
		const struct cell *go_ = pc + 1; \
		u64 any1_; \
		__asm__("" : "=r"(any1_)); \
		TAIL return HANDLER_OF(go_)(go_, fp, c, any1_, p, q, (v)); \
	} while (0)
#define SKIP(pc)  (pc + 2)
#define ENTRY(f, w, ret) \
	do { \
		const struct cell *e_ = (f)->entry; \
		JUMP_TO(HANDLER_OF(e_), e_, w, (u64)(uintptr_t)(f), (u64)(uintptr_t)(ret), (u64)(uintptr_t)fp); \
	} while (0)
#define TAIL_ENTRY(f, ret, caller_) \
	do { \
		const struct cell *e_ = (f)->entry; \
		JUMP_TO(HANDLER_OF(e_), e_, fp, (u64)(uintptr_t)(f), (u64)(uintptr_t)(ret), (u64)(uintptr_t)(caller_)); \
	} while (0)
#define COLD(name) \
	static __attribute__((noinline)) unsigned name(const struct cell *pc, slot *fp, struct ctx *c, u64 acc, u64 p, u64 q, f64 facc)
#define CALL_SUBTYPE(f) JUMP_TO(call_subtype, pc, fp, (u64)(uintptr_t)(f), p, q)
#define TAIL_SUBTYPE(f) JUMP_TO(tail_subtype, pc, fp, (u64)(uintptr_t)(f), p, q)
#define TAIL_ACROSS(f, ret, caller_) \
	JUMP_TO(tail_across, pc, fp, (u64)(uintptr_t)(f), (u64)(uintptr_t)(ret), (u64)(uintptr_t)(caller_))
/* Out of line: the callee's instance is entered and the return goes through the landing. */
#define CALL_ACROSS(f, w) JUMP_TO(call_across, pc, w, (u64)(uintptr_t)(f), (u64)(uintptr_t)(pc + 1), (u64)(uintptr_t)fp)

#include "engine/regir/handler_macros.inc"

COLD(call_across)
{
	struct func *f = (struct func *)(uintptr_t)acc;

	(void)pc;
	if (f->inst)
		interp_enter_instance(c, f);
	const struct cell *e = f->entry;
	JUMP_TO(HANDLER_OF(e), e, fp, acc, p, q);
}

/* The callee returns through a landing, which every call has, to the instance of the caller. */
COLD(tail_across)
{
	struct func *f = (struct func *)(uintptr_t)acc;
	const struct cell *ret = (const struct cell *)(uintptr_t)p;

	(void)pc;
	if (f->inst)
		interp_enter_instance(c, f);
	const struct cell *e = f->entry;
	JUMP_TO(HANDLER_OF(e), e, fp, acc, (u64)(uintptr_t)ret_across(ret), q);
}

#include "engine/regir/handlers.inc"
#include "engine/regir/acc.inc"
#include "engine/regir/fused.inc"
#include "engine/regir/pin.inc"

/* ---- entries -------------------------------------------------------------------------------------------------------- */

HANDLER(LAZY)
{
	const struct cell *e = interp_lazy_body(c, (struct func *)(uintptr_t)acc);

	(void)pc;
	if (!e)
		NO_CALLEE();
	JUMP_TO(HANDLER_OF(e), e, fp, acc, p, q);
}

/* The caller expects a callee of its own instance: it is returned to through its landing, as across instances. */
HANDLER(FORWARD)
{
	const struct cell *ret = (const struct cell *)(uintptr_t)p;
	struct func *f = interp_forward(c, (struct func *)(uintptr_t)acc);

	(void)pc;
	if (!f)
		NO_CALLEE();
	const struct cell *e = f->entry;
	JUMP_TO(HANDLER_OF(e), e, fp, (u64)(uintptr_t)f, (u64)(uintptr_t)ret_across(ret), q);
}

HANDLER(HOST)
{
	const struct cell *ret = (const struct cell *)(uintptr_t)p;

	(void)pc;
	c->pending = interp_host_call(c, (struct func *)(uintptr_t)acc, fp, ret, (slot *)(uintptr_t)q);
	if (UNLIKELY(c->pending != OUT_DONE))
		return EXIT_OUTCOME;
	ret = c->pc;            /* the frame may have gone to another tier meanwhile */
	JUMP_TO(HANDLER_OF(ret), ret, (slot *)(uintptr_t)q, acc, p, q);
}

unsigned h_EXIT(const struct cell *pc, slot *fp, struct ctx *c, u64 acc, u64 p, u64 q, f64 facc)
{
	(void)acc, (void)p, (void)q, (void)facc;
	LEAVE(EXIT_DONE);
}

unsigned h_BREAK(const struct cell *pc, slot *fp, struct ctx *c, u64 acc, u64 p, u64 q, f64 facc)
{
	(void)acc, (void)p, (void)q, (void)facc;
	LEAVE(EXIT_BREAK);
}

HANDLER(LANDING)
{
	const struct landing *l = (const struct landing *)(const void *)pc;
	const struct frame_header *h = (const struct frame_header *)(const void *)((const char *)fp + l->header);

	interp_enter_instance(c, h->func);
	LOSE();
	NEXT();
}

/* ---- tiers (engine/tier.h) ------------------------------------------------------------------------------------------- */

HANDLER(NATIVE_LANDING)
{
	const struct landing *l = (const struct landing *)(uintptr_t)pc->imm;
	const struct frame_header *h = (const struct frame_header *)(const void *)((const char *)fp + l->header);

	interp_enter_instance(c, h->func);
	NEXT();
}

HANDLER(NATIVE_ACROSS)
{
	JUMP_TO(call_across, pc, fp, acc, (u64)(uintptr_t)ret_across((const struct cell *)(uintptr_t)p), q);
}

COLD(counted)
{
	const struct cell *e = interp_counted(c, (struct func *)(uintptr_t)acc, ((const struct native_entry *)(const void *)pc)->body);

	JUMP_TO(HANDLER_OF(e), e, fp, acc, p, q);
}

/* Threads count together: a turn may be lost, which nobody minds. */
#define COUNT_BY(word, step) ({ \
	s32 count_ = __atomic_load_n(word, __ATOMIC_RELAXED) + (step); \
	__atomic_store_n(word, count_, __ATOMIC_RELAXED); \
	count_; })

HANDLER(COUNT)
{
	const struct cell *e = ((const struct native_entry *)(const void *)pc)->body;
	s32 *calls = (s32 *)(uintptr_t)&pc->c;

	if (UNLIKELY(COUNT_BY(calls, 1) >= pc->d))
		JUMP_TO(counted, pc, fp, acc, p, q);
	JUMP_TO(HANDLER_OF(e), e, fp, acc, p, q);
}

COLD(hot)
{
	/* compiled code came here to be heard */
	if (UNLIKELY(atomic_load_explicit(&c->leave, memory_order_relaxed)))
		LEAVE(EXIT_LEAVE);
	const struct cell *to = interp_hot(c, (struct cell *)(uintptr_t)pc, fp);

	JUMP_TO(HANDLER_OF(to), to, fp, acc, p, q);
}

HANDLER(HOT)
{
	s32 *left = (s32 *)(uintptr_t)&pc->c;

	if (UNLIKELY(COUNT_BY(left, -1) < 0))
		JUMP_TO(hot, pc, fp, acc, p, q);
	NEXT();
}

/* ---- where nothing goes on ------------------------------------------------------------------------------------------- */

HANDLER(UNREACHED)
{
	TRAP(TRAP_UNREACHABLE);
}

HANDLER(CHARGE)
{
	c->fuel -= pc->c;
	if (UNLIKELY(c->fuel < 0)) {
		c->fuel += pc->c;
		LEAVE(EXIT_FUEL_LOW);
	}
	NEXT();
}

/* ---- branches --------------------------------------------------------------------------------------------------------- */

HANDLER(JUMP)
{
	TAKE();
}

HANDLER(JUMP_Z)
{
	if (SLOT(b) == 0)
		TAKE();
	NEXT();
}

HANDLER(JUMP_NZ)
{
	if (SLOT(b) != 0)
		TAKE();
	NEXT();
}

HANDLER(JUMP_CAST)
{
	const struct cast_ext *x = (const struct cast_ext *)(const void *)(pc + 1);

	bool take = ref_is(c, SLOT(b), x->heap, x->nullable) != x->negate;
	LOSE();
	if (take)
		TAKE();
	NEXT_EXT();
}

HANDLER(SWITCH)
{
	u32 i = (u32)SLOT(b), n = (u32)pc->c;
	const s32 *table = (const s32 *)(const void *)(pc + 1);

	pc = (const struct cell *)(const void *)((const char *)pc + table[i < n ? i : n]);
	if (UNLIKELY(atomic_load_explicit(&c->leave, memory_order_relaxed)))
		LEAVE(EXIT_LEAVE);
	GO(pc);
}

/* ---- returns ------------------------------------------------------------------------------------------------------------ */

#define RETURN(h_) \
	do { \
		const struct cell *ret_ = (h_)->ret; \
		fp = (h_)->caller; \
		GO_LOSE(ret_); \
	} while (0)
#define FRAME_HEADER() ((const struct frame_header *)(const void *)AT(a))

HANDLER(RETURN0)
{
	const struct frame_header *h = FRAME_HEADER();
	RETURN(h);
}

HANDLER(RETURN1)
{
	const struct frame_header *h = FRAME_HEADER();
	const struct cell *ret = h->ret;
	slot *caller = h->caller;
	fp[0] = SLOT(b);
	fp = caller;
	GO_LOSE(ret);
}

HANDLER(RETURNN)
{
	const struct frame_header *h = FRAME_HEADER();
	const struct cell *ret = h->ret;
	slot *caller = h->caller;
	const slot *from = AT(b);
	for (s32 i = 0; i < pc->c; i++) {
		fp[i] = from[i];
		__asm__ volatile("" ::: "memory");
	}
	fp = caller;
	GO_LOSE(ret);
}

/* ---- the same, telling of it (call_hook.h) ------------------------------------------------------------------------------ */

HANDLER(TELL_ENTER)
{
	interp_hook_enter(c, (struct func *)(uintptr_t)acc, fp);
	JUMP_TO(h_ENTER, pc, fp, acc, p, q);
}

HANDLER(TELL_RETURN0)
{
	interp_hook_leave(c, FRAME_HEADER(), fp, fp);
	JUMP_TO(h_RETURN0, pc, fp, acc, p, q);
}

HANDLER(TELL_RETURN1)
{
	interp_hook_leave(c, FRAME_HEADER(), fp, AT(b));
	JUMP_TO(h_RETURN1, pc, fp, acc, p, q);
}

HANDLER(TELL_RETURN0_R)
{
	interp_hook_leave(c, FRAME_HEADER(), fp, fp);
	JUMP_TO(h_RETURN0_R, pc, fp, acc, p, q);
}

HANDLER(TELL_RETURN1_R)
{
	interp_hook_leave(c, FRAME_HEADER(), fp, AT(b));
	JUMP_TO(h_RETURN1_R, pc, fp, acc, p, q);
}

HANDLER(TELL_RETURN1_AR)
{
	interp_hook_leave(c, FRAME_HEADER(), fp, AT(b));
	JUMP_TO(h_RETURN1_R, pc, fp, acc, p, q);
}

HANDLER(TELL_RETURN1_KR)
{
	interp_hook_leave(c, FRAME_HEADER(), fp, (const slot *)(const void *)&pc->imm);
	JUMP_TO(h_RETURN1_KR, pc, fp, acc, p, q);
}

HANDLER(TELL_RETURN1_A)
{
	interp_hook_leave(c, FRAME_HEADER(), fp, AT(b));
	JUMP_TO(h_RETURN1, pc, fp, acc, p, q);
}

HANDLER(TELL_RETURN1_K)
{
	interp_hook_leave(c, FRAME_HEADER(), fp, (const slot *)(const void *)&pc->imm);
	JUMP_TO(h_RETURN1_K, pc, fp, acc, p, q);
}

HANDLER(TELL_RETURNN)
{
	interp_hook_leave(c, FRAME_HEADER(), fp, AT(b));
	JUMP_TO(h_RETURNN, pc, fp, acc, p, q);
}

handler *interp_hooked(enum regir op)
{
	switch (op) {
	case R_ENTER:
		return h_TELL_ENTER;
	case R_RETURN0:
		return h_TELL_RETURN0;
	case R_RETURN1:
		return h_TELL_RETURN1;
	case R_RETURN1_A:
		return h_TELL_RETURN1_A;
	case R_RETURN1_K:
		return h_TELL_RETURN1_K;
	case R_RETURN0_R:
		return h_TELL_RETURN0_R;
	case R_RETURN1_R:
		return h_TELL_RETURN1_R;
	case R_RETURN1_AR:
		return h_TELL_RETURN1_AR;
	case R_RETURN1_KR:
		return h_TELL_RETURN1_KR;
	case R_RETURNN:
		return h_TELL_RETURNN;
	default:
		return NULL;
	}
}

static unsigned h_unsupported(const struct cell *pc, slot *fp, struct ctx *c, u64 acc, u64 p, u64 q, f64 facc)
{
	(void)acc, (void)p, (void)q, (void)facc;
	TRAP(TRAP_UNSUPPORTED);
}

#pragma GCC diagnostic ignored "-Woverride-init"
#ifdef __clang__
#pragma clang diagnostic ignored "-Winitializer-overrides"
#endif

handler *const interp_fast_table[R_COUNT] = {
	[0 ... R_COUNT - 1] = h_unsupported,
#include "engine/regir/handler_rows.inc"
#include "engine/regir/acc_rows.inc"
#include "engine/regir/fused_rows.inc"
#include "engine/regir/pin_rows.inc"
	[R_BREAK] = h_BREAK, [R_CHARGE] = h_CHARGE, [R_UNREACHED] = h_UNREACHED, [R_HOT] = h_HOT,
	[R_JUMP] = h_JUMP, [R_JUMP_Z] = h_JUMP_Z, [R_JUMP_NZ] = h_JUMP_NZ, [R_JUMP_CAST] = h_JUMP_CAST, [R_SWITCH] = h_SWITCH,
	[R_RETURN0] = h_RETURN0, [R_RETURN1] = h_RETURN1, [R_RETURNN] = h_RETURNN, [R_LANDING] = h_LANDING,
};

/* ---- joins: behind everything else, because they end handlers in a way of their own ---------------------------------- */

#include "engine/regir/join.inc"

const struct interp_join interp_joins[] = {
#define JOIN(name, op, next, body) { R_##op, h_##next, h_JOIN_##name },
#include "engine/regir/join.def"
};
const unsigned interp_njoins = sizeof interp_joins / sizeof *interp_joins;

enum {
#define JOIN(name, op, next, body) NUMBER_OF_##name,
#include "engine/regir/join.def"
};
const uint8_t interp_join_end[R_COUNT] = {
#define JOIN(name, op, next, body) [R_##op] = NUMBER_OF_##name + 1,
#include "engine/regir/join.def"
};

__asm__(
	".pushsection .rodata,\"a\"\n\t.balign 16\n\t.globl interp_entries\n\t.hidden interp_entries\n"
	"interp_entries:\n"
	"\t.long h_LAZY, 0, 0, 0\n"
	"\t.long h_HOST, 0, 0, 0\n"
	"\t.long h_EXIT, 0, 0, 0\n"
	"\t.long h_PLAIN_ONLY, 0, 0, 0\n"
	"\t.long h_FORWARD, 0, 0, 0\n"
	"\t.popsection\n");
