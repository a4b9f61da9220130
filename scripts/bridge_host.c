/*
 * Imports written in Lua: core.host_define, core.host_undefine, core.host_on_import, core.host_trap.
 *
 * A host function is called on a Lua thread of its own. What it raises is a trap with its words; what it gives is checked
 * against its type. It may call the guest back; when that ends in a way that cannot be caught (exit, kill, a limit), the
 * function ends so, too, whatever it does.
 */
#include <ctype.h>
#include <stdlib.h>

#include <lauxlib.h>

#include "engine/base/buf.h"
#include "engine/gc/gc.h"
#include "scripts/bridge.h"

enum { TYPES_MAX = 64 };

struct lua_host {
	struct bridge *b;
	struct str module, name;        /* NUL-terminated; in the session's arena */
	const struct deftype *type;
	int fn;                         /* LUA_NOREF: taken back */
};

/* ---- types ----------------------------------------------------------------------------------- */

static const struct { const char *name; valtype type; } type_names[] = {
	{ "i32", VT_I32 }, { "i64", VT_I64 }, { "f32", VT_F32 }, { "f64", VT_F64 }, { "v128", VT_V128 },
	{ "funcref", VT_FUNCREF }, { "externref", VT_EXTERNREF }, { "exnref", VT_EXNREF },
	{ "anyref", VT_REF | VT_NULLABLE | (uint32_t)HEAP_ANY << VT_HEAP_SHIFT },
	{ "eqref", VT_REF | VT_NULLABLE | (uint32_t)HEAP_EQ << VT_HEAP_SHIFT },
	{ "i31ref", VT_REF | VT_NULLABLE | (uint32_t)HEAP_I31 << VT_HEAP_SHIFT },
	{ "structref", VT_REF | VT_NULLABLE | (uint32_t)HEAP_STRUCT << VT_HEAP_SHIFT },
	{ "arrayref", VT_REF | VT_NULLABLE | (uint32_t)HEAP_ARRAY << VT_HEAP_SHIFT },
};

static bool type_by_name(const char *p, size_t n, valtype *out)
{
	for (size_t i = 0; i < sizeof type_names / sizeof *type_names; i++)
		if (strlen(type_names[i].name) == n && memcmp(type_names[i].name, p, n) == 0) {
			*out = type_names[i].type;
			return true;
		}
	return false;
}

/* "(i32 i64) -> (f32)", "i32, i64 -> f32", "(param i32 i64) (result f32)" */
static const struct deftype *check_type(lua_State *lua, int index)
{
	const char *text = luaL_checkstring(lua, index), *p = text;
	valtype types[2][TYPES_MAX];
	uint32_t counts[2] = { 0, 0 };
	int side = 0;

	while (*p) {
		size_t n = 0;
		while (isalnum((unsigned char)p[n]))
			n++;
		if (!n) {
			side |= p[0] == '-' && p[1] == '>';
			if (!strchr(" \t(),->", *p))
				script_error(lua, "'%s' is not a type of a function: (i32 i64) -> (f32)", text);
			p++;
			continue;
		}
		if ((n == 6 && memcmp(p, "result", 6) == 0)) {
			side = 1;
		} else if (!(n == 5 && memcmp(p, "param", 5) == 0) && !(n == 4 && memcmp(p, "func", 4) == 0)) {
			valtype t = VT_I32;
			if (!type_by_name(p, n, &t))
				script_error(lua, "'%s': there is no type %s", text, lua_pushlstring(lua, p, n));
			if (counts[side] == TYPES_MAX)
				script_error(lua, "a host function has at most %d parameters and results", (int)TYPES_MAX);
			types[side][counts[side]++] = t;
		}
		p += n;
	}
	const struct deftype *type = engine_func_type(bridge_of(lua)->s->engine, types[0], counts[0], types[1], counts[1]);
	if (!type)
		script_error(lua, "not enough memory");
	return type;
}

/* ---- being called ---------------------------------------------------------------------------- */

struct host_job {
	const struct lua_host *h;
	const slot *args;
	slot *results;
};

