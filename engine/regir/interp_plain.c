/*
 * The handlers of plain bodies: one cell for each Wasm instruction, dispatched through c->plain_table. Three tables stand on
 * the same handlers: the plain one, one that charges fuel first, and one that leaves before each instruction.
 */
#include <stdatomic.h>

#include "engine/exn.h"
#include "engine/probe.h"
#include "engine/regir/access.h"
#include "engine/regir/call_hook.h"
#include "engine/regir/interp.h"
#include "engine/regir/landing.h"
#include "engine/regir/num.h"
#include "engine/regir/tail.h"

#define CELL        struct wcell
#define CODE_OF(id) p_##id
#define HANDLER(id) \
	static unsigned p_##id(const struct wcell *pc, slot *fp, struct ctx *c, u64 acc, u64 p, u64 q, f64 facc); \
	static unsigned p_##id(const struct wcell *pc, slot *fp, struct ctx *c, u64 acc, u64 p, u64 q, f64 facc)
#define PLAIN_CODE true
/* A loop goes round: the fast body may take over. */
#define NOTE_BACKWARD() bool backward_ = pc->c < 0
#define BACK_TO_FAST() \
	do { \
		if (backward_ && c->stay_plain != PLAIN_STAYS) \
			LEAVE(EXIT_TO_FAST); \
	} while (0)
#define JUMP_TO(h, pc_, fp_, acc_, p_, q_) \
	do { \
		f64 any_; \
		__asm__("" : FLOAT_REGISTER(any_)); \
		TAIL return (h)(pc_, fp_, c, acc_, p_, q_, any_); \
	} while (0)
/* A handler of the fast convention, for a tail call from here: they differ only in what pc points to. */
#define AS_PLAIN(h) ((plain_handler *)(uintptr_t)(h))
#define AS_WCELL(x) ((const struct wcell *)(const void *)(x))
#define GO(cell_) \
	do { \
		const struct wcell *go_ = (cell_); \
		plain_handler *h_ = AS_PLAIN(c->plain_table[go_->op]); \
		u64 any1_, any2_, any3_; \
		__asm__("" : "=r"(any1_), "=r"(any2_), "=r"(any3_)); \
		JUMP_TO(h_, go_, fp, any1_, any2_, any3_); \
	} while (0)
#define GO_TAKEN() GO(pc)
#define DONE(v)  NEXT()
#define DONE_F64(v) NEXT()
#define LOSE() ((void)0)
#define SKIP(pc) ((const struct cell *)(const void *)(pc + 1))
/* Calls return to the landing, which is called like a fast cell. */
#define ENTRY(f, w, ret) TO_FUNCTION(f, w, ret, fp)
#define TAIL_ENTRY(f, ret, caller_) TO_FUNCTION(f, fp, ret, caller_)
#define TO_FUNCTION(f, w, ret_, caller_) \
	JUMP_TO(to_function, NULL, w, (u64)(uintptr_t)(f), (u64)(uintptr_t)(ret_), (u64)(uintptr_t)(caller_))
#define COLD(name) \
	static __attribute__((noinline)) unsigned name(const struct wcell *pc, slot *fp, struct ctx *c, u64 acc, u64 p, u64 q, f64 facc)
#define CALL_SUBTYPE(f) JUMP_TO(call_subtype, pc, fp, (u64)(uintptr_t)(f), p, q)
#define TAIL_SUBTYPE(f) JUMP_TO(tail_subtype, pc, fp, (u64)(uintptr_t)(f), p, q)
#define TAIL_ACROSS(f, ret, caller_) \
	JUMP_TO(tail_across, pc, fp, (u64)(uintptr_t)(f), (u64)(uintptr_t)(ret), (u64)(uintptr_t)(caller_))
#define CALL_ACROSS(f, w) do { if ((f)->inst) interp_enter_instance(c, f); } while (0)

static unsigned p_ENTER(const struct wcell *pc, slot *fp, struct ctx *c, u64 acc, u64 p, u64 q, f64 facc);

#include "engine/regir/handler_macros.inc"

