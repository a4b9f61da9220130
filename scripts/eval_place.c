/*
 * The guest's state as Lua objects: one kind of userdata with a kind and a number, one function that reads.
 *
 *     locals.n locals[0]         stack[0] (bottom) stack[-1] (top)      global.sp global[1]
 *     mem32[a] mem8s[a] …        mem(1).u32[a] mem(0).size              table0[3]
 *     gc(12).field gc(12)[0]
 *     result[1] hist[1]          reg[4] (a slot) reg.pc                 sym["n"], written $n
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <lauxlib.h>
#include <lua.h>

#include "engine/base/arena.h"
#include "engine/base/err.h"
#include "engine/ctx.h"
#include "engine/names.h"
#include "engine/stack.h"
#include "scripts/bridge.h"
#include "scripts/eval_state.h"

#define PLACE_META "wasm place"

enum { HEADER_SLOTS = 3 };      /* of a frame, between its locals and the operand stack */

enum place_kind_of { LOCALS, STACK, GLOBALS, MEMORY, ACCESS, TABLE, RESULT, HISTORY, REGISTERS, SYMBOLS };

struct object {
	enum place_kind_of kind;
	uint32_t index;                 /* of the memory or table */
	uint8_t access;                 /* ACCESS: index in accesses */
};

static const struct { const char *name; unsigned bytes; bool is_signed; valtype type; } accesses[] = {
	{ "u8", 1, false, VT_I32 }, { "i8", 1, true, VT_I32 }, { "u16", 2, false, VT_I32 }, { "i16", 2, true, VT_I32 },
	{ "i32", 4, true, VT_I32 }, { "u32", 4, false, VT_I64 }, { "i64", 8, true, VT_I64 }, { "f32", 4, false, VT_F32 },
	{ "f64", 8, false, VT_F64 }, { "v128", 16, false, VT_V128 },
};

/* Names of accesses to memory 0, and which they are. */
static const struct { const char *name; uint8_t access; } shorthands[] = {
	{ "mem8", 0 }, { "mem8s", 1 }, { "mem16", 2 }, { "mem16s", 3 }, { "mem32", 4 }, { "mem32u", 5 }, { "mem64", 6 },
	{ "memf32", 7 }, { "memf64", 8 }, { "memv128", 9 },
};

static int push_object(lua_State *lua, enum place_kind_of kind, uint32_t index, uint8_t access)
{
	struct object *o = lua_newuserdatauv(lua, sizeof *o, 0);

	*o = (struct object){ kind, index, access };
	luaL_setmetatable(lua, PLACE_META);
	return 1;
}

/* ---- what the scope has ---------------------------------------------------------------------- */

static const struct eval_scope *scope_of(lua_State *lua)
{
	return eval_state(lua)->scope;
}

static void need_frame(lua_State *lua, struct frame *f)
{
	const struct eval_scope *sc = scope_of(lua);

	if (!sc->stopped || !frame_at(sc->ctx, sc->level, f))
		luaL_error(lua, "nothing is running: there are no locals and no stack");
	if (f->host || !f->inst)
		luaL_error(lua, "the frame is a host function's: it has no locals and no stack");
}

static struct instance *need_instance(lua_State *lua)
{
	struct instance *in = scope_of(lua)->instance;

	if (!in)
		luaL_error(lua, "the module is not instantiated");
	return in;
}

/* ---- reading --------------------------------------------------------------------------------- */

static bool find_local(const struct frame *f, struct str name, uint32_t *index)
{
	uint32_t n = frame_local_count(f);

	for (*index = 0; name.n && *index < n; ++*index)
		if (str_eq(name_of_inner(f->inst->module, NAME_LOCAL, f->func->index, *index), name))
			return true;
	return false;
}

static int read_local(lua_State *lua, const struct frame *f, uint32_t index)
{
	struct value v;

	if (!frame_local(scope_of(lua)->ctx, f, index, &v))
		return luaL_error(lua, "local %d cannot be read here", (int)index);
	return value_read(lua, v);
}

