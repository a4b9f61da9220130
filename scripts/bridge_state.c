/*
 * The guest's state for scripts: core.eval, core.frames, core.frame, core.locals, core.stack; memories, globals and
 * tables of the current instance; objects. Reading works everywhere, writing goes through the same checks as `set`.
 */
#include <stdlib.h>

#include <lauxlib.h>

#include "engine/base/arena.h"
#include "engine/base/buf.h"
#include "engine/gc/gc.h"
#include "engine/names.h"
#include "engine/stack.h"
#include "debugger/site.h"
#include "repl/command/debug.h"
#include "scripts/bridge.h"

/* A probe on calls cannot look at frames. */
static void check_sight(lua_State *lua)
{
	if (bridge_of(lua)->place == PLACE_BLIND)
		script_error(lua, "the guest is in the middle of fast code: its frames cannot be looked at");
}

/* ---- expressions ----------------------------------------------------------------------------- */

struct expression {
	struct arena arena;
	struct eval_result v;
	struct err e;
	bool ok;
};

static int push_expression(lua_State *lua)
{
	const struct expression *x = lua_touserdata(lua, 1);

	if (!x->ok) {
		push_err(lua, &x->e);
		return lua_error(lua);
	}
	switch (x->v.kind) {
	case EVAL_NIL:
		return 0;
	case EVAL_WASM:
		value_push(lua, x->v.value);
		return 1;
	case EVAL_INTEGER:
	case EVAL_UNSIGNED:
		lua_pushinteger(lua, x->v.integer);
		return 1;
	case EVAL_FLOAT:
		lua_pushnumber(lua, x->v.real);
		return 1;
	case EVAL_BOOL:
		lua_pushboolean(lua, x->v.truth);
		return 1;
	case EVAL_STRING:
	case EVAL_TABLE:
		break;
	}
	lua_pushlstring(lua, x->v.text.p, x->v.text.n);
	return 1;
}

/* core.eval(text, level): the value of an expression in a frame */
static int core_eval(lua_State *lua)
{
	struct session *s = bridge_of(lua)->s;
	struct str text = { NULL, 0 };
	struct expression *x;

	check_sight(lua);
	text.p = luaL_checklstring(lua, 1, &text.n);
	lua_Integer number = luaL_optinteger(lua, 2, bridge_frame(s));
	luaL_argcheck(lua, number >= 0 && number <= UINT32_MAX, 2, "no such frame");
	struct seen_frame at = { 0 };
	bool framed = s->ctx && seen_frame_at(s->ctx, (uint32_t)number, &at);
	x = lua_newuserdatauv(lua, sizeof *x, 0);
	*x = (struct expression){ 0 };
	luaL_checkstack(lua, 4, NULL);
	struct eval_scope scope = debug_scope(s, framed ? at.f.level : (uint32_t)number);
	scope.function = at.call;
	if (bridge_of(lua)->place != PLACE_FREE)
		scope.call = NULL;
	x->ok = s->eval->run(s->eval, &scope, text, &x->v, &x->arena, &x->e);
	lua_pushcfunction(lua, push_expression);
	lua_pushlightuserdata(lua, x);
	int status = lua_pcall(lua, 1, 1, 0);
	arena_free(&x->arena);
	return status == LUA_OK ? 1 : lua_error(lua);
}

/* ---- frames ---------------------------------------------------------------------------------- */

/* By its number in backtraces, in which inlined functions count. */
static void check_seen(lua_State *lua, int index, struct seen_frame *at)
{
	const struct session *s = bridge_of(lua)->s;
	check_sight(lua);
	lua_Integer number = luaL_optinteger(lua, index, bridge_frame(s));

	if (!s->ctx || number < 0 || number > UINT32_MAX || !seen_frame_at(s->ctx, (uint32_t)number, at))
		script_error(lua, "nothing is running: there is no frame %I", (LUAI_UACINT)number);
}

