/*
 * Variables of the source language in Lua. Numbers, characters and enumerations are Lua's numbers, bool its booleans;
 * structs, arrays and pointers are userdata:
 *
 *     $s.x  $a[3]         members and elements; of what a pointer points to, too: $list.next.value
 *     $p[0]               what a pointer points to
 *     $p + 1  $p - $q     as in C; ==, < and mem32[$p] take pointers as addresses
 *     #$a                 elements of an array
 *     addr($x)            where a variable is
 */
#include <string.h>

#include <lauxlib.h>
#include <lua.h>

#include "debugger/variable.h"
#include "engine/base/buf.h"
#include "engine/base/err.h"
#include "engine/base/arena.h"
#include "scripts/eval_state.h"

#define VARIABLE_META "source variable"

static const struct eval_scope *scope_of(lua_State *lua)
{
	return eval_state(lua)->scope;
}

/* ---- pushing --------------------------------------------------------------------------------- */

static int push_value(lua_State *lua, const struct source_value *v)
{
	struct source_number n;
	bool pointer = type_kind(v->type) == KIND_POINTER;

	if (pointer || !source_number(scope_of(lua), v, &n)) {
		memcpy(lua_newuserdatauv(lua, sizeof *v, 0), v, sizeof *v);
		luaL_setmetatable(lua, VARIABLE_META);
	} else if (n.kind == NUMBER_BOOL) {
		lua_pushboolean(lua, n.integer != 0);
	} else if (n.kind == NUMBER_FLOAT) {
		lua_pushnumber(lua, n.real);
	} else {
		lua_pushinteger(lua, n.integer);
	}
	return 1;
}

int variable_push(lua_State *lua, const struct source_value *v)
{
	struct eval_lua *ev = eval_state(lua);

	ev->has_read = false;
	ev->has_source = true;
	ev->source = *v;
	return push_value(lua, v);
}

bool variable_name(lua_State *lua, struct str name)
{
	struct source_value v;

	if (!name.n || name.p[0] == '$' || (name.p[0] >= '0' && name.p[0] <= '9') || !variable_find(scope_of(lua), name, &v))
		return false;
	variable_push(lua, &v);
	return true;
}

/* ---- taking ---------------------------------------------------------------------------------- */

static const struct source_value *variable_at(lua_State *lua, int index)
{
	return luaL_testudata(lua, index, VARIABLE_META);
}

static const char *type_words(lua_State *lua, const struct source_value *v)
{
	struct buf type = { 0 };

	type_print(v->type, &type);
	lua_pushstring(lua, buf_str(&type));
	buf_free(&type);
	return lua_tostring(lua, -1);
}

bool variable_integer(lua_State *lua, int index, lua_Integer *out)
{
	const struct source_value *v = variable_at(lua, index);
	struct source_number n;

	if (!v)
		return false;
	if (type_kind(v->type) != KIND_POINTER || !source_number(scope_of(lua), v, &n))
		luaL_error(lua, "a value of type %s is no number", type_words(lua, v));
	*out = n.integer;
	return true;
}

static lua_Integer integer_at(lua_State *lua, int index)
{
	lua_Integer i;

	return variable_integer(lua, index, &i) ? i : luaL_checkinteger(lua, index);
}

/* ---- members, elements ----------------------------------------------------------------------- */

static int variable_index(lua_State *lua)
{
	const struct source_value *v = luaL_checkudata(lua, 1, VARIABLE_META);
	struct source_value out;
	struct err e = { 0 };
	struct str name;
	bool ok;

	if (lua_isinteger(lua, 2)) {
		ok = source_element(scope_of(lua), v, lua_tointeger(lua, 2), &out, &e);
	} else {
		name.p = luaL_checklstring(lua, 2, &name.n);
		ok = source_member(scope_of(lua), v, name, &out, &e);
	}
	return ok ? variable_push(lua, &out) : luaL_error(lua, "%s", e.message);
}

static int variable_length(lua_State *lua)
{
	const struct source_value *v = luaL_checkudata(lua, 1, VARIABLE_META);
	uint64_t count;

	if (!type_count(v->type, &count))
		return luaL_error(lua, "a value of type %s has no length", type_words(lua, v));
	lua_pushinteger(lua, (lua_Integer)count);
	return 1;
}

static int variable_tostring(lua_State *lua)
{
	const struct source_value *v = luaL_checkudata(lua, 1, VARIABLE_META);
	struct buf text = { 0 };

	source_print(scope_of(lua), v, &text);
	lua_pushlstring(lua, buf_str(&text), text.size);
	buf_free(&text);
	return 1;
}

/* addr(x): of a struct, array or pointer, or of the number just read. */
static int variable_address(lua_State *lua)
{
	const struct eval_lua *ev = eval_state(lua);
	const struct source_value *v = variable_at(lua, 1);

	if (!v && ev->has_source && lua_gettop(lua) == 1)
		v = &ev->source;
	if (!v || v->at.where != WHERE_MEMORY)
		return luaL_error(lua, "this has no address in memory");
	lua_pushinteger(lua, (lua_Integer)v->at.address);
	return 1;
}