static int index_locals(lua_State *lua)
{
	struct frame f;
	uint32_t index;

	need_frame(lua, &f);
	if (lua_isinteger(lua, 2)) {
		lua_Integer i = lua_tointeger(lua, 2);
		if (i < 0 || i >= (lua_Integer)frame_local_count(&f))
			return luaL_error(lua, "no local %I: the function has %d", (LUAI_UACINT)i, (int)frame_local_count(&f));
		return read_local(lua, &f, (uint32_t)i);
	}
	size_t n;
	const char *name = luaL_checklstring(lua, 2, &n);
	if (!find_local(&f, (struct str){ name, n }, &index))
		return luaL_error(lua, "no local '%s' in this function", name);
	return read_local(lua, &f, index);
}

/* The operand stack; *n values, to be freed by the caller. */
static struct value *copy_stack(lua_State *lua, uint32_t *n)
{
	const struct eval_scope *sc = scope_of(lua);
	struct arena a = { 0 };
	struct err e = { 0 };
	struct frame f;
	struct value *v, *copy = NULL;

	need_frame(lua, &f);
	if (frame_stack(sc->ctx, &f, &v, n, &a, &e)) {
		copy = malloc((*n + 1u) * sizeof *copy);
		if (copy && *n)
			memcpy(copy, v, *n * sizeof *copy);
	}
	arena_free(&a);
	if (!copy)
		luaL_error(lua, "%s", e.code ? e.message : "not enough memory");
	return copy;
}

static int index_stack(lua_State *lua)
{
	lua_Integer i = luaL_checkinteger(lua, 2);
	uint32_t n;
	struct value *v = copy_stack(lua, &n), it = { 0 };
	lua_Integer at = i < 0 ? i + n : i;
	bool there = at >= 0 && at < (lua_Integer)n;

	if (there)
		it = v[at];
	free(v);
	if (!there)
		return luaL_error(lua, "no stack[%I]: the operand stack has %d value%s", (LUAI_UACINT)i, (int)n, n == 1 ? "" : "s");
	return value_read(lua, it);
}

static int read_global(lua_State *lua, const struct global *g)
{
	return value_read(lua, (struct value){ g->type, g->value[0], vt_slots(g->type) == 2 ? g->value[1] : 0 });
}

static int index_globals(lua_State *lua)
{
	struct instance *in = need_instance(lua);
	struct extern_ref x;
	uint32_t index;
	bool several;

	if (lua_isinteger(lua, 2)) {
		lua_Integer i = lua_tointeger(lua, 2);
		if (i < 0 || i >= (lua_Integer)in->module->nglobals)
			return luaL_error(lua, "no global %I: the module has %d", (LUAI_UACINT)i, (int)in->module->nglobals);
		return read_global(lua, in->globals[i]);
	}
	struct str name = { NULL, 0 };
	name.p = luaL_checklstring(lua, 2, &name.n);
	if (name_find(in->module, NAME_GLOBAL, name, &index, &several))
		return read_global(lua, in->globals[index]);
	if (instance_export(in, name, &x) && x.kind == EXTERN_GLOBAL)
		return read_global(lua, x.as.global);
	return luaL_error(lua, "no global '%s'", name.p);
}

static struct memory *need_memory(lua_State *lua, uint32_t index)
{
	struct instance *in = need_instance(lua);

	if (index >= in->module->nmemories)
		luaL_error(lua, in->module->nmemories ? "no memory %d" : "the module has no memory", (int)index);
	return in->memories[index];
}