/* A frame begins in its plain body; calls are told here (call_hook.h). */
static unsigned begin(const struct wcell *pc, slot *fp, struct ctx *c, u64 acc, u64 p, u64 q, f64 facc)
{
	if (UNLIKELY(c->store->call_hooks != NULL))
		interp_hook_enter(c, (struct func *)(uintptr_t)acc, fp);
	JUMP_TO(p_ENTER, pc, fp, acc, p, q);
}

static unsigned to_function(const struct wcell *pc, slot *fp, struct ctx *c, u64 acc, u64 p, u64 q, f64 facc);
static unsigned enter_plain(const struct wcell *pc, slot *fp, struct ctx *c, u64 acc, u64 p, u64 q, f64 facc);

/* A function in whose place another one runs, in a plain body. */
COLD(to_forward)
{
	const struct cell *ret = (const struct cell *)(uintptr_t)p;
	struct func *f = interp_forward(c, (struct func *)(uintptr_t)acc);

	if (!f)
		NO_CALLEE();
	if (f == (struct func *)(uintptr_t)acc)
		JUMP_TO(enter_plain, pc, fp, acc, p, q);
	JUMP_TO(to_function, pc, fp, (u64)(uintptr_t)f, (u64)(uintptr_t)ret_across(ret), q);
}

/* A call out of a plain body: into the callee's plain body if nothing else may run. */
static unsigned to_function(const struct wcell *pc, slot *fp, struct ctx *c, u64 acc, u64 p, u64 q, f64 facc)
{
	struct func *f = (struct func *)(uintptr_t)acc;

	(void)pc;
	if (c->stay_plain == PLAIN_WARM && c->warm-- == 0)
		c->stay_plain = PLAIN_LEAVES;
	if (c->stay_plain == PLAIN_LEAVES || !f->inst) {
		const struct cell *e = f->entry;
		JUMP_TO(AS_PLAIN((uintptr_t)e->op), AS_WCELL(e), fp, acc, p, q);
	}
	if (UNLIKELY(f->inst->module->replaced))
		JUMP_TO(to_forward, pc, fp, acc, p, q);
	const struct wcell *e = interp_plain_entry(c, f);
	if (!e)
		NO_CALLEE();
	JUMP_TO(begin, e, fp, acc, p, q);
}

COLD(tail_across)
{
	struct func *f = (struct func *)(uintptr_t)acc;
	const struct cell *ret = (const struct cell *)(uintptr_t)p;

	if (f->inst)
		interp_enter_instance(c, f);
	JUMP_TO(to_function, pc, fp, acc, (u64)(uintptr_t)ret_across(ret), q);
}

#include "engine/regir/handlers.inc"

/* A return: into a plain frame through its landing, out to the host, or into a fast frame if that may run. */
static __attribute__((noinline)) unsigned return_to(const struct wcell *pc, slot *fp, struct ctx *c, u64 acc, u64 p, u64 q, f64 facc)
{
	const struct cell *ret = (const struct cell *)(const void *)pc;

	if (!c->stay_plain || cell_is(ret, h_LANDING_PLAIN) || cell_is(ret, h_EXIT))
		JUMP_TO(AS_PLAIN((uintptr_t)ret->op), pc, fp, acc, p, q);
	LEAVE(EXIT_MODE);
}

static unsigned land(const struct wcell *pc, slot *fp, struct ctx *c, u64 acc, u64 p, u64 q, f64 facc)
{
	const struct landing *l = (const struct landing *)(const void *)pc;
	const struct frame_header *h = (const struct frame_header *)(const void *)((const char *)fp + l->header);

	interp_enter_instance(c, h->func);
	NEXT();
}

unsigned h_LANDING_PLAIN(const struct cell *pc, slot *fp, struct ctx *c, u64 acc, u64 p, u64 q, f64 facc)
{
	return land(AS_WCELL(pc), fp, c, acc, p, q, facc);
}

static unsigned enter_plain(const struct wcell *pc, slot *fp, struct ctx *c, u64 acc, u64 p, u64 q, f64 facc)
{
	const struct wcell *e = interp_plain_entry(c, (struct func *)(uintptr_t)acc);

	(void)pc;
	if (!e)
		NO_CALLEE();
	JUMP_TO(begin, e, fp, acc, p, q);
}

