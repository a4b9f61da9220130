/* Events; see event.h. */
#include "repl/command/event.h"

#include <string.h>

#include "engine/host_gate.h"
#include "repl/command/render.h"

const char *const event_names[EVENT_COUNT] = {
	[EVENT_LOADED] = "loaded", [EVENT_UNLOADED] = "unloaded", [EVENT_INSTANTIATED] = "instantiated",
	[EVENT_RESUMED] = "resumed", [EVENT_STOPPED] = "stopped", [EVENT_ENDED] = "ended", [EVENT_OUTPUT] = "output",
	[EVENT_COMMAND] = "command",
};

void event_subscribe(struct session *s, struct event_subscriber *sub)
{
	struct event_subscriber **at = &s->subscribers;

	while (*at)
		at = &(*at)->next;
	sub->next = NULL;
	*at = sub;
}

void event_unsubscribe(struct session *s, struct event_subscriber *sub)
{
	struct event_subscriber **at = &s->subscribers;

	while (*at && *at != sub)
		at = &(*at)->next;
	if (*at)
		*at = sub->next;
}

void event_send(struct session *s, const struct event *ev)
{
	static const char *const keys[EVENT_COUNT] = {
		[EVENT_LOADED] = "module", [EVENT_UNLOADED] = "module", [EVENT_INSTANTIATED] = "instance",
	};
	bool left = ev->kind == EVENT_STOPPED || ev->kind == EVENT_ENDED;
	struct event_subscriber *next;

	if (ev->kind != EVENT_OUTPUT && ev->kind != EVENT_COMMAND)      /* JSON lines have these already */
		json_event(s, event_names[ev->kind], keys[ev->kind], ev->number, left ? outcome_words(ev->how) : NULL);
	for (struct event_subscriber *sub = s->subscribers; sub; sub = next) {
		next = sub->next;
		sub->on(sub->user, s, ev);
	}
}

/* ---- output ------------------------------------------------------------------------------------------------------------ */

/* Looks at fd_write of WASI, whatever descriptor 1 and 2 are on the host. */
struct output_gate {
	struct host_gate gate;          /* first */
	struct session *s;
	struct store *store;            /* it is in; NULL: in none */
	bool wanted;
};

static bool writes_output(const struct func *f)
{
	return f->host_name && strcmp(f->host_name, "fd_write") == 0 && f->type->nparams == 4 &&
		strncmp(f->host_module, "wasi_", 5) == 0;
}

static bool read_word(const struct memory *m, uint64_t at, uint32_t *out)
{
	if (!memory_range(m, at, sizeof *out))
		return false;
	memcpy(out, m->base + at, sizeof *out);
	return true;
}

/* The N bytes that were written from COUNT pieces at IOVS. */
static void send_pieces(struct output_gate *g, uint32_t fd, const struct memory *m, uint32_t iovs, uint32_t count, uint32_t n)
{
	for (uint32_t i = 0; i < count && n; i++) {
		uint64_t at = iovs + (uint64_t)i * 8;
		uint32_t p, size;
		if (!read_word(m, at, &p) || !read_word(m, at + 4, &size) || !memory_range(m, p, size))
			return;
		size = size < n ? size : n;
		n -= size;
		if (size)
			event_send(g->s, &(struct event){ .kind = EVENT_OUTPUT, .number = fd,
				.text = { (const char *)m->base + p, size } });
	}
}

static enum outcome watch_output(struct host_gate *gate, struct ctx *c, struct func *f, const slot *args, slot *results)
{
	struct output_gate *g = (struct output_gate *)gate;
	bool look = g->wanted && c == g->s->ctx && writes_output(f) && (args[0] == 1 || args[0] == 2);
	slot kept[4] = { 0 };
	uint32_t n;

	if (look)
		memcpy(kept, args, sizeof kept);        /* results may lie in the same place */
	enum outcome how = host_gate_next(gate->next, c, f, args, results);
	const struct memory *m = look && how == OUT_DONE && results[0] == 0 ? ctx_caller_memory(c) : NULL;
	if (m && read_word(m, (uint32_t)kept[3], &n))
		send_pieces(g, (uint32_t)kept[0], m, (uint32_t)kept[1], (uint32_t)kept[2], n);
	return how;
}

void event_store_made(struct session *s)
{
	struct output_gate *g = s->output_gate;

	if (!g || !g->wanted || g->store == s->store || s->guest_runs)
		return;
	g->store = s->store;
	store_add_gate(s->store, &g->gate);
}

bool event_wants_output(const struct session *s)
{
	return s->output_gate && s->output_gate->wanted;
}

void event_want_output(struct session *s, bool on)
{
	if (!s->output_gate && on)
		s->output_gate = arena_alloc(&s->arena, sizeof *s->output_gate);
	struct output_gate *g = s->output_gate;
	if (!g)
		return;
	g->gate.order = GATE_TRACE;
	g->gate.call = watch_output;
	g->s = s;
	g->wanted = on;
	if (s->store)
		event_store_made(s);
}
