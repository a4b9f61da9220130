/* Unwinding; see unwind.h. Handlers are rows of a body's table, innermost first (walk_eh.inc). */
#include "engine/unwind.h"

#include "engine/exn.h"
#include "engine/imm.h"
#include "engine/regir/call_hook.h"
#include "engine/regir/code.h"
#include "engine/regir/convert.h"
#include "engine/regir/interp.h"

struct place_in_frame {
	struct body *body;
	struct func *func;
	slot *fp;
	uint32_t at;            /* byte offset of the throwing or calling cell */
};

static bool catches(const struct handler_row *h, const struct func *f, const struct exn *x)
{
	if (h->kind == CATCH_ALL || h->kind == CATCH_ALL_REF)
		return true;
	return f->inst->tags[h->tag] == x->tag;
}

static const struct handler_row *find_handler(const struct place_in_frame *p, const struct exn *x)
{
	uint32_t deepest = UINT32_MAX;

	for (uint32_t i = 0; i < p->body->nhandlers; i++) {
		const struct handler_row *h = &p->body->handlers[i];
		if (p->at < h->start || p->at >= h->end || h->depth > deepest)
			continue;
		if (h->delegate)
			deepest = h->target;
		else if (catches(h, p->func, x))
			return h;
	}
	return NULL;
}

/* The payload, and the exception itself where it is wanted, go where the label has its values. */
static void land(struct ctx *c, const struct place_in_frame *p, const struct handler_row *h, struct exn *x)
{
	slot *dst = (slot *)(void *)((char *)p->fp + h->dst);
	bool payload = h->kind == CATCH_TAG || h->kind == CATCH_REF;

	if (h->legacy)
		*dst++ = (slot)(uintptr_t)x;
	if (payload)
		for (uint32_t i = 0; i < x->nslots; i++)
			*dst++ = x->payload[i];
	if (h->kind == CATCH_REF || h->kind == CATCH_ALL_REF)
		*dst = (slot)(uintptr_t)x;
	c->fp = p->fp;
	c->pc = (const struct cell *)(const void *)(p->body->cells + h->target);
	c->plain = p->body->kind == BODY_PLAIN;
	c->at_return = false;
	c->exception = NULL;
	interp_enter_instance(c, p->func);
	interp_hook_caught(c, p->fp);
}

static bool calling_place(const struct cell *ret, slot *fp, struct place_in_frame *p)
{
	const struct landing *l = landing_of(ret);

	if (!l)
		return false;
	const struct frame_header *h = (const struct frame_header *)(const void *)((const char *)fp + l->header);
	p->func = h->func;
	p->fp = fp;
	p->body = code_body_at(h->func->inst->module, l);
	p->at = landing_call(p->body, l);
	return true;
}

static bool first_place(struct ctx *c, struct place_in_frame *p)
{
	if (c->at_return)
		return calling_place(c->pc, c->fp, p);
	p->body = convert_body(c);
	if (!p->body)
		return false;
	p->fp = c->fp;
	p->func = ((const struct frame_header *)(const void *)((const char *)c->fp + p->body->header))->func;
	p->at = (uint32_t)((const char *)c->pc - p->body->cells);
	return true;
}

bool unwind_throw(struct ctx *c)
{
	struct exn *x = c->exception;
	struct place_in_frame p;

	for (bool more = first_place(c, &p); more;) {
		const struct handler_row *h = find_handler(&p, x);
		if (h) {
			land(c, &p, h, x);
			return true;
		}
		const struct frame_header *header = (const struct frame_header *)(const void *)((const char *)p.fp + p.body->header);
		more = calling_place(header->ret, header->caller, &p);
	}
	return false;
}
