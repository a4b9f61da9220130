/*
 * Frames and the tiers that they go on in. A frame in the middle of a call goes on where its return cell leads: in compiled code's
 * pair of cells (native), or in a body's landing. Moving it is writing that one word.
 */
#include "engine/tier_frame.h"

#include "engine/base/err.h"
#include "engine/native.h"
#include "engine/regir/code.h"
#include "engine/regir/convert.h"
#include "engine/stack.h"
#include "engine/tier.h"

/* The return cell of a body that the cell of a pair (tier.h) stands for. */
static const struct cell *interpreted_ret(const struct cell *ret)
{
	const struct cell *landing = (const struct cell *)(const void *)landing_of(ret);

	return cell_is(ret, h_NATIVE_RETURN) ? landing + 1 : landing;
}

static bool is_pair(const struct cell *ret)
{
	return cell_is(ret, h_NATIVE_LANDING) || cell_is(ret, h_NATIVE_RETURN);
}

void tier_settle(struct ctx *c)
{
	if (c->pc && is_pair(c->pc))
		c->pc = interpreted_ret(c->pc);
	else if (c->inst && !c->plain)
		c->pc = tier_cell(c->inst->module, c->pc);
}

/* ---- walking ------------------------------------------------------------------------------------------------------------- */

static struct frame_header *header_at(slot *fp, uint32_t at)
{
	return (struct frame_header *)(void *)((char *)fp + at);
}

/* Where the return cell of a frame that is in the middle of a call is kept, and the frame. */
typedef void each_return(void *user, const struct cell **ret, slot *fp);

static void each_in_segment(const struct cell **pc, slot *fp, bool at_return, const struct instance *inst, each_return *each, void *user)
{
	const struct landing *l;

	if (!*pc)
		return;
	if (!at_return) {
		const struct body *b = inst ? code_body_at(inst->module, *pc) : NULL;
		if (!b)
			return;
		struct frame_header *h = header_at(fp, b->header);
		pc = &h->ret;
		fp = h->caller;
	}
	while ((l = landing_of(*pc)) != NULL) {
		each(user, pc, fp);
		struct frame_header *h = header_at(fp, l->header);
		pc = &h->ret;
		fp = h->caller;
	}
}

static void each_frame(struct ctx *c, each_return *each, void *user)
{
	each_in_segment(&c->pc, c->fp, c->at_return, c->inst, each, user);
	for (uint32_t i = c->depth; i-- > 0;) {
		struct segment *s = &c->segments[i];
		each_in_segment(&s->caller_pc, s->caller_fp, s->caller_at_return, s->caller_inst, each, user);
	}
	atomic_fetch_add(&c->native_drops, 1);
	atomic_store(&c->native_drop, true);
}

static void lower(const struct cell **ret)
{
	if (is_pair(*ret))
		*ret = interpreted_ret(*ret);
}

static const struct cell *pair_of(const struct native_code *n, const struct landing *l)
{
	for (uint32_t i = 0; i < n->ncells; i++)
		if (cell_is(&n->cells[i], h_NATIVE_LANDING) && (uintptr_t)n->cells[i].imm == (uintptr_t)l)
			return &n->cells[i];
	return NULL;
}

/* The frame at FP, interpreted and in the middle of a call, goes on compiled. False: it has no such code. */
static bool lift(const struct cell **ret, slot *fp)
{
	const struct landing *l = landing_of(*ret);
	const struct cell *landing = (const struct cell *)(const void *)l;

	if (is_pair(*ret) || l->plain)
		return is_pair(*ret);
	const struct body *b = code_body_at(header_at(fp, l->header)->func->inst->module, l);
	const struct native_code *n = b ? body_native(b) : NULL;
	const struct cell *pair = n ? pair_of(n, l) : NULL;
	if (!pair)
		return false;
	*ret = *ret == landing ? pair : pair + 1;
	return true;
}

/* ---- moving -------------------------------------------------------------------------------------------------------------- */

struct moving {
	const struct func *func;        /* NULL: of any function */
	slot *fp;                       /* NULL: any frame */
	bool up, moved;
};