/* ---- pointers -------------------------------------------------------------------------------- */

static const struct source_value *pointer_at(lua_State *lua, int index)
{
	const struct source_value *v = variable_at(lua, index);

	return v && type_kind(v->type) == KIND_POINTER ? v : NULL;
}

static lua_Integer element_size(lua_State *lua, const struct source_value *pointer)
{
	uint64_t size;

	if (!type_size(type_target(pointer->type), &size) || !size)
		size = 1;
	return (lua_Integer)size;
}

static int push_pointer(lua_State *lua, const struct source_value *like, lua_Integer address)
{
	struct source_value v = { .type = like->type, .at = { .where = WHERE_BYTES, .nbytes = 8 } };

	for (int i = 0; i < 8; i++)
		v.at.bytes[i] = (uint8_t)((uint64_t)address >> (8 * i));
	return variable_push(lua, &v);
}

static int pointer_add(lua_State *lua)
{
	const struct source_value *p = pointer_at(lua, 1);
	int other = p ? 2 : 1;

	if (!p)
		p = pointer_at(lua, 2);
	if (!p)
		return luaL_error(lua, "only pointers and numbers can be added");
	return push_pointer(lua, p, integer_at(lua, 3 - other) + luaL_checkinteger(lua, other) * element_size(lua, p));
}

static int pointer_sub(lua_State *lua)
{
	const struct source_value *p = pointer_at(lua, 1);

	if (!p)
		return luaL_error(lua, "only a number or a pointer can be subtracted from a pointer");
	if (!pointer_at(lua, 2))
		return push_pointer(lua, p, integer_at(lua, 1) - luaL_checkinteger(lua, 2) * element_size(lua, p));
	lua_pushinteger(lua, (integer_at(lua, 1) - integer_at(lua, 2)) / element_size(lua, p));
	return 1;
}

static int pointer_equal(lua_State *lua)
{
	lua_pushboolean(lua, pointer_at(lua, 1) && pointer_at(lua, 2) && integer_at(lua, 1) == integer_at(lua, 2));
	return 1;
}

static int pointer_less(lua_State *lua)
{
	lua_pushboolean(lua, integer_at(lua, 1) < integer_at(lua, 2));
	return 1;
}

static int pointer_less_equal(lua_State *lua)
{
	lua_pushboolean(lua, integer_at(lua, 1) <= integer_at(lua, 2));
	return 1;
}

/* ---- results --------------------------------------------------------------------------------- */

/* What scalars are for those who want a plain value. */
static bool plain_value(const struct eval_scope *sc, const struct source_value *v, struct value *out)
{
	struct source_number n;
	uint64_t size, bits;

	if (!source_number(sc, v, &n) || !type_size(v->type, &size))
		return false;
	if (n.kind == NUMBER_FLOAT) {
		float f = (float)n.real;
		uint32_t low;
		memcpy(&low, &f, sizeof low);
		memcpy(&bits, &n.real, sizeof bits);
		*out = size == 4 ? value_f32_bits(low) : value_f64_bits(bits);
	} else {
		*out = size <= 4 ? value_i32((int32_t)n.integer) : value_i64(n.integer);
	}
	return true;
}

static struct str keep(struct arena *a, struct buf *text)
{
	struct str s = { arena_strndup(a, buf_str(text), text->size), text->size };

	buf_free(text);
	return s.p ? s : (struct str){ "", 0 };
}

bool variable_result(lua_State *lua, bool plain, struct eval_result *out, struct arena *a)
{
	const struct eval_lua *ev = eval_state(lua);
	const struct source_value *v = variable_at(lua, -1);
	struct buf text = { 0 }, type = { 0 };

	if (!v) {
		if (!plain || !ev->has_source)
			return false;
		push_value(lua, &ev->source);
		bool same = lua_rawequal(lua, -1, -2);
		lua_pop(lua, 1);
		if (!same)
			return false;
		v = &ev->source;
	}
	source_print(ev->scope, v, &text);
	type_print(v->type, &type);
	out->kind = plain_value(ev->scope, v, &out->value) ? EVAL_WASM : EVAL_TABLE;
	out->integer = out->value.type == VT_I32 ? (int32_t)out->value.lo : (int64_t)out->value.lo;
	out->text = keep(a, &text);
	out->source_type = keep(a, &type);
	return true;
}

void variable_init(lua_State *lua)
{
	static const luaL_Reg meta[] = {
		{ "__index", variable_index }, { "__len", variable_length }, { "__tostring", variable_tostring },
		{ "__add", pointer_add }, { "__sub", pointer_sub }, { "__eq", pointer_equal }, { "__lt", pointer_less },
		{ "__le", pointer_less_equal }, { NULL, NULL },
	};

	luaL_newmetatable(lua, VARIABLE_META);
	luaL_setfuncs(lua, meta, 0);
	lua_pop(lua, 1);
	lua_pushcfunction(lua, variable_address);
	lua_setglobal(lua, "addr");
}