static void check_frame(lua_State *lua, int index, struct frame *f)
{
	struct seen_frame at = { 0 };

	check_seen(lua, index, &at);
	*f = at.f;
}

static void check_wasm_frame(lua_State *lua, int index, struct frame *f)
{
	check_frame(lua, index, f);
	if (f->host || !f->inst)
		script_error(lua, "the frame is a host function's: it has no locals and no stack");
}

/* core.frames(): how many there are, and which is selected */
static int core_frames(lua_State *lua)
{
	const struct session *s = bridge_of(lua)->s;

	check_sight(lua);
	seen_frames none;

	lua_pushinteger(lua, s->ctx ? seen_frames_get(s->ctx, 0, 0, &none) : 0);
	lua_pushinteger(lua, bridge_frame(s));
	return 2;
}

/* The name of the function that was inlined there, if the frame is its; else false. */
static void push_inlined(lua_State *lua, const struct seen_frame *at)
{
	struct buf name = { 0 };

	if (seen_frame_inlined(at)) {
		seen_frame_name(at, &name);
		lua_pushlstring(lua, buf_str(&name), name.size);
	} else {
		lua_pushboolean(lua, false);
	}
	buf_free(&name);
}

/* core.frame(level): { level, module, index, pc, host } */
static int core_frame(lua_State *lua)
{
	struct seen_frame at = { 0 };

	check_seen(lua, 1, &at);
	struct frame f = at.f;
	lua_newtable(lua);
	lua_pushinteger(lua, at.number);
	lua_setfield(lua, -2, "level");
	push_inlined(lua, &at);
	lua_setfield(lua, -2, "inlined");
	lua_pushboolean(lua, f.host);
	lua_setfield(lua, -2, "host");
	if (!f.inst || f.host)
		return 1;
	lua_pushinteger(lua, f.inst->module->number);
	lua_setfield(lua, -2, "module");
	lua_pushinteger(lua, f.func->index);
	lua_setfield(lua, -2, "index");
	lua_pushinteger(lua, f.offset);
	lua_setfield(lua, -2, "pc");
	return 1;
}

/* core.locals(level): values by number from 0, and by name; and the names in order */
static int core_locals(lua_State *lua)
{
	struct session *s = bridge_of(lua)->s;
	struct frame f;
	struct value v;

	check_wasm_frame(lua, 1, &f);
	lua_newtable(lua);
	lua_newtable(lua);
	for (uint32_t i = 0, n = frame_local_count(&f); i < n; i++) {
		struct str name = name_of_inner(f.inst->module, NAME_LOCAL, f.func->index, i);
		if (!frame_local(s->ctx, &f, i, &v))
			continue;
		value_push(lua, v);
		lua_rawseti(lua, -3, i);
		if (!name.n)
			continue;
		lua_pushlstring(lua, name.p, name.n);
		value_push(lua, v);
		lua_rawset(lua, -4);
		lua_pushlstring(lua, name.p, name.n);
		lua_rawseti(lua, -2, i);
	}
	return 2;
}

/* core.stack(level): the operand stack, [1] the bottom */
static int core_stack(lua_State *lua)
{
	struct session *s = bridge_of(lua)->s;
	struct arena a = { 0 };
	struct err e = { 0 };
	struct frame f;
	struct value *v, *copy;
	uint32_t n;

	check_wasm_frame(lua, 1, &f);
	bool ok = frame_stack(s->ctx, &f, &v, &n, &a, &e);
	copy = ok ? lua_newuserdatauv(lua, (n + 1u) * sizeof *copy, 0) : NULL;
	if (copy && n)
		memcpy(copy, v, n * sizeof *copy);
	arena_free(&a);
	if (!copy)
		return script_error(lua, "%s", e.message);
	lua_createtable(lua, (int)n, 0);
	for (uint32_t i = 0; i < n; i++) {
		value_push(lua, copy[i]);
		lua_rawseti(lua, -2, (lua_Integer)i + 1);
	}
	return 1;
}

