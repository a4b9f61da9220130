/* The root of tracing: rules, listeners, and what the store is asked for because of them; see trace.h. */
#include "trace/trace.h"

#include <stdlib.h>

#include "engine/base/err.h"
#include "engine/stack.h"

enum { RING_DEFAULT = 1 << 20 };

static bool wants_calls(void *user, const struct module *m, uint32_t func)
{
	const struct trace *t = user;

	for (const struct trace_listener *l = t->listeners; l; l = l->next)
		if (!l->selected && l->kinds >> TK_CALL & 1)
			return true;
	for (size_t i = 0; i < t->rules.count; i++)
		if (t->rules.data[i].kinds >> TK_CALL & 1 && filter_func(&t->rules.data[i].filter, m, func))
			return true;
	return false;
}

struct trace *trace_new(void)
{
	struct trace *t = calloc(1, sizeof *t);

	if (!t)
		return NULL;
	pthread_mutex_init(&t->lock, NULL);
	t->ring_size = RING_DEFAULT;
	record_operands_init(t);
	t->probe = (struct probe){ .user = t };
	t->hook = (struct call_hook){
		.user = t, .wants = wants_calls, .enter = record_enter, .leave = record_leave, .caught = record_caught,
	};
	t->gate = (struct host_gate){ .order = GATE_TRACE, .user = t, .call = record_host };
	return t;
}

static void free_threads(struct trace *t)
{
	for (size_t i = 0; i < t->threads.count; i++) {
		vec_free(&t->threads.data[i]->frames);
		free(t->threads.data[i]);
	}
	vec_free(&t->threads);
}

void trace_free(struct trace *t)
{
	struct err e = { 0 };

	if (!t)
		return;
	trace_follow(t, NULL, &e);
	for (size_t i = 0; i < t->rules.count; i++)
		filter_free(&t->rules.data[i].filter);
	vec_free(&t->rules);
	vec_free(&t->counts);
	vec_free(&t->selected);
	vec_free(&t->modules);
	places_free(&t->places);
	ring_free(&t->ring);
	pthread_mutex_destroy(&t->lock);
	free(t);
}

/* ---- what the store is asked for ----------------------------------------------------------------------------------------- */

/* Kinds that the modules can have events of: without tags nothing is thrown, without object types none is made. */
static uint32_t possible_kinds(const struct trace *t)
{
	uint32_t kinds = ~(1u << TK_TRAP | 1u << TK_GC);

	for (size_t i = 0; i < t->modules.count; i++) {
		const struct module *m = t->modules.data[i];
		kinds |= m->ntags ? 1u << TK_TRAP : 0;
		for (uint32_t k = 0; k < m->ntypes; k++)
			kinds |= m->types[k]->kind != TYPE_FUNC ? 1u << TK_GC : 0;
	}
	return kinds;
}

/* Rules that are about single instructions ask for those only. */
static bool wants_op(const struct trace *t, uint32_t possible, enum op op)
{
	for (const struct trace_listener *l = t->listeners; l; l = l->next)
		if (record_needs(l->selected ? 0 : l->kinds & possible, l->counts, op))
			return true;
	for (size_t i = 0; i < t->rules.count; i++)
		if (record_needs(t->rules.data[i].kinds & possible, false, op) && filter_op(&t->rules.data[i].filter, op))
			return true;
	return false;
}

static void drop_probe(struct trace *t)
{
	if (t->probing)
		store_remove_probe(t->store, &t->probe);
	if (t->aftering)
		store_remove_probe(t->store, &t->after);
	t->probing = t->aftering = false;
}

static bool set_probe(struct trace *t)
{
	uint32_t possible = possible_kinds(t);
	uint32_t afterwards = t->kinds & possible & (1u << TK_MEM | 1u << TK_GC);
	bool before = false, after = false;

	drop_probe(t);
	t->probe = (struct probe){ .user = t, .before = record_before };
	t->after = (struct probe){ .user = t, .after = record_after };
	for (unsigned op = 0; op < OP_COUNT; op++) {
		if (!wants_op(t, possible, (enum op)op))
			continue;
		probe_want(&t->probe, (enum op)op);
		before = true;
		if (record_needs(afterwards, false, (enum op)op)) {
			probe_want(&t->after, (enum op)op);
			after = true;
		}
	}
	t->probing = before && store_add_probe(t->store, &t->probe);
	t->aftering = after && store_add_probe(t->store, &t->after);
	return t->probing == before && t->aftering == after;
}

static void drop_hook(struct trace *t)
{
	if (t->hooking)
		store_remove_call_hook(t->store, &t->hook);
	t->hooking = false;
}