static void push_arguments(lua_State *lua, const struct deftype *t, const slot *in)
{
	luaL_checkstack(lua, (int)t->nparams + 4, "too many parameters");
	for (uint32_t i = 0; i < t->nparams; i++) {
		struct value v = { .type = t->params[i], .lo = *in++ };
		if (vt_slots(v.type) == 2)
			v.hi = *in++;
		value_push(lua, v);
	}
}

static void take_results(lua_State *lua, const struct lua_host *h, int first, slot *out)
{
	const struct deftype *t = h->type;
	int given = lua_gettop(lua) - first + 1;

	if (given < (int)t->nresults)
		script_error(lua, "%s.%s gives %d result%s, its type says %d", h->module.p, h->name.p, given,
			given == 1 ? "" : "s", (int)t->nresults);
	for (uint32_t i = 0; i < t->nresults; i++) {
		struct value v = value_check(lua, first + (int)i, t->results[i]);
		*out++ = v.lo;
		if (vt_slots(v.type) == 2)
			*out++ = v.hi;
	}
}

static int host_body(lua_State *lua)
{
	const struct host_job *j = lua_touserdata(lua, 1);

	lua_rawgeti(lua, LUA_REGISTRYINDEX, j->h->fn);
	push_arguments(lua, j->h->type, j->args);
	lua_call(lua, (int)j->h->type->nparams, LUA_MULTRET);
	take_results(lua, j->h, 2, j->results);
	return 0;
}

static enum outcome call_script(struct ctx *c, const struct lua_host *h, const slot *args, slot *results)
{
	struct bridge *b = h->b;
	struct err e = { 0 };
	struct host_job j = { h, args, results };

	if (h->fn == LUA_NOREF)
		return ctx_trap(c, TRAP_HOST, "%s.%s was taken back", h->module.p, h->name.p);
	enum outcome outer = b->pending;
	b->pending = OUT_DONE;
	enum entered how = bridge_enter(b, host_body, &j, PLACE_HOST, &e);
	enum outcome pending = b->pending;
	b->pending = outer;
	if (pending != OUT_DONE)
		return pending;
	if (b->s->quit)
		return OUT_KILLED;
	if (how == ENTERED_DONE)
		return OUT_DONE;
	if (e.place.kind == PLACE_LINE)
		return ctx_trap(c, TRAP_HOST, "%s:%llu: %s", e.file, (unsigned long long)e.place.start, e.message);
	return ctx_trap(c, TRAP_HOST, "%s", e.message);
}

static enum outcome host_call(struct ctx *c, struct func *f, const slot *args, slot *results)
{
	const struct lua_host *h = f->user;
	struct visit v;
	enum outcome how;

	if (!c->own_thread && !h->b->s->main_ctx)
		return call_script(c, h, args, results);
	if (!bridge_visit(h->b, c, &v, &how))
		return how;
	how = call_script(c, h, args, results);
	bridge_visit_over(h->b, &v);
	return how;
}

/* ---- defining -------------------------------------------------------------------------------- */

static struct lua_host *find(const struct bridge *b, struct str module, struct str name)
{
	for (size_t i = b->hosts.count; i-- > 0;) {
		struct lua_host *h = b->hosts.data[i];
		if (h->fn != LUA_NOREF && str_eq(h->module, module) && str_eq(h->name, name))
			return h;
	}
	return NULL;
}

static struct str keep(lua_State *lua, struct str s)
{
	const char *copy = arena_strndup(&bridge_of(lua)->s->arena, s.p, s.n);

	if (!copy)
		script_error(lua, "not enough memory");
	return (struct str){ copy, s.n };
}

/* Takes the function on top of the stack. */
static struct lua_host *add(lua_State *lua, struct str module, struct str name, const struct deftype *type)
{
	struct bridge *b = bridge_of(lua);
	struct lua_host *h = arena_alloc(&b->s->arena, sizeof *h);