/* core.clock(): Wasm instructions executed in this run */
static int core_clock(lua_State *lua)
{
	const struct session *s = bridge_of(lua)->s;

	lua_pushinteger(lua, s->ctx ? (lua_Integer)ctx_clock(s->ctx) : 0);
	return 1;
}

/* core.locate("fac+3"): module, function, offset, and the instruction there */
static int core_locate(lua_State *lua)
{
	struct str text = { NULL, 0 };
	struct location at;
	struct err e = { 0 };
	struct result r;
	struct site site;

	check_sight(lua);
	text.p = luaL_checklstring(lua, 1, &text.n);
	if (!result_init(&r))
		return script_error(lua, "not enough memory");
	bool ok = debug_locate_one(bridge_of(lua)->s, text, &r, &at, &e) &&
		site_at(at.module, at.func, at.offset, &site, &e);
	result_free(&r);
	if (!ok) {
		push_err(lua, &e);
		return lua_error(lua);
	}
	lua_pushinteger(lua, at.module->number);
	lua_pushinteger(lua, at.func);
	lua_pushinteger(lua, site.offset);
	lua_pushstring(lua, op_info[site.op].text);
	return 4;
}

/* core.stop_hits(): numbers of the breakpoints at which the guest stopped */
static int core_stop_hits(lua_State *lua)
{
	const struct dbg *d = bridge_of(lua)->s->dbg;

	lua_newtable(lua);
	for (uint32_t i = 0; d && i < d->stop.nhits; i++) {
		lua_pushinteger(lua, d->stop.hits[i]);
		lua_rawseti(lua, -2, (lua_Integer)i + 1);
	}
	return 1;
}

/* ---- the instance ---------------------------------------------------------------------------- */

/* Of the selected frame, else the current one, which is instantiated when it can be. */
static struct instance *need_instance(lua_State *lua)
{
	struct bridge *b = bridge_of(lua);
	struct session_module *m = session_named_module(b->s);

	if (b->scope.instance)
		return b->scope.instance;
	if (!m)
		script_error(lua, "no module is loaded");
	bridge_instantiate(b, lua, m);
	bridge_look(b);
	return b->s->instance;
}

static struct memory *check_memory(lua_State *lua, int index)
{
	struct instance *in = need_instance(lua);
	lua_Integer i = luaL_optinteger(lua, index, 0);

	if (i < 0 || i >= (lua_Integer)in->module->nmemories)
		script_error(lua, in->module->nmemories ? "no memory %I" : "the module has no memory", (LUAI_UACINT)i);
	return in->memories[i];
}

/* Addresses of 32-bit memories may be given as the signed numbers that i32 values are. */
static uint64_t check_address(lua_State *lua, int index, const struct memory *m)
{
	lua_Integer at = luaL_checkinteger(lua, index);

	return m->is64 || at >= 0 ? (uint64_t)at : (uint32_t)at;
}

static void check_range(lua_State *lua, const struct memory *m, uint64_t at, uint64_t size)
{
	if (!memory_range(m, at, size))
		script_error(lua, "%I bytes at %I: the memory has %I bytes", (LUAI_UACINT)size, (LUAI_UACINT)at,
			(LUAI_UACINT)atomic_load(&m->size));
}

/* core.mem_size(memory) */
static int core_mem_size(lua_State *lua)
{
	lua_pushinteger(lua, (lua_Integer)atomic_load(&check_memory(lua, 1)->size));
	return 1;
}

/* core.mem_read(at, size, memory): a string */
static int core_mem_read(lua_State *lua)
{
	const struct memory *m = check_memory(lua, 3);
	uint64_t at = check_address(lua, 1, m);
	lua_Integer size = luaL_checkinteger(lua, 2);

	luaL_argcheck(lua, size >= 0, 2, "a size is not negative");
	check_range(lua, m, at, (uint64_t)size);
	mem_will_read(m, at, (uint64_t)size);
	lua_pushlstring(lua, size ? (const char *)m->base + at : "", (size_t)size);
	return 1;
}

