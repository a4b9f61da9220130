/*
 * Probes of scripts: core.probe_add, core.probe_remove. A probe asks for instructions by their texts (with * and ?) or
 * for one place, and its function is told of each execution; true stops the guest there. Probes outlive stores: they are
 * put into each new one.
 */
#include <fnmatch.h>
#include <stdlib.h>

#include <lauxlib.h>

#include "engine/probe.h"
#include "scripts/bridge.h"

struct lua_probe {
	struct probe p;
	struct bridge *b;
	int fn;                         /* LUA_NOREF: removed, and only waits to be taken out */
	lua_Integer number;
	const struct module *module;    /* only there; NULL: everywhere */
	uint32_t offset;                /* with module: only this instruction; UINT32_MAX: any of the function */
	uint32_t func;
	struct store *store;            /* it is in; NULL: in none */
};

/* ---- being called ---------------------------------------------------------------------------- */

struct probe_job {
	struct lua_probe *p;
	struct ctx *c;
	const struct probe_at *at;
	bool stop;
};

static int probe_work(lua_State *lua)
{
	struct probe_job *j = lua_touserdata(lua, 1);
	const struct func *f = probe_func(j->c, j->at);

	lua_rawgeti(lua, LUA_REGISTRYINDEX, j->p->fn);
	lua_createtable(lua, 0, 4);
	lua_pushstring(lua, op_info[probe_op(j->c, j->at)].text);
	lua_setfield(lua, -2, "op");
	lua_pushinteger(lua, f->inst->module->number);
	lua_setfield(lua, -2, "module");
	lua_pushinteger(lua, f->index);
	lua_setfield(lua, -2, "index");
	lua_pushinteger(lua, j->at->offset);
	lua_setfield(lua, -2, "pc");
	lua_call(lua, 1, 1);
	j->stop = lua_toboolean(lua, -1);
	return 0;
}

static bool is_wanted(const struct lua_probe *p, struct ctx *c, const struct probe_at *at)
{
	if (p->fn == LUA_NOREF || c != p->b->s->ctx)
		return false;
	if (!p->module)
		return true;
	if (p->offset != UINT32_MAX && p->offset != at->offset)
		return false;
	const struct func *f = probe_func(c, at);
	return f->inst->module == p->module && f->index == p->func;
}

/* What it raises is told once; the probe then rests. */
static void give_up(struct lua_probe *p, const struct err *e)
{
	bridge_complain(p->b, e);
	p->fn = LUA_NOREF;
}

static bool on_instruction(void *user, struct ctx *c, const struct probe_at *at)
{
	struct lua_probe *p = user;
	struct probe_job j = { p, c, at, false };
	struct err e = { 0 };

	if (!is_wanted(p, c, at))
		return false;
	if (bridge_enter(p->b, probe_work, &j, PLACE_LOOKING, &e) == ENTERED_DONE)
		return j.stop;
	give_up(p, &e);
	return true;
}

/* ---- adding ---------------------------------------------------------------------------------- */

static bool put_in(struct lua_probe *p)
{
	struct store *s = p->b->s->store;

	if (!s || p->store == s || p->fn == LUA_NOREF)
		return true;
	p->store = store_add_probe(s, &p->p) ? s : NULL;
	return p->store != NULL;
}

void bridge_probes_store_made(struct bridge *b)
{
	for (size_t i = 0; i < b->probes.count; i++)
		put_in(b->probes.data[i]);
}

void bridge_probes_store_going(struct bridge *b)
{
	for (size_t i = 0; i < b->probes.count; i++)
		b->probes.data[i]->store = NULL;
}

static unsigned want(lua_State *lua, struct probe *p, const char *pattern)
{
	unsigned n = 0;

	for (enum op op = 0; op < OP_COUNT; op++)
		if (fnmatch(pattern, op_info[op].text, 0) == 0) {
			probe_want(p, op);
			n++;
		}
	return n ? n : (unsigned)script_error(lua, "no instruction is called '%s'", pattern);
}

/* core.probe_add(pattern, after, fn, module, func, offset): its number. Without an offset anywhere in the function. */
static int core_probe_add(lua_State *lua)
{
	struct bridge *b = bridge_of(lua);
	const char *pattern = luaL_checkstring(lua, 1);
	bool after = lua_toboolean(lua, 2);

	luaL_checktype(lua, 3, LUA_TFUNCTION);
	lua_settop(lua, 6);
	if (b->s->guest_runs)
		return script_error(lua, "the guest runs: probes are added while it stands still");
	struct lua_probe *p = arena_alloc(&b->s->arena, sizeof *p);
	if (!p)
		return script_error(lua, "not enough memory");
	*p = (struct lua_probe){ .p.user = p, .b = b, .fn = LUA_NOREF, .offset = UINT32_MAX };
	if (after)
		p->p.after = on_instruction;
	else
		p->p.before = on_instruction;
	want(lua, &p->p, pattern);
	if (!lua_isnil(lua, 4)) {
		const struct session_module *m = check_module(lua, 4);
		p->module = m->module;
		p->func = check_func_index(lua, 5, m);
		p->offset = lua_isnil(lua, 6) ? UINT32_MAX : (uint32_t)luaL_checkinteger(lua, 6);
	}
	if (!vec_push(&b->probes, p))
		return script_error(lua, "not enough memory");
	p->number = (lua_Integer)b->probes.count;
	lua_pushvalue(lua, 3);
	p->fn = luaL_ref(lua, LUA_REGISTRYINDEX);
	if (!put_in(p))
		return script_error(lua, "not enough memory");
	lua_pushinteger(lua, p->number);
	return 1;
}

/* Taken out of the store at once where that is possible, else it only rests. */
static void take_out(struct lua_probe *p)
{
	p->fn = LUA_NOREF;
	if (p->store && !p->b->s->guest_runs) {
		store_remove_probe(p->store, &p->p);
		p->store = NULL;
	}
}

/* core.probe_remove(number) */
static int core_probe_remove(lua_State *lua)
{
	struct bridge *b = bridge_of(lua);
	lua_Integer n = luaL_checkinteger(lua, 1);

	if (n < 1 || n > (lua_Integer)b->probes.count || b->probes.data[n - 1]->fn == LUA_NOREF)
		return script_error(lua, "there is no probe %I", (LUAI_UACINT)n);
	luaL_unref(lua, LUA_REGISTRYINDEX, b->probes.data[n - 1]->fn);
	take_out(b->probes.data[n - 1]);
	return 0;
}

/* Those that only rest, when the guest stands still. */
void bridge_probes_rest(struct bridge *b)
{
	for (size_t i = 0; i < b->probes.count; i++)
		if (b->probes.data[i]->fn == LUA_NOREF)
			take_out(b->probes.data[i]);
}

void bridge_probes_free(struct bridge *b)
{
	for (size_t i = 0; i < b->probes.count; i++)
		take_out(b->probes.data[i]);
	vec_free(&b->probes);
}

void bridge_probe_open(lua_State *lua)
{
	static const luaL_Reg functions[] = {
		{ "probe_add", core_probe_add }, { "probe_remove", core_probe_remove }, { NULL, NULL },
	};

	luaL_setfuncs(lua, functions, 0);
}