static bool set_hook(struct trace *t)
{
	drop_hook(t);
	if (trace_wants(t, TK_CALL)) {
		store_add_call_hook(t->store, &t->hook);
		t->hooking = true;
	}
	for (size_t i = 0; i < t->modules.count; i++)
		if (!call_hook_apply(t->modules.data[i], t->store->call_hooks))
			return false;
	return true;
}

static void set_gate(struct trace *t, bool on)
{
	if (t->gating && !on)
		store_remove_gate(t->store, &t->gate);
	if (!t->gating && on)
		store_add_gate(t->store, &t->gate);
	t->gating = on;
}

/* After a change of rules, listeners or the store. */
static bool renew(struct trace *t, struct err *e)
{
	uint32_t kinds = 0;
	bool ring = false;

	t->counting = t->past_wanted = false;
	for (size_t i = 0; i < t->rules.count; i++) {
		kinds |= t->rules.data[i].kinds;
		t->past_wanted |= !t->rules.data[i].live;
		ring = true;
	}
	for (const struct trace_listener *l = t->listeners; l; l = l->next) {
		kinds |= l->selected ? 0 : l->kinds;
		t->counting |= l->counts;
		t->past_wanted |= !l->live;
	}
	t->kinds = kinds;
	vec_clear(&t->selected);        /* filled again as places are asked for */
	t->last = (struct trace_func_cache){ 0 };
	if (ring && !t->ring.at && !ring_resize(&t->ring, t->ring_size))
		return err_set(e, E_NO_MEMORY, place_none(), "no memory for a trace of %llu events", (unsigned long long)t->ring_size);
	if (!t->store)
		return true;
	set_gate(t, trace_wants(t, TK_HOST));
	return (set_probe(t) && set_hook(t)) || err_oom(e);
}

bool trace_follow(struct trace *t, struct store *s, struct err *e)
{
	if (t->store) {
		drop_probe(t);
		drop_hook(t);
		for (size_t i = 0; i < t->modules.count; i++)
			call_hook_apply(t->modules.data[i], t->store->call_hooks);
		set_gate(t, false);
		places_store_gone(&t->places);
		free_threads(t);
	}
	t->store = s;
	return renew(t, e);
}

bool trace_add_module(struct trace *t, const struct module *m, struct err *e)
{
	for (size_t i = 0; i < t->modules.count; i++)
		if (t->modules.data[i] == m)
			return true;
	if (!vec_push(&t->modules, m))
		return err_oom(e);
	return renew(t, e);
}

void trace_drop_module(struct trace *t, const struct module *m)
{
	for (size_t i = 0; i < t->modules.count; i++)
		if (t->modules.data[i] == m)
			t->modules.data[i--] = vec_pop(&t->modules);
	places_module_gone(&t->places, m);
}

/* ---- rules and listeners ---------------------------------------------------------------------------------------------------- */

bool trace_on(struct trace *t, struct trace_rule *rule, struct err *e)
{
	bool ok = t->rules.count < RULES_MAX || err_set(e, E_LIMIT, place_none(), "there are %d rules already", RULES_MAX);

	rule->live = !trace_replays(t);
	if (!ok || !vec_push(&t->rules, *rule)) {
		filter_free(&rule->filter);
		return ok ? err_oom(e) : false;
	}
	if (renew(t, e))
		return true;
	struct err ignored = { 0 };
	filter_free(&vec_pop(&t->rules).filter);
	renew(t, &ignored);
	return false;
}

bool trace_off(struct trace *t, uint32_t kinds, struct err *e)
{
	size_t kept = 0;

	for (size_t i = 0; i < t->rules.count; i++) {
		struct trace_rule *r = &t->rules.data[i];
		r->kinds &= ~kinds;
		if (r->kinds)
			t->rules.data[kept++] = *r;
		else
			filter_free(&r->filter);
	}
	t->rules.count = kept;
	return renew(t, e);
}

bool trace_listen(struct trace *t, struct trace_listener *l, struct err *e)
{
	l->live = !trace_replays(t);
	l->next = t->listeners;
	t->listeners = l;
	if (renew(t, e))
		return true;
	trace_unlisten(t, l);
	return false;
}

void trace_unlisten(struct trace *t, struct trace_listener *l)
{
	struct err ignored = { 0 };
	struct trace_listener **at = &t->listeners;

	while (*at && *at != l)
		at = &(*at)->next;
	if (!*at)
		return;
	*at = l->next;
	renew(t, &ignored);
}

void trace_clear(struct trace *t)
{
	ring_clear(&t->ring);
}