/* core.mem_write(at, bytes, memory) */
static int core_mem_write(lua_State *lua)
{
	struct memory *m = check_memory(lua, 3);
	uint64_t at = check_address(lua, 1, m);
	size_t size;
	const char *bytes = luaL_checklstring(lua, 2, &size);

	check_range(lua, m, at, size);
	if (size) {
		mem_will_write(m, at, size);
		memcpy(m->base + at, bytes, size);
	}
	return 0;
}

/* core.mem_find(bytes, from, to, memory): the first address, nil when there is none */
static int core_mem_find(lua_State *lua)
{
	const struct memory *m = check_memory(lua, 4);
	size_t size;
	const char *bytes = luaL_checklstring(lua, 1, &size);
	uint64_t from = lua_isnoneornil(lua, 2) ? 0 : check_address(lua, 2, m);
	uint64_t end = atomic_load(&m->size), to = lua_isnoneornil(lua, 3) ? end : check_address(lua, 3, m);

	to = to < end ? to : end;
	luaL_argcheck(lua, size > 0, 1, "nothing to look for");
	if (from >= to)
		return 0;
	const uint8_t *at = memmem(m->base + from, to - from, bytes, size);
	if (!at)
		return 0;
	lua_pushinteger(lua, at - m->base);
	return 1;
}

/* ---- globals and tables ---------------------------------------------------------------------- */

static struct global *check_global(lua_State *lua, int index)
{
	struct instance *in = need_instance(lua);
	struct str name = { NULL, 0 };
	struct extern_ref x;
	uint32_t at;
	bool several;

	if (lua_isinteger(lua, index)) {
		lua_Integer i = lua_tointeger(lua, index);
		if (i < 0 || i >= (lua_Integer)in->module->nglobals)
			script_error(lua, "no global %I: the module has %d", (LUAI_UACINT)i, (int)in->module->nglobals);
		return in->globals[i];
	}
	name.p = luaL_checklstring(lua, index, &name.n);
	if (name_find(in->module, NAME_GLOBAL, name, &at, &several))
		return in->globals[at];
	if (!instance_export(in, name, &x) || x.kind != EXTERN_GLOBAL)
		script_error(lua, "no global '%s'", name.p);
	return x.as.global;
}

static int core_glob_get(lua_State *lua)
{
	const struct global *g = check_global(lua, 1);

	value_push(lua, (struct value){ g->type, g->value[0], vt_slots(g->type) == 2 ? g->value[1] : 0 });
	return 1;
}

/* core.glob_set(name, value) */
static int core_glob_set(lua_State *lua)
{
	struct global *g = check_global(lua, 1);
	struct value v;

	if (!g->mut)
		return script_error(lua, "the global is immutable");
	luaL_checkany(lua, 2);
	v = value_check(lua, 2, g->type);
	g->value[0] = v.lo;
	if (vt_slots(g->type) == 2)
		g->value[1] = v.hi;
	return 0;
}

static struct table *check_table(lua_State *lua, int index)
{
	struct instance *in = need_instance(lua);
	lua_Integer i = luaL_optinteger(lua, index, 0);

	if (i < 0 || i >= (lua_Integer)in->module->ntables)
		script_error(lua, in->module->ntables ? "no table %I" : "the module has no table", (LUAI_UACINT)i);
	return in->tables[i];
}

static uint64_t check_element(lua_State *lua, int index, const struct table *t)
{
	lua_Integer i = luaL_checkinteger(lua, index);

	if (i < 0 || (uint64_t)i >= t->size)
		script_error(lua, "no element %I: the table has %I", (LUAI_UACINT)i, (LUAI_UACINT)t->size);
	return (uint64_t)i;
}

static int core_tab_get(lua_State *lua)
{
	const struct table *t = check_table(lua, 2);

	value_push(lua, (struct value){ t->type, t->elems[check_element(lua, 1, t)], 0 });
	return 1;
}

