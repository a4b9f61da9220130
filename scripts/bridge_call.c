/*
 * Calling the guest from scripts: core.call(module, function, …). Between commands it is a call like F(…) at the prompt: it
 * may stop, and after a trap the frames are there to look at. From a host function it calls back, within the call under
 * way. Arguments and results are Lua's values (eval_value.c).
 */
#include <string.h>

#include <lauxlib.h>

#include "engine/base/buf.h"
#include "engine/gc/gc.h"
#include "repl/command/interrupt.h"
#include "scripts/bridge.h"

enum { VALUES_MAX = 1000 };

/* ---- slots ----------------------------------------------------------------------------------- */

static void check_arguments(lua_State *lua, const struct func *f, int first, struct value *out)
{
	int given = lua_gettop(lua) - first + 1;

	if (given != (int)f->type->nparams)
		script_error(lua, "the function takes %d argument%s, %d given", (int)f->type->nparams,
			f->type->nparams == 1 ? "" : "s", given);
	for (uint32_t i = 0; i < f->type->nparams; i++)
		out[i] = value_check(lua, first + (int)i, f->type->params[i]);
}

static void pack(const struct deftype *t, const struct value *v, slot *out)
{
	for (uint32_t i = 0; i < t->nparams; i++) {
		*out++ = v[i].lo;
		if (vt_slots(t->params[i]) == 2)
			*out++ = v[i].hi;
	}
}

static int push_slots(lua_State *lua, const struct deftype *t, const slot *in)
{
	luaL_checkstack(lua, (int)t->nresults + 2, "too many results");
	for (uint32_t i = 0; i < t->nresults; i++) {
		struct value v = { .type = t->results[i], .lo = *in++ };
		if (vt_slots(v.type) == 2)
			v.hi = *in++;
		value_push(lua, v);
	}
	return (int)t->nresults;
}

/* ---- calling --------------------------------------------------------------------------------- */

/* A trap that came through several host functions says it once. */
static const char *trap_text(const struct ctx *c)
{
	const char *text = c->trap.message[0] ? c->trap.message : trap_words(c->trap.kind);

	while (strncmp(text, "trap: ", 6) == 0)
		text += 6;
	return text;
}

/* An error that says how a call ended: { message = "trap: …", outcome = "trap", report = "…" } */
static int fail_call(lua_State *lua, const struct ctx *c, enum outcome how, const char *report)
{
	struct err e = { 0 };

	if (how == OUT_TRAP)
		err_set(&e, E_EVAL, place_none(), "trap: %s", trap_text(c));
	else if (how == OUT_EXIT)
		err_set(&e, E_EVAL, place_none(), "the guest exited with status %d", c->exit_status);
	else
		err_set(&e, E_EVAL, place_none(), "the call did not end: %s", outcome_words(how));
	push_err(lua, &e);
	lua_pushstring(lua, how == OUT_TRAP ? "trap" : outcome_words(how));
	lua_setfield(lua, -2, "outcome");
	lua_pushstring(lua, report);
	lua_setfield(lua, -2, "report");
	push_where(lua);
	lua_setfield(lua, -2, "where");
	if (how == OUT_TRAP) {
		lua_pushstring(lua, trap_words(c->trap.kind));
		lua_setfield(lua, -2, "trap");
	}
	return lua_error(lua);
}

/* From a host function: within the call that is under way. */
static int call_back(lua_State *lua, struct bridge *b, struct func *f, const struct value *args)
{
	struct ctx *c = b->visit ? b->visit->c : b->s->ctx;
	slot *in = lua_newuserdatauv(lua, (f->type->param_slots + 1u) * sizeof *in, 0);
	slot *out = lua_newuserdatauv(lua, (f->type->result_slots + 1u) * sizeof *out, 0);

	pack(f->type, args, in);
	enum outcome how = b->visit ? bridge_visit_call(b, f, in, out) : ctx_call(c, f, in, out);
	bridge_look(b);
	if (how == OUT_DONE)
		return push_slots(lua, f->type, out);
	if (how != OUT_TRAP && how != OUT_EXCEPTION)
		b->pending = how;
	return fail_call(lua, c, how, "");
}

struct outer_call {
	struct result r;
	struct err e;
	enum outcome how;
	uint32_t nresults;
	struct value results[];
};

/* Between commands: as F(…) at the prompt. */
static void call_outermost(struct bridge *b, struct func *f, const struct value *args, struct outer_call *o)
{
	struct session *s = b->s;

	output_flush(&s->out);
	o->how = guest_begin(s, f, args, &o->r.arena, &o->e);
	if (o->e.code)
		return;
	if (o->how == OUT_STOP)
		o->how = guest_run_begun(s);
	struct value *values = o->how == OUT_DONE ? guest_results(s, f, &o->r.arena) : NULL;
	o->nresults = values ? f->type->nresults : 0;
	for (uint32_t i = 0; i < o->nresults; i++)
		o->results[i] = values[i];
	guest_report(s, o->how, &o->r);
	s->guest_status = o->r.guest_status == GUEST_NOT_RUN ? s->guest_status : o->r.guest_status;
	bridge_look(b);
}