static void move(void *user, const struct cell **ret, slot *fp)
{
	struct moving *m = user;

	if ((m->fp && fp != m->fp) || (m->func && header_at(fp, landing_of(*ret)->header)->func != m->func))
		return;
	if (m->up)
		m->moved |= lift(ret, fp);
	else
		lower(ret);
}

void tier_lower_frames(struct ctx *c, const struct func *f)
{
	each_frame(c, move, &(struct moving){ .func = f });
}

bool tier_frame_compiled(const struct frame *f)
{
	const struct cell *n1 = f->pc && cell_is(f->pc, h_NATIVE_LANDING) ? f->pc + 1 : f->pc;

	return f->native || (n1 && !f->host && cell_is(n1, h_NATIVE_RETURN) && __atomic_load_n(&n1->imm, __ATOMIC_RELAXED));
}

/* The innermost frame, at an instruction: it goes over at its loops. */
static bool move_innermost(struct ctx *c, const struct frame *f, bool up, struct err *e)
{
	struct body *b = code_body(f->inst->module, f->func->index, c->counting ? BODY_CHARGED : BODY_FAST,
		(enum memory_mode)f->inst->code_mode, tiers_fuse(c->store, f->inst->module, f->func->index), e);

	if (!b || (up && !tier_compile(c, f->func, b, TIER_ASKED, e)))
		return err_set(e, E_UNSUPPORTED, place_none(), "this function cannot be compiled");
	c->tier_fp = f->fp;
	c->tier_up = up;
	return true;
}

/* A frame that ran its plain body goes back to its fast one if all operands are where that expects them. */
static void to_fast(struct ctx *c, const struct frame *f)
{
	struct frame inner;

	if (f->level && frame_at(c, f->level - 1, &inner) && !inner.host)
		convert_outer_to_fast(c, f, &header_at(inner.fp, inner.header)->ret);
}

bool tier_move_frame(struct ctx *c, const struct frame *f, bool up, struct err *e)
{
	struct moving m = { .fp = f->fp, .up = up };

	if (f->host || !f->inst)
		return err_set(e, E_UNSUPPORTED, place_none(), "a host function has no tiers");
	if (!c->store->tiers)
		return err_set(e, E_UNSUPPORTED, place_none(), "this store has no compiler");
	if (up)
		tiers_use(c->store, f->inst->module);
	if (f->level == 0 && !c->at_return)
		return move_innermost(c, f, up, e);
	if (up) {
		struct body *b = code_body(f->inst->module, f->func->index, c->counting ? BODY_CHARGED : BODY_FAST,
			(enum memory_mode)f->inst->code_mode, tiers_fuse(c->store, f->inst->module, f->func->index), e);
		if (!b || !tier_compile(c, f->func, b, TIER_ASKED, e))
			return err_set(e, E_UNSUPPORTED, place_none(), "this function cannot be compiled");
		to_fast(c, f);
	}
	each_frame(c, move, &m);
	return !up || m.moved || err_set(e, E_UNSUPPORTED, place_none(),
		"this frame keeps operands where compiled code does not look for them: it goes over at its next loop");
}

/* ---- by chance ----------------------------------------------------------------------------------------------------------- */

uint64_t tier_chance(struct ctx *c)
{
	uint64_t x = c->tier_random ? c->tier_random : c->store->tiers->random * 0x9e3779b97f4a7c15u + c->number;

	x ^= x << 13;
	x ^= x >> 7;
	x ^= x << 17;
	return c->tier_random = x;
}

static void shuffle(void *user, const struct cell **ret, slot *fp)
{
	uint64_t r = tier_chance(user);

	if (r & 1)
		lower(ret);
	else if (r & 2)
		lift(ret, fp);
}

void tier_shuffle_frames(struct ctx *c)
{
	struct err e = { 0 };

	each_frame(c, shuffle, c);
	if (tier_chance(c) & 1)
		convert_to_plain(c, &e);
	else if (c->plain)
		convert_to_fast(c);
}