	if (!h || !vec_push(&b->hosts, h))
		script_error(lua, "not enough memory");
	*h = (struct lua_host){ .b = b, .type = type, .fn = LUA_NOREF };
	h->module = keep(lua, module);
	h->name = keep(lua, name);
	h->fn = luaL_ref(lua, LUA_REGISTRYINDEX);
	return h;
}

static struct str check_str(lua_State *lua, int index)
{
	struct str s = { NULL, 0 };

	s.p = luaL_checklstring(lua, index, &s.n);
	return s;
}

/* core.host_define(module, name, type, fn): also for modules that have it already, when the type is the same */
static int core_host_define(lua_State *lua)
{
	struct str module = check_str(lua, 1), name = check_str(lua, 2);
	const struct deftype *type = check_type(lua, 3);
	struct lua_host *h = find(bridge_of(lua), module, name);

	luaL_checktype(lua, 4, LUA_TFUNCTION);
	lua_settop(lua, 4);
	if (h && h->type == type) {
		lua_rawseti(lua, LUA_REGISTRYINDEX, h->fn);
		return 0;
	}
	if (h)
		h->fn = LUA_NOREF;
	add(lua, module, name, type);
	return 0;
}

/* core.host_undefine(module, name) */
static int core_host_undefine(lua_State *lua)
{
	struct lua_host *h = find(bridge_of(lua), check_str(lua, 1), check_str(lua, 2));

	if (h) {
		luaL_unref(lua, LUA_REGISTRYINDEX, h->fn);
		h->fn = LUA_NOREF;
	}
	return 0;
}

/* core.host_on_import(fn): asked about function imports that nobody provides; nil takes it back */
static int core_host_on_import(lua_State *lua)
{
	lua_settop(lua, 1);
	if (!lua_isnil(lua, 1))
		luaL_checktype(lua, 1, LUA_TFUNCTION);
	lua_setfield(lua, LUA_REGISTRYINDEX, "on_import");
	return 0;
}

/* ---- giving them to imports ------------------------------------------------------------------- */

struct import_job {
	const struct import *i;
	const struct deftype *type;
	const struct buf *text;
	struct lua_host *h;
};

/* The function that on_import gives for an import. */
static int import_body(lua_State *lua)
{
	struct import_job *j = lua_touserdata(lua, 1);

	if (lua_getfield(lua, LUA_REGISTRYINDEX, "on_import") != LUA_TFUNCTION)
		return 0;
	lua_pushlstring(lua, j->i->module.p, j->i->module.n);
	lua_pushlstring(lua, j->i->name.p, j->i->name.n);
	lua_pushlstring(lua, buf_str(j->text), j->text->size);
	lua_call(lua, 3, 1);
	if (lua_isfunction(lua, -1))
		j->h = add(lua, j->i->module, j->i->name, j->type);
	return 0;
}

bool bridge_resolve(struct bridge *b, const struct module *m, const struct import *i, struct extern_ref *out,
	struct err *e)
{
	struct lua_host *h = i->kind == EXTERN_FUNC ? find(b, i->module, i->name) : NULL;
	struct buf text = { 0 };

	if (i->kind != EXTERN_FUNC)
		return false;
	if (!h) {
		struct import_job j = { i, m->funcs[i->index].type, &text, NULL };
		import_print_type(m, i, &text);
		bool ok = bridge_enter(b, import_body, &j, PLACE_LOOKING, e) == ENTERED_DONE;
		buf_free(&text);
		if (!ok || !j.h)
			return false;
		h = j.h;
	}
	out->kind = EXTERN_FUNC;
	out->as.func = func_new_host(b->s->store, h->type, host_call, h, h->module.p, h->name.p, e);
	return out->as.func != NULL;
}

void bridge_hosts_free(struct bridge *b)
{
	vec_free(&b->hosts);
}

void bridge_host_open(lua_State *lua)
{
	static const luaL_Reg functions[] = {
		{ "host_define", core_host_define }, { "host_undefine", core_host_undefine },
		{ "host_on_import", core_host_on_import }, { NULL, NULL },
	};

	luaL_setfuncs(lua, functions, 0);
}