/* The entry of a function whose frame is too large for a fast body. */
unsigned h_PLAIN_ONLY(const struct cell *pc, slot *fp, struct ctx *c, u64 acc, u64 p, u64 q, f64 facc)
{
	return enter_plain(AS_WCELL(pc), fp, c, acc, p, q, facc);
}

/* ---- what fast bodies have no need of ------------------------------------------------------------------------------------ */

HANDLER(DROP)     { NEXT(); }
HANDLER(BLOCK)    { NEXT(); }

HANDLER(LOOP)
{
	pc++;
	if (c->stay_plain != PLAIN_STAYS)
		LEAVE(EXIT_TO_FAST);
	GO(pc);
}

HANDLER(LOCAL_GET)
{
	SLOT(a) = SLOT(b);
	NEXT();
}

HANDLER(SCALAR_CONST)
{
	SLOT(a) = (slot)pc->imm;
	NEXT();
}

HANDLER(IF)
{
	if ((u32)SLOT(b) == 0)
		TAKE();
	NEXT();
}

/* Values move down to the label's homes: D bytes that end before slot B, to slot A. */
#define MOVE_VALUES(dst, end, bytes) \
	do { \
		slot *to_ = (slot *)(void *)((char *)fp + (dst)); \
		const slot *from_ = (const slot *)(const void *)((const char *)fp + (end) - (bytes)); \
		for (s32 i_ = 0; i_ < (bytes) / 8; i_++) \
			to_[i_] = from_[i_]; \
	} while (0)

HANDLER(BR)
{
	MOVE_VALUES(pc->a, pc->b, pc->d);
	TAKE();
}

HANDLER(BR_IF)
{
	if ((u32)SLOT(b) != 0) {
		MOVE_VALUES(pc->a, pc->b, pc->d);
		TAKE();
	}
	NEXT();
}

HANDLER(BR_TABLE)
{
	u32 i = (u32)SLOT(b), n = (u32)pc->c;
	const s32 *entry = (const s32 *)(const void *)(pc + 1) + 2 * (size_t)(i < n ? i : n);

	MOVE_VALUES(entry[1], pc->b, pc->d);
	pc = (const struct wcell *)(const void *)((const char *)pc + entry[0]);
	if (UNLIKELY(atomic_load_explicit(&c->leave, memory_order_relaxed)))
		LEAVE(EXIT_LEAVE);
	GO(pc);
}

HANDLER(BR_ON_NULL)
{
	if (SLOT(b) == 0) {
		MOVE_VALUES(pc->a, pc->b, pc->d);
		TAKE();
	}
	NEXT();
}

HANDLER(BR_ON_NON_NULL)
{
	if (SLOT(b) != 0) {
		MOVE_VALUES(pc->a, pc->b + 8, pc->d);
		TAKE();
	}
	NEXT();
}

HANDLER(BR_ON_CAST)
{
	const struct cast_ext *x = (const struct cast_ext *)(const void *)(pc + 1);

	if (ref_is(c, SLOT(b), x->heap, x->nullable) != x->negate) {
		MOVE_VALUES(pc->a, pc->b + 8, pc->d);
		TAKE();
	}
	NEXT_EXT();
}

static unsigned end(const struct wcell *pc, slot *fp, struct ctx *c, u64 acc, u64 p, u64 q, f64 facc)
{
	const struct frame_header *h = (const struct frame_header *)(const void *)AT(a);
	const struct cell *ret = h->ret;
	slot *caller = h->caller;
	const slot *from = AT(b);
	for (s32 i = 0; i < pc->c; i++) {
		fp[i] = from[i];
		__asm__ volatile("" ::: "memory");      /* a loop, not a call of memmove */
	}
	JUMP_TO(return_to, AS_WCELL(ret), caller, acc, p, q);
}

COLD(tell_end)
{
	interp_hook_leave(c, (const struct frame_header *)(const void *)AT(a), fp, AT(b));
	JUMP_TO(end, pc, fp, acc, p, q);
}

HANDLER(RETURN)
{
	if (UNLIKELY(c->store->call_hooks != NULL))
		JUMP_TO(tell_end, pc, fp, acc, p, q);
	JUMP_TO(end, pc, fp, acc, p, q);
}

