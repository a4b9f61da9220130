/*
 * Probes on calls: core.calls_add, core.calls_remove, on the call hooks of the engine (engine/regir/call_hook.h). Functions
 * asked for tell of their calls and returns at full speed; others are as fast as ever. The callbacks come from the middle
 * of fast code, where frames cannot be looked at: they get arguments and results, and see memories, globals and tables.
 */
#include <lauxlib.h>

#include "engine/regir/call_hook.h"
#include "engine/regir/code.h"
#include "scripts/bridge.h"

struct lua_calls {
	const struct module *module;    /* NULL: taken back */
	uint32_t func;
	int enter, leave;               /* functions; LUA_NOREF: none */
};

struct lua_call_hook {
	struct call_hook hook;
	struct bridge *b;
	struct store *store;            /* it is in; NULL: in none */
	VEC(struct lua_calls) calls;
};

/* ---- being told ------------------------------------------------------------------------------ */

struct call_job {
	const struct func *f;
	const valtype *types;
	uint32_t n;
	const slot *slots;
	int fn;
	bool results;
};

static int call_body(lua_State *lua)
{
	const struct call_job *j = lua_touserdata(lua, 1);
	const slot *in = j->slots;

	lua_rawgeti(lua, LUA_REGISTRYINDEX, j->fn);
	lua_createtable(lua, 0, 3);
	lua_pushinteger(lua, j->f->inst->module->number);
	lua_setfield(lua, -2, "module");
	lua_pushinteger(lua, j->f->index);
	lua_setfield(lua, -2, "index");
	lua_createtable(lua, (int)j->n, 0);
	for (uint32_t i = 0; i < j->n; i++) {
		struct value v = { .type = j->types[i], .lo = *in++ };
		if (vt_slots(v.type) == 2)
			v.hi = *in++;
		value_push(lua, v);
		lua_rawseti(lua, -2, (lua_Integer)i + 1);
	}
	lua_setfield(lua, -2, j->results ? "results" : "args");
	lua_call(lua, 1, 0);
	return 0;
}

/* What a callback raises is told once, and its probe taken back. */
static void tell(struct lua_call_hook *h, struct ctx *c, struct func *f, struct call_job *j)
{
	for (size_t i = 0; i < h->calls.count; i++) {
		const struct lua_calls *one = &h->calls.data[i];
		struct err e = { 0 };
		j->fn = j->results ? one->leave : one->enter;
		if (one->module != f->inst->module || one->func != f->index || j->fn == LUA_NOREF || c != h->b->s->ctx)
			continue;
		if (bridge_enter(h->b, call_body, j, PLACE_BLIND, &e) != ENTERED_FAILED)
			continue;
		bridge_complain(h->b, &e);
		h->calls.data[i].enter = h->calls.data[i].leave = LUA_NOREF;
	}
}

static void on_enter(void *user, struct ctx *c, struct func *f, slot *fp)
{
	struct call_job j = { .f = f, .types = f->type->params, .n = f->type->nparams, .slots = fp };

	tell(user, c, f, &j);
}

static void on_leave(void *user, struct ctx *c, struct func *f, slot *fp, const slot *results)
{
	struct call_job j = { .f = f, .types = f->type->results, .n = f->type->nresults, .slots = results, .results = true };

	tell(user, c, f, &j);
}

static void on_caught(void *user, struct ctx *c, slot *fp)
{
}

static bool on_wants(void *user, const struct module *m, uint32_t func)
{
	const struct lua_call_hook *h = user;

	for (size_t i = 0; i < h->calls.count; i++)
		if (h->calls.data[i].module == m && h->calls.data[i].func == func)
			return true;
	return false;
}

/* ---- adding ---------------------------------------------------------------------------------- */

void bridge_calls_store_made(struct bridge *b)
{
	struct lua_call_hook *h = b->call_hook;

	if (!h || !b->s->store || h->store == b->s->store)
		return;
	h->store = b->s->store;
	store_add_call_hook(h->store, &h->hook);
}