/* ---- events ------------------------------------------------------------------------------------------------------------------ */

bool trace_lock(struct trace *t)
{
	bool several = t->store && t->store->contexts.count > 1;

	if (several)
		pthread_mutex_lock(&t->lock);
	return several;
}

void trace_unlock(struct trace *t, bool locked)
{
	if (locked)
		pthread_mutex_unlock(&t->lock);
}

struct trace_thread *trace_thread(struct trace *t, const struct ctx *c)
{
	for (size_t i = 0; i < t->threads.count; i++)
		if (t->threads.data[i]->c == c)
			return t->threads.data[i];
	struct trace_thread *th = calloc(1, sizeof *th);
	if (!th || !vec_push(&t->threads, th)) {
		free(th);
		return NULL;
	}
	th->c = c;
	return th;
}

struct trace_event trace_event_at(const struct trace_thread *th, const struct ctx *c, enum trace_event_id id, uint32_t place)
{
	size_t depth = th->frames.count;

	return (struct trace_event){
		.step = ctx_clock(c), .thread = (uint16_t)(c->number ? c->number : 1), .place = place, .id = (uint8_t)id,
		.depth = (uint16_t)(depth < UINT16_MAX ? depth : UINT16_MAX),
	};
}

/* The rules whose conditions on places PLACE meets. */
static uint32_t rules_at(struct trace *t, uint32_t place)
{
	uint32_t bits = 0;

	if (place < t->selected.count)
		return t->selected.data[place];
	if (!vec_reserve(&t->selected, t->places.all.count))
		return 0;
	for (size_t p = t->selected.count; p < t->places.all.count; p++) {
		bits = 0;
		for (size_t i = 0; i < t->rules.count; i++)
			bits |= (uint32_t)filter_place(&t->rules.data[i].filter, &t->places, (uint32_t)p) << i;
		vec_push(&t->selected, bits);
	}
	return place < t->selected.count ? t->selected.data[place] : 0;
}

static bool selects(const struct trace *t, const struct trace_rule *r, const struct trace_event *e)
{
	return r->kinds >> trace_events[e->id].kind & 1 && !(r->live && trace_replays(t)) && filter_event(&r->filter, &t->places, e);
}

void trace_put(struct trace *t, struct trace_event *e, const uint64_t *values, unsigned words)
{
	bool selected = false;

	if (words > 2 + EVENT_WORDS * MORE_MAX)
		words = 2 + EVENT_WORDS * MORE_MAX;
	e->a = words > 0 ? values[0] : 0;
	e->b = words > 1 ? values[1] : 0;
	e->more = words > 2 ? (uint8_t)((words - 2 + EVENT_WORDS - 1) / EVENT_WORDS) : 0;
	for (uint32_t bits = t->rules.count ? e->place == NO_PLACE ? UINT32_MAX : rules_at(t, e->place) : 0, i = 0;
		i < t->rules.count && !selected; i++)
		selected = bits >> i & 1 && selects(t, &t->rules.data[i], e);
	if (selected)
		ring_put(&t->ring, e, values, words);
	for (struct trace_listener *l = t->listeners; l; l = l->next)
		if (l->event && !(l->live && trace_replays(t)) && (l->selected ? selected : l->kinds >> trace_events[e->id].kind & 1))
			l->event(l->user, e, values, words);
}

static void put_end(struct trace *t, struct trace_thread *th, struct ctx *c, enum outcome how)
{
	struct frame f;
	bool framed = frame_at(c, 0, &f) && f.func;
	uint32_t place = !framed ? NO_PLACE : f.inst && !f.host ? places_offset(&t->places, f.func, f.offset)
		: places_func_place(&t->places, f.func);
	struct trace_event e = trace_event_at(th, c, how == OUT_TRAP ? TE_TRAP : TE_EXIT, place);
	uint64_t word = how == OUT_TRAP ? (uint64_t)c->trap.kind : (uint64_t)(int64_t)c->exit_status;

	trace_put(t, &e, &word, 1);
}

void trace_ended(struct trace *t, struct ctx *c, enum outcome how)
{
	if (trace_is_quiet(t))
		return;
	bool locked = trace_lock(t);
	struct trace_thread *th = trace_thread(t, c);

	if (th && trace_wants(t, TK_TRAP) && (how == OUT_TRAP || how == OUT_EXIT))
		put_end(t, th, c, how);
	if (th && how != OUT_STOP)
		record_gone(t, th, c, c->depth ? c->segments[c->depth - 1].base : c->stack);
	trace_unlock(t, locked);
}