/* core.tab_set(index, value, table) */
static int core_tab_set(lua_State *lua)
{
	struct table *t = check_table(lua, 3);
	uint64_t i = check_element(lua, 1, t);

	luaL_checkany(lua, 2);
	t->elems[i] = value_check(lua, 2, t->type).lo;
	return 0;
}

static int core_tab_size(lua_State *lua)
{
	lua_pushinteger(lua, (lua_Integer)check_table(lua, 1)->size);
	return 1;
}

/* ---- references ------------------------------------------------------------------------------ */

/* core.ref(value): what a reference refers to: "func", module, index; "null"; "struct", "array", "i31", "host", "exn" */
static int core_ref(lua_State *lua)
{
	const struct value *v = value_at(lua, 1);
	const struct session *s = bridge_of(lua)->s;

	if (!v || !vt_is_ref(v->type))
		return script_error(lua, "this is not a reference");
	uint32_t top = heap_top(s->engine, vt_heap(v->type));
	if (!v->lo) {
		lua_pushliteral(lua, "null");
		return 1;
	}
	if (top == HEAP_FUNC) {
		const struct func *f = (const struct func *)(uintptr_t)v->lo;
		lua_pushstring(lua, f->inst ? "func" : "host");
		lua_pushinteger(lua, f->inst ? f->inst->module->number : 0);
		lua_pushinteger(lua, f->index);
		return 3;
	}
	const struct deftype *t = top == HEAP_ANY || top == HEAP_EXTERN ? gc_object_type(s->store, v->lo) : NULL;
	lua_pushstring(lua, top == HEAP_EXN ? "exn" : t ? t->kind == TYPE_STRUCT ? "struct" : "array" :
		v->lo & REF_HOST_BIT ? "host" : "i31");
	return 1;
}

/* core.fields(ref): { [0] = …, name = … } of an object */
static int core_fields(lua_State *lua)
{
	const struct value *v = value_at(lua, 1);
	const struct bridge *b = bridge_of(lua);
	const struct deftype *t = v && vt_is_ref(v->type) && b->s->store ? gc_object_type(b->s->store, v->lo) : NULL;
	const struct module *m = b->scope.instance ? b->scope.instance->module : NULL;
	struct value field;

	if (!t)
		return script_error(lua, "this is no reference to an object");
	lua_newtable(lua);
	for (uint32_t i = 0, n = gc_object_length(b->s->store, v->lo); i < n; i++) {
		if (!gc_field_get(b->s->store, v->lo, i, &field))
			continue;
		value_push(lua, field);
		lua_rawseti(lua, -2, i);
	}
	for (uint32_t k = 0; m && t->kind == TYPE_STRUCT && k < m->ntypes; k++)
		for (uint32_t i = 0; m->types[k] == t && i < t->nfields; i++) {
			struct str name = name_of_inner(m, NAME_FIELD, k, i);
			if (!name.n)
				continue;
			lua_pushlstring(lua, name.p, name.n);
			lua_rawgeti(lua, -2, i);
			lua_rawset(lua, -3);
		}
	return 1;
}

void bridge_state_open(lua_State *lua)
{
	static const luaL_Reg functions[] = {
		{ "eval", core_eval }, { "frames", core_frames }, { "frame", core_frame }, { "locals", core_locals },
		{ "stack", core_stack }, { "mem_size", core_mem_size }, { "mem_read", core_mem_read },
		{ "mem_write", core_mem_write }, { "mem_find", core_mem_find }, { "glob_get", core_glob_get },
		{ "glob_set", core_glob_set }, { "tab_get", core_tab_get }, { "tab_set", core_tab_set },
		{ "tab_size", core_tab_size }, { "ref", core_ref }, { "fields", core_fields }, { "locate", core_locate },
		{ "stop_hits", core_stop_hits }, { "clock", core_clock }, { NULL, NULL },
	};

	luaL_setfuncs(lua, functions, 0);
}