void bridge_calls_store_going(struct bridge *b)
{
	if (b->call_hook && b->call_hook->store)
		store_remove_call_hook(b->call_hook->store, &b->call_hook->hook);
	if (b->call_hook)
		b->call_hook->store = NULL;
}

static struct lua_call_hook *need_hook(lua_State *lua)
{
	struct bridge *b = bridge_of(lua);

	if (b->call_hook)
		return b->call_hook;
	b->call_hook = calloc(1, sizeof *b->call_hook);
	if (!b->call_hook)
		script_error(lua, "not enough memory");
	b->call_hook->b = b;
	b->call_hook->hook = (struct call_hook){
		.user = b->call_hook, .wants = on_wants, .enter = on_enter, .leave = on_leave, .caught = on_caught,
	};
	return b->call_hook;
}

static int optional_function(lua_State *lua, int index)
{
	if (lua_isnoneornil(lua, index))
		return LUA_NOREF;
	luaL_checktype(lua, index, LUA_TFUNCTION);
	lua_pushvalue(lua, index);
	return luaL_ref(lua, LUA_REGISTRYINDEX);
}

/* core.calls_add(module, function, enter, leave): its number */
static int core_calls_add(lua_State *lua)
{
	struct bridge *b = bridge_of(lua);
	const struct session_module *m = check_module(lua, 1);
	uint32_t func = check_func_index(lua, 2, m);
	struct err e = { 0 };

	if (b->s->guest_runs)
		return script_error(lua, "the guest runs: probes are added while it stands still");
	if (m->module->funcs[func].import >= 0)
		return script_error(lua, "the function is imported: its calls are those of a host function");
	if (!m->module->code || !session_store(b->s, &e))
		return script_error(lua, "%s", e.code ? e.message : "the module is not valid");
	struct lua_call_hook *h = need_hook(lua);
	struct lua_calls calls = { m->module, func, LUA_NOREF, LUA_NOREF };
	lua_settop(lua, 4);
	calls.enter = optional_function(lua, 3);
	calls.leave = optional_function(lua, 4);
	bridge_calls_store_made(b);
	if (!vec_push(&h->calls, calls) || !call_hook_apply(m->module, b->s->store->call_hooks))
		return script_error(lua, "not enough memory");
	lua_pushinteger(lua, (lua_Integer)h->calls.count);
	return 1;
}

/* core.calls_remove(number) */
static int core_calls_remove(lua_State *lua)
{
	struct bridge *b = bridge_of(lua);
	struct lua_call_hook *h = b->call_hook;
	lua_Integer n = luaL_checkinteger(lua, 1);

	if (!h || n < 1 || n > (lua_Integer)h->calls.count || !h->calls.data[n - 1].module)
		return script_error(lua, "there is no probe %I", (LUAI_UACINT)-n);
	if (b->s->guest_runs)
		return script_error(lua, "the guest runs: probes on calls are removed while it stands still");
	struct lua_calls *c = &h->calls.data[n - 1];
	const struct module *m = c->module;
	luaL_unref(lua, LUA_REGISTRYINDEX, c->enter);
	luaL_unref(lua, LUA_REGISTRYINDEX, c->leave);
	*c = (struct lua_calls){ NULL, 0, LUA_NOREF, LUA_NOREF };
	if (b->s->store)
		call_hook_apply(m, b->s->store->call_hooks);
	return 0;
}

void bridge_calls_free(struct bridge *b)
{
	bridge_calls_store_going(b);
	if (b->call_hook)
		vec_free(&b->call_hook->calls);
	free(b->call_hook);
}

void bridge_calls_open(lua_State *lua)
{
	static const luaL_Reg functions[] = {
		{ "calls_add", core_calls_add }, { "calls_remove", core_calls_remove }, { NULL, NULL },
	};

	luaL_setfuncs(lua, functions, 0);
}