static int index_access(lua_State *lua, const struct object *o)
{
	struct memory *m = need_memory(lua, o->index);
	lua_Integer signed_at;
	if (!variable_integer(lua, 2, &signed_at))
		signed_at = luaL_checkinteger(lua, 2);
	unsigned bytes = accesses[o->access].bytes;
	uint64_t at = m->is64 || signed_at >= 0 ? (uint64_t)signed_at : (uint32_t)signed_at;
	struct value v = { .type = accesses[o->access].type };

	if (!memory_range(m, at, bytes)) {
		char text[128];
		snprintf(text, sizeof text, "%u byte%s at %" PRIu64 ": memory %u has %" PRIu64 " bytes", bytes,
			bytes == 1 ? "" : "s", at, o->index, (uint64_t)atomic_load(&m->size));
		return luaL_error(lua, "%s", text);
	}
	memcpy(&v.lo, m->base + at, bytes < 8 ? bytes : 8);
	if (bytes == 16)
		memcpy(&v.hi, m->base + at + 8, 8);
	if (accesses[o->access].is_signed && bytes < 8)
		v.lo = (slot)((int64_t)(v.lo << (64 - 8 * bytes)) >> (64 - 8 * bytes));
	v.lo = slot_normal(v.type, v.lo);
	return value_read(lua, v);
}

static int index_memory(lua_State *lua, const struct object *o)
{
	const struct memory *m = need_memory(lua, o->index);
	const char *name = luaL_checkstring(lua, 2);

	for (uint8_t i = 0; i < sizeof accesses / sizeof *accesses; i++)
		if (strcmp(accesses[i].name, name) == 0)
			return push_object(lua, ACCESS, o->index, i);
	if (strcmp(name, "size") == 0)
		lua_pushinteger(lua, (lua_Integer)atomic_load(&m->size));
	else if (strcmp(name, "pages") == 0)
		lua_pushinteger(lua, (lua_Integer)m->pages);
	else
		return luaL_error(lua, "a memory has u8 i8 u16 i16 u32 i32 i64 f32 f64 v128 size pages, not '%s'", name);
	return 1;
}

static int index_table(lua_State *lua, const struct object *o)
{
	struct instance *in = need_instance(lua);
	const struct table *t = o->index < in->module->ntables ? in->tables[o->index] : NULL;
	lua_Integer i = luaL_checkinteger(lua, 2);

	if (!t)
		return luaL_error(lua, "no table %d", (int)o->index);
	if (i < 0 || (uint64_t)i >= t->size)
		return luaL_error(lua, "no element %I: table %d has %I", (LUAI_UACINT)i, (int)o->index, (LUAI_UACINT)t->size);
	return value_read(lua, (struct value){ t->type, t->elems[i], 0 });
}

static int index_list(lua_State *lua, const struct value *v, size_t n, const char *none)
{
	lua_Integer i = luaL_checkinteger(lua, 2);

	if (i < 0)
		i += (lua_Integer)n + 1;
	if (i < 1 || (size_t)i > n)
		return luaL_error(lua, n ? "no number %I here: 1 to %d" : none, (LUAI_UACINT)luaL_checkinteger(lua, 2), (int)n);
	return value_read(lua, v[i - 1]);
}

static int index_registers(lua_State *lua)
{
	struct frame f;

	need_frame(lua, &f);
	if (lua_type(lua, 2) == LUA_TSTRING && strcmp(lua_tostring(lua, 2), "pc") == 0) {
		lua_pushinteger(lua, f.offset);
		return 1;
	}
	lua_Integer i = luaL_checkinteger(lua, 2), first_home = f.header / (lua_Integer)sizeof(slot);
	const struct eval_scope *sc = scope_of(lua);
	lua_Integer at = i < first_home ? i : i + HEADER_SLOTS;        /* numbered as in dumps */
	if (i < 0 || at >= sc->ctx->stack_end - f.fp)
		return luaL_error(lua, "no register %I", (LUAI_UACINT)i);
	return value_read(lua, value_i64((int64_t)f.fp[at]));
}

/* ---- symbols: $name -------------------------------------------------------------------------- */

