/* Telling of calls; see call_hook.h. */
#include "engine/regir/call_hook.h"

#include <stdlib.h>

#include "engine/regir/code.h"
#include "engine/tier.h"

/* ---- hooks of a store ------------------------------------------------------------------------------------------------- */

void store_add_call_hook(struct store *s, struct call_hook *h)
{
	h->next = s->call_hooks;
	s->call_hooks = h;
}

void store_remove_call_hook(struct store *s, struct call_hook *h)
{
	for (struct call_hook **p = &s->call_hooks; *p; p = &(*p)->next)
		if (*p == h) {
			*p = h->next;
			return;
		}
}

void interp_hook_enter(struct ctx *c, struct func *f, slot *fp)
{
	for (struct call_hook *h = c->store->call_hooks; h; h = h->next)
		h->enter(h->user, c, f, fp);
}

void interp_hook_leave(struct ctx *c, const struct frame_header *header, slot *fp, const slot *results)
{
	for (struct call_hook *h = c->store->call_hooks; h; h = h->next)
		h->leave(h->user, c, header->func, fp, results);
}

void interp_hook_caught(struct ctx *c, slot *fp)
{
	for (struct call_hook *h = c->store->call_hooks; h; h = h->next)
		h->caught(h->user, c, fp);
}

/* ---- cells -------------------------------------------------------------------------------------------------------------- */

void call_hook_body(struct body *b)
{
	struct code *code = b->module->code;
	bool on = code->hooked_calls && code->hooked_calls[b->func - b->module->nimported_funcs];

	for (uint32_t at = 0; b->kind != BODY_PLAIN && at < b->size; at += code_cell_size(b, at))
		code_hook(b, at, on);
}

static bool wanted(const struct call_hook *h, const struct module *m, uint32_t func)
{
	while (h && !h->wants(h->user, m, func))
		h = h->next;
	return h != NULL;
}

bool call_hook_apply(const struct module *m, const struct call_hook *h)
{
	struct code *code = m->code;
	uint32_t n = m->nfuncs - m->nimported_funcs;

	if (!code->hooked_calls && !h)
		return true;
	pthread_mutex_lock(&code->lock);
	if (!code->hooked_calls)
		code->hooked_calls = calloc(n ? n : 1, sizeof *code->hooked_calls);
	for (uint32_t i = 0; code->hooked_calls && i < n; i++)
		code->hooked_calls[i] = wanted(h, m, m->nimported_funcs + i);
	for (size_t i = 0; code->hooked_calls && i < code->by_address.count; i++)
		call_hook_body(code->by_address.data[i]);
	pthread_mutex_unlock(&code->lock);
	tier_refresh_module(m);
	return code->hooked_calls != NULL;
}