static unsigned p_unsupported(const struct wcell *pc, slot *fp, struct ctx *c, u64 acc, u64 p, u64 q, f64 facc)
{
	(void)acc, (void)p, (void)q, (void)facc;
	TRAP(TRAP_UNSUPPORTED);
}

static unsigned p_BREAK(const struct wcell *pc, slot *fp, struct ctx *c, u64 acc, u64 p, u64 q, f64 facc)
{
	(void)acc, (void)p, (void)q, (void)facc;
	LEAVE(EXIT_BREAK);
}

/* `else` is reached by falling out of the then-branch: a jump, but no instruction of its own. */
HANDLER(ELSE)
{
	MOVE_VALUES(pc->a, pc->b, pc->d);
	JUMP_BY();
}

#pragma GCC diagnostic ignored "-Woverride-init"
#ifdef __clang__
#pragma clang diagnostic ignored "-Winitializer-overrides"
#endif

plain_handler *const interp_plain_table[R_COUNT] = {
	[0 ... R_COUNT - 1] = p_unsupported,
#include "engine/regir/handler_rows.inc"
	[R_BREAK] = p_BREAK, [R_DROP] = p_DROP, [R_BLOCK] = p_BLOCK, [R_LOOP] = p_LOOP, [R_TRY_TABLE] = p_BLOCK,
	[R_TRY] = p_BLOCK, [R_LOCAL_GET] = p_LOCAL_GET, [R_LOCAL_SET] = p_LOCAL_GET, [R_LOCAL_TEE] = p_LOCAL_GET,
	[R_I32_CONST] = p_SCALAR_CONST, [R_I64_CONST] = p_SCALAR_CONST, [R_F32_CONST] = p_SCALAR_CONST,
	[R_F64_CONST] = p_SCALAR_CONST, [R_REF_NULL] = p_SCALAR_CONST, [R_IF] = p_IF, [R_ELSE] = p_ELSE, [R_BR] = p_BR,
	[R_BR_IF] = p_BR_IF, [R_BR_TABLE] = p_BR_TABLE, [R_BR_ON_NULL] = p_BR_ON_NULL,
	[R_BR_ON_NON_NULL] = p_BR_ON_NON_NULL, [R_BR_ON_CAST] = p_BR_ON_CAST, [R_BR_ON_CAST_FAIL] = p_BR_ON_CAST,
	[R_RETURN] = p_RETURN, [R_END] = p_RETURN,
};

/* ---- modes ------------------------------------------------------------------------------------------------------------------ */

/* Charge one, then do it. */
static unsigned count_one(const struct wcell *pc, slot *fp, struct ctx *c, u64 acc, u64 p, u64 q, f64 facc)
{
	if (UNLIKELY(c->fuel <= 0))
		LEAVE(EXIT_FUEL);
	c->fuel--;
	JUMP_TO(interp_plain_table[pc->op], pc, fp, acc, p, q);
}

static unsigned stop_here(const struct wcell *pc, slot *fp, struct ctx *c, u64 acc, u64 p, u64 q, f64 facc)
{
	(void)acc, (void)p, (void)q, (void)facc;
	LEAVE(EXIT_STEP);
}

/* What is no instruction of Wasm's own neither counts nor stops. */
plain_handler *const interp_count_table[R_COUNT] = {
	[0 ... R_COUNT - 1] = count_one,
	[R_ENTER] = p_ENTER, [R_ELSE] = p_ELSE, [R_END] = p_RETURN, [R_BREAK] = p_BREAK, [R_UNREACHED] = p_unsupported,
};

plain_handler *const interp_stop_table[R_COUNT] = {
	[0 ... R_COUNT - 1] = stop_here,
	[R_ENTER] = p_ENTER, [R_ELSE] = p_ELSE, [R_END] = p_RETURN, [R_BREAK] = p_BREAK, [R_UNREACHED] = p_unsupported,
};

/* ---- probes ----------------------------------------------------------------------------------------------------------------- */