/* $1, $ (the last), $$ (the one before), $$3. False: not of this form. */
static bool history_index(const struct eval_scope *sc, const char *name, size_t *index)
{
	char *end;
	bool back = name[0] == '$';
	const char *digits = back ? name + 1 + (name[1] == '$') : name;
	unsigned long n = strtoul(digits, &end, 10);

	if (*end || (!back && end == digits))
		return false;
	if (back) {
		n = digits[0] ? n : name[1] == '$' ? 1 : 0;
		n = n < sc->nhistory ? sc->nhistory - n : 0;
	}
	*index = n;
	return true;
}

static bool find_symbol_func(const struct instance *in, struct str name, uint32_t *index)
{
	bool several;
	const struct export *x;

	if (name_find(in->module, NAME_FUNC, name, index, &several))
		return true;
	x = module_export_kind(in->module, name, EXTERN_FUNC);
	if (x)
		*index = x->index;
	return x != NULL;
}

/* Of the access that trapped, else of the one that is about to happen. */
static int push_address(lua_State *lua)
{
	const struct eval_scope *sc = scope_of(lua);

	if (!sc->ctx || sc->ctx->trap.kind == TRAP_NONE || !sc->ctx->trap.memory)
		return luaL_error(lua, "$address is the address of an access that trapped; none has");
	lua_pushinteger(lua, (lua_Integer)sc->ctx->trap.address);
	return 1;
}

static int index_symbols(lua_State *lua)
{
	const struct eval_scope *sc = scope_of(lua);
	struct str name = { NULL, 0 };
	struct frame f;
	uint32_t index;
	bool several;
	size_t at;

	name.p = luaL_checklstring(lua, 2, &name.n);
	if (sc->stopped && frame_at(sc->ctx, sc->level, &f) && !f.host && f.inst && find_local(&f, name, &index))
		return read_local(lua, &f, index);
	if (variable_name(lua, name))
		return 1;
	if (sc->instance && name_find(sc->instance->module, NAME_GLOBAL, name, &index, &several))
		return read_global(lua, sc->instance->globals[index]);
	if (sc->instance && find_symbol_func(sc->instance, name, &index))
		return value_read(lua, (struct value){ VT_FUNCREF, (slot)(uintptr_t)sc->instance->funcs[index], 0 });
	if (history_index(sc, name.p, &at)) {
		if (at < 1 || at > sc->nhistory)
			return luaL_error(lua, sc->nhistory ? "no such value in the history: it has $1 to $%d" :
				"the history of values is empty", (int)sc->nhistory);
		return value_read(lua, sc->history[at - 1]);
	}
	if (str_is(name, "pc")) {
		need_frame(lua, &f);
		lua_pushinteger(lua, f.offset);
		return 1;
	}
	if (str_is(name, "step")) {
		lua_pushinteger(lua, sc->ctx ? (lua_Integer)ctx_clock(sc->ctx) : 0);
		return 1;
	}
	if (str_is(name, "result")) {
		if (!sc->nresults)
			return luaL_error(lua, "no function has returned a value yet");
		return value_read(lua, sc->results[0]);
	}
	if (str_is(name, "address"))
		return push_address(lua);
	return luaL_error(lua, "no local, global or function '%s' here", name.p);
}

/* ---- the metatable --------------------------------------------------------------------------- */

static int object_index(lua_State *lua)
{
	const struct object *o = luaL_checkudata(lua, 1, PLACE_META);
	const struct eval_scope *sc = scope_of(lua);

	switch (o->kind) {
	case LOCALS:
		return index_locals(lua);
	case STACK:
		return index_stack(lua);
	case GLOBALS:
		return index_globals(lua);
	case MEMORY:
		return index_memory(lua, o);
	case ACCESS:
		return index_access(lua, o);
	case TABLE:
		return index_table(lua, o);
	case RESULT:
		return index_list(lua, sc->results, sc->nresults, "no function has returned a value yet");
	case HISTORY:
		return index_list(lua, sc->history, sc->nhistory, "the history of values is empty");
	case REGISTERS:
		return index_registers(lua);
	case SYMBOLS:
		return index_symbols(lua);
	}
	return 0;
}