static int push_outcome(lua_State *lua)
{
	const struct outer_call *o = lua_touserdata(lua, 1);

	luaL_checkstack(lua, (int)o->nresults + 4, "too many results");
	if (o->e.code) {
		push_err(lua, &o->e);
		return lua_error(lua);
	}
	if (o->how == OUT_STOP) {       /* the stop, and what it looks like */
		const struct node *stop = node_get(o->r.root, "stop");
		lua_pushnil(lua);
		if (stop)
			push_node(lua, stop);
		else
			lua_newtable(lua);
		lua_pushlstring(lua, buf_str(&o->r.text), o->r.text.size);
		return 3;
	}
	if (o->how != OUT_DONE) {       /* what the prompt would say of it */
		lua_pushlstring(lua, buf_str(&o->r.notes), o->r.notes.size);
		return 1;
	}
	for (uint32_t i = 0; i < o->nresults; i++)
		value_push(lua, o->results[i]);
	return (int)o->nresults;
}

void bridge_instantiate(struct bridge *b, lua_State *lua, struct session_module *m)
{
	struct result r;
	struct err e = { 0 };

	if (b->place != PLACE_FREE)
		script_error(lua, "the module is not instantiated");
	if (!result_init(&r))
		script_error(lua, "not enough memory");
	struct str line = b->s->under_way;
	b->s->under_way = STR("");      /* the script cannot be carried out again */
	bool ok = session_instantiate(b->s, m, &r, &e);
	b->s->under_way = line;
	result_free(&r);
	if (!ok && !e.code)
		err_set(&e, E_NOT_RUNNING, place_none(), "the module's start function has stopped: 'continue' or dbg.run() goes on there, "
			"then the instance can be used");
	if (!ok) {
		push_err(lua, &e);
		lua_error(lua);
	}
}

static int call_free(lua_State *lua, struct bridge *b, struct func *f, const struct value *args)
{
	struct outer_call *o = lua_newuserdatauv(lua, sizeof *o + f->type->nresults * sizeof *o->results, 0);

	o->e = (struct err){ 0 };
	o->how = OUT_DONE;
	o->nresults = 0;
	luaL_checkstack(lua, 8, NULL);
	if (!result_init(&o->r))
		return script_error(lua, "not enough memory");
	call_outermost(b, f, args, o);
	int top = lua_gettop(lua);
	lua_pushcfunction(lua, push_outcome);
	lua_pushlightuserdata(lua, o);
	int status = lua_pcall(lua, 1, LUA_MULTRET, 0);
	enum outcome how = o->how;
	result_free(&o->r);
	if (status != LUA_OK)
		return lua_error(lua);
	if (how != OUT_DONE && how != OUT_STOP)
		return fail_call(lua, b->s->ctx, how, lua_tostring(lua, -1));
	bridge_idle(b);
	return lua_gettop(lua) - top;
}

struct func *check_func(lua_State *lua, int index)
{
	struct bridge *b = bridge_of(lua);
	struct session_module *m = check_module(lua, index);
	uint32_t i = check_func_index(lua, index + 1, m);

	if (!m->instance) {
		bridge_instantiate(b, lua, m);
		m = check_module(lua, index);   /* the start function may have loaded others */
	}
	bridge_look(b);
	return m->instance->funcs[i];
}

/* core.call(module, index, …): its results. When it stops: nil, the stop, its text. */
static int core_call(lua_State *lua)
{
	struct bridge *b = bridge_of(lua);

	if (b->place >= PLACE_LOOKING)
		return script_error(lua, "conditions and probes only look: they cannot call the guest");
	if (b->s->main_ctx && !b->visit)
		return script_error(lua, "calls are made in the first thread; 'thread 1' selects it");
	struct func *f = check_func(lua, 1);
	if (f->type->nparams > VALUES_MAX || f->type->nresults > VALUES_MAX)
		return script_error(lua, "too many parameters or results");
	struct value *args = lua_newuserdatauv(lua, (f->type->nparams + 1u) * sizeof *args, 0);
	lua_replace(lua, 1);            /* kept alive where the module's number was */
	check_arguments(lua, f, 3, args);
	return b->place == PLACE_HOST ? call_back(lua, b, f, args) : call_free(lua, b, f, args);
}

/* core.funcref(module, index): a reference to the function, for tables and globals */
static int core_funcref(lua_State *lua)
{
	struct func *f = check_func(lua, 1);

	value_push(lua, (struct value){ VT_FUNCREF, (slot)(uintptr_t)f, 0 });
	return 1;
}

void bridge_call_open(lua_State *lua)
{
	lua_pushcfunction(lua, core_funcref);
	lua_setfield(lua, -2, "funcref");
	lua_pushcfunction(lua, core_call);
	lua_setfield(lua, -2, "call");
}
