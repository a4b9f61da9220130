/*
 * Hooks and tasks: core.events, core.on_dispatch, core.want, core.idle. Events are kept when they happen and told when no
 * command is under way; a hook may then do what a person could. Telling is Lua's: the function given to
 * core.on_dispatch calls the hooks; tasks that yielded a set of events (bits) go on with the first of them.
 */
#include <stdlib.h>

#include <lauxlib.h>

#include "repl/command/interrupt.h"
#include "scripts/bridge.h"

enum { QUEUE_MAX = 10000 };

/* ---- keeping --------------------------------------------------------------------------------- */

static uint32_t task_bits(const struct bridge *b, size_t i)
{
	return (uint32_t)lua_tointeger(b->tasks.data[i].lua, -1);
}

void bridge_on_event(void *user, struct session *s, const struct event *ev)
{
	struct bridge *b = user;
	uint32_t wanted = b->wanted;

	for (size_t i = 0; i < b->tasks.count; i++)
		wanted |= task_bits(b, i);
	if (!(wanted >> ev->kind & 1) || b->events.count >= QUEUE_MAX)
		return;
	struct queued q = { .kind = ev->kind, .number = ev->number, .how = ev->how, .size = ev->text.n };
	q.text = ev->text.n ? malloc(ev->text.n) : NULL;
	if (ev->text.n && !q.text)
		return;
	if (q.text)
		memcpy(q.text, ev->text.p, ev->text.n);
	if (!vec_push(&b->events, q))
		free(q.text);
}

void bridge_events_free(struct bridge *b)
{
	for (size_t i = 0; i < b->events.count; i++)
		free(b->events.data[i].text);
	vec_free(&b->events);
}

/* ---- telling --------------------------------------------------------------------------------- */

/* { event = "stopped", reason = "trap", module = 1, text = "…", stream = 1 } */
static void push_event(lua_State *lua, const struct queued *q)
{
	lua_newtable(lua);
	lua_pushstring(lua, event_names[q->kind]);
	lua_setfield(lua, -2, "event");
	if (q->kind == EVENT_STOPPED || q->kind == EVENT_ENDED) {
		lua_pushstring(lua, outcome_words(q->how));
		lua_setfield(lua, -2, "reason");
	} else if (q->number) {
		lua_pushinteger(lua, q->number);
		lua_setfield(lua, -2, q->kind == EVENT_OUTPUT ? "stream" : q->kind == EVENT_INSTANTIATED ? "instance" : "module");
	}
	if (q->text) {
		lua_pushlstring(lua, q->text, q->size);
		lua_setfield(lua, -2, "text");
	}
}

static int dispatch_body(lua_State *lua)
{
	const struct queued *q = lua_touserdata(lua, 1);

	if (lua_getfield(lua, LUA_REGISTRYINDEX, "dispatch") != LUA_TFUNCTION)
		return 0;
	push_event(lua, q);
	lua_callk(lua, 1, 0, 0, bridge_end);
	return 0;
}

static int give_event(lua_State *lua)
{
	push_event(lua, lua_touserdata(lua, 1));
	return 1;
}

static void show_failure(struct bridge *b, struct err *e)
{
	if (e->code)
		bridge_complain(b, e);
	err_clear(e);
}

static void tell_tasks(struct bridge *b, const struct queued *q)
{
	struct err e = { 0 };
	size_t n = b->tasks.count;      /* those that wait now; one that waits again is behind them */

	for (size_t i = 0; i < n;) {
		if (!(task_bits(b, i) >> q->kind & 1)) {
			i++;
			continue;
		}
		n--;
		bridge_resume(b, i, give_event, (void *)q, &e);
		show_failure(b, &e);
	}
}

static void tell(struct bridge *b, const struct queued *q)
{
	struct err e = { 0 };

	tell_tasks(b, q);
	if (b->wanted >> q->kind & 1)
		bridge_enter(b, dispatch_body, (void *)q, PLACE_FREE, &e);
	show_failure(b, &e);
}

/* C-c ends it, also where each hook lets the guest go on. */
void bridge_idle(struct bridge *b)
{
	if (b->telling || b->s->guest_runs)
		return;
	bridge_probes_rest(b);
	b->telling = true;
	interrupt_script_enter();
	for (size_t i = 0; i < b->events.count && !b->s->quit && !interrupt_seen(); i++) {
		struct queued q = b->events.data[i];    /* more may come meanwhile */
		b->events.data[i].text = NULL;
		tell(b, &q);
		free(q.text);
	}
	for (size_t i = 0; i < b->events.count; i++)
		free(b->events.data[i].text);
	vec_clear(&b->events);
	interrupt_script_leave();
	b->telling = false;
	if (!b->result)
		output_flush(&b->s->out);
}

/* ---- for Lua --------------------------------------------------------------------------------- */

/* core.events(): { loaded = 1, unloaded = 2, … }: bits for core.want and for waiting */
static int core_events(lua_State *lua)
{
	lua_newtable(lua);
	for (int k = 0; k < EVENT_COUNT; k++) {
		lua_pushinteger(lua, (lua_Integer)1 << k);
		lua_setfield(lua, -2, event_names[k]);
	}
	return 1;
}

/* core.want(bits): events that hooks are told of */
static int core_want(lua_State *lua)
{
	struct bridge *b = bridge_of(lua);

	b->wanted = (uint32_t)luaL_checkinteger(lua, 1);
	event_want_output(b->s, b->wanted >> EVENT_OUTPUT & 1);
	return 0;
}

/* core.on_dispatch(fn) */
static int core_on_dispatch(lua_State *lua)
{
	luaL_checktype(lua, 1, LUA_TFUNCTION);
	lua_settop(lua, 1);
	lua_setfield(lua, LUA_REGISTRYINDEX, "dispatch");
	return 0;
}

/* core.on_take_back(fn): told of "begin", "keep" and "undo" of each script file */
static int core_on_take_back(lua_State *lua)
{
	luaL_checktype(lua, 1, LUA_TFUNCTION);
	lua_settop(lua, 1);
	lua_setfield(lua, LUA_REGISTRYINDEX, "take back");
	return 0;
}

/* core.place(): where this runs: "free" between commands, "host" in a host function, "looking" */
static int core_place(lua_State *lua)
{
	static const char *const names[] = { "free", "host", "looking", "looking" };

	lua_pushstring(lua, names[bridge_of(lua)->place]);
	return 1;
}

void bridge_event_open(lua_State *lua)
{
	static const luaL_Reg functions[] = {
		{ "on_take_back", core_on_take_back }, { "events", core_events }, { "want", core_want }, { "on_dispatch", core_on_dispatch }, { "place", core_place },
		{ NULL, NULL },
	};

	luaL_setfuncs(lua, functions, 0);
}