static int object_length(lua_State *lua)
{
	const struct object *o = luaL_checkudata(lua, 1, PLACE_META);
	const struct eval_scope *sc = scope_of(lua);
	struct frame f;
	uint32_t n;

	switch (o->kind) {
	case LOCALS:
		need_frame(lua, &f);
		lua_pushinteger(lua, frame_local_count(&f));
		return 1;
	case STACK:
		free(copy_stack(lua, &n));
		lua_pushinteger(lua, n);
		return 1;
	case TABLE:
		if (o->index >= need_instance(lua)->module->ntables)
			return luaL_error(lua, "no table %d", (int)o->index);
		lua_pushinteger(lua, (lua_Integer)sc->instance->tables[o->index]->size);
		return 1;
	case MEMORY:
	case ACCESS:
		lua_pushinteger(lua, (lua_Integer)atomic_load(&need_memory(lua, o->index)->size));
		return 1;
	case RESULT:
		lua_pushinteger(lua, (lua_Integer)sc->nresults);
		return 1;
	case HISTORY:
		lua_pushinteger(lua, (lua_Integer)sc->nhistory);
		return 1;
	case GLOBALS:
		lua_pushinteger(lua, need_instance(lua)->module->nglobals);
		return 1;
	case REGISTERS:
	case SYMBOLS:
		break;
	}
	return luaL_error(lua, "this has no length");
}

static int object_assign(lua_State *lua)
{
	return luaL_error(lua, "an expression cannot assign");
}

static int object_tostring(lua_State *lua)
{
	static const char *const names[] = { "the locals", "the operand stack", "the globals", "a memory", "a memory", "a table",
		"the results", "the history", "the registers", "the names" };
	const struct object *o = luaL_checkudata(lua, 1, PLACE_META);

	lua_pushstring(lua, names[o->kind]);
	return 1;
}

/* mem(1) */
static int choose_memory(lua_State *lua)
{
	lua_Integer i = luaL_checkinteger(lua, 1);

	luaL_argcheck(lua, i >= 0 && i <= UINT32_MAX, 1, "no such memory");
	need_memory(lua, (uint32_t)i);
	return push_object(lua, MEMORY, (uint32_t)i, 0);
}

int place_name(lua_State *lua, const char *name)
{
	static const struct { const char *name; enum place_kind_of kind; } objects[] = {
		{ "locals", LOCALS }, { "stack", STACK }, { "global", GLOBALS }, { "result", RESULT }, { "hist", HISTORY },
		{ "reg", REGISTERS }, { "sym", SYMBOLS },
	};
	unsigned index;
	int end = 0;

	for (size_t i = 0; i < sizeof objects / sizeof *objects; i++)
		if (strcmp(objects[i].name, name) == 0)
			return push_object(lua, objects[i].kind, 0, 0);
	for (size_t i = 0; i < sizeof shorthands / sizeof *shorthands; i++)
		if (strcmp(shorthands[i].name, name) == 0)
			return push_object(lua, ACCESS, 0, shorthands[i].access);
	if (sscanf(name, "table%9u%n", &index, &end) == 1 && !name[end])
		return push_object(lua, TABLE, index, 0);
	if (strcmp(name, "mem") == 0)
		lua_pushcfunction(lua, choose_memory);
	else if (strcmp(name, "gc") == 0)
		lua_pushcfunction(lua, object_numbered);
	else if (strcmp(name, "null") == 0)
		value_push(lua, (struct value){ .type = VT_EXTERNREF });
	else if (!bridge_global(lua, name))
		return luaL_error(lua, "no name '%s'; names of the module are written $%s", name, name);
	return 1;
}

void place_init(lua_State *lua)
{
	static const luaL_Reg meta[] = {
		{ "__index", object_index }, { "__newindex", object_assign }, { "__len", object_length },
		{ "__tostring", object_tostring }, { NULL, NULL },
	};

	luaL_newmetatable(lua, PLACE_META);
	luaL_setfuncs(lua, meta, 0);
	lua_pop(lua, 1);
}