/* One instruction and nothing more: all others leave, also the end of a function and the way round an else. */
static plain_handler *const one_table[R_COUNT] = {
	[0 ... R_COUNT - 1] = stop_here,
	[R_ENTER] = p_ENTER, [R_BREAK] = p_BREAK, [R_UNREACHED] = p_unsupported,
};

/* Execute the instruction; its address and operands are in c->probe_at. */
static unsigned execute_one(struct ctx *c)
{
	const void *const *table = c->plain_table;
	struct probe_at at = c->probe_at;
	uint8_t stay = c->stay_plain;

	c->plain_table = (const void *const *)one_table;
	c->stay_plain = PLAIN_STAYS;
	unsigned code = interp_plain_table[at.ir](at.cell, at.fp, c, 0, 0, 0, 0);
	c->probe_at = at;               /* a host function may have called the guest */
	c->plain_table = table;
	c->stay_plain = stay;
	return code;
}

/* The instruction was executed, unless it trapped; what is not over yet is for run.c to tell. */
static unsigned told_after(struct ctx *c, unsigned code)
{
	switch ((enum exit_code)code) {
	case EXIT_STEP:
	case EXIT_LEAVE:
	case EXIT_BREAK:
		return probes_after(c) ? EXIT_PROBE : code;
	case EXIT_MODE:
	case EXIT_THROW:
	case EXIT_OUTCOME:
		c->probe_after = true;
		return code;
	default:
		return code;
	}
}

/* Told before: the instruction counts as not yet executed. STEPPING: run.c has charged it. */
static bool stops_before(struct ctx *c, bool stepping)
{
	bool answered = c->probe_answered == c->probe_at.cell;

	if (!answered)
		c->probe_asked = false;
	c->probe_answered = NULL;
	if (answered || !(c->store->probes->wants[c->probe_at.ir] & PROBE_BEFORE))
		return false;
	if (stepping && c->counting)
		c->fuel++;
	if (probes_before(c)) {
		c->probe_answered = c->probe_at.cell;
		return true;
	}
	if (stepping && c->counting)
		c->fuel--;
	return false;
}

/* An access that the filter does not have: nobody is to be told. */
static bool passes_by(const struct ctx *c, const struct wcell *pc, const slot *fp, enum regir ir)
{
	if (!c->store->probes->nears[ir] || c->filter == &probe_no_filter)
		return false;
	u64 at = (u64)(u32)*(const slot *)(const void *)((const char *)fp + pc->b) + (u32)pc->c;
	return !(c->filter->bits[(at >> (FILTER_BLOCK_LOG2 + 6)) % FILTER_WORDS] >> (at >> FILTER_BLOCK_LOG2 & 63) & 1);
}

unsigned interp_probe_as(const struct wcell *pc, slot *fp, struct ctx *c, u64 acc, u64 p, u64 q, f64 facc)
{
	bool stepping = c->plain_table == (const void *const *)interp_stop_table;
	enum regir ir = (enum regir)acc;

	SAVE_REGISTERS();
	if (UNLIKELY(!stepping && c->counting && c->fuel <= 0))
		return EXIT_FUEL;
	if (!stepping && passes_by(c, pc, fp, ir)) {
		c->probe_answered = NULL;
		c->fuel -= c->counting;
		JUMP_TO(interp_plain_table[ir], pc, fp, acc, p, q);
	}
	c->probe_at = (struct probe_at){ .cell = pc, .ir = ir, .fp = fp, .offset = pc->offset };
	if (stops_before(c, stepping))
		return EXIT_PROBE;
	if (c->probe_asked)
		c->warm = c->warm_turns;
	if (!stepping && c->counting)
		c->fuel--;
	if (!(c->store->probes->wants[ir] & PROBE_AFTER) && !c->probe_asked)
		JUMP_TO(interp_plain_table[ir], pc, fp, acc, p, q);
	unsigned code = told_after(c, execute_one(c));
	if (code != EXIT_STEP || stepping)
		return code;
	pc = AS_WCELL(c->pc);
	fp = c->fp;
	GO(pc);
}

unsigned interp_probe(const struct wcell *pc, slot *fp, struct ctx *c, u64 acc, u64 p, u64 q, f64 facc)
{
	(void)acc;
	JUMP_TO(interp_probe_as, pc, fp, pc->op, p, q);
}
