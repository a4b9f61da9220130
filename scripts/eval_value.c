/*
 * Values of the guest in Lua. i32 and i64 are integers (signed), f32 and f64 floats; v128 and references are userdata:
 *
 *     x.i32x4[0]   lanes of a v128 (i8x16 u8x16 i16x8 u16x8 i32x4 u32x4 i64x2 f32x4 f64x2)
 *     u64(x)       an unsigned number that prints and compares as such
 */
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include <lauxlib.h>
#include <lua.h>

#include "engine/base/buf.h"
#include "engine/base/err.h"
#include "engine/gc/gc.h"
#include "engine/store.h"
#include "engine/value.h"
#include "scripts/bridge.h"
#include "scripts/eval_state.h"

#define VALUE_META "wasm value"
#define LANES_META "wasm lanes"
#define U64_META   "wasm u64"

enum lane { LANE_S8, LANE_U8, LANE_S16, LANE_U16, LANE_S32, LANE_U32, LANE_S64, LANE_F32, LANE_F64 };

static const struct { const char *name; enum lane lane; unsigned count; valtype type; } shapes[] = {
	{ "i8x16", LANE_S8, 16, VT_I32 }, { "u8x16", LANE_U8, 16, VT_I32 }, { "i16x8", LANE_S16, 8, VT_I32 },
	{ "u16x8", LANE_U16, 8, VT_I32 }, { "i32x4", LANE_S32, 4, VT_I32 }, { "u32x4", LANE_U32, 4, VT_I64 },
	{ "i64x2", LANE_S64, 2, VT_I64 }, { "f32x4", LANE_F32, 4, VT_F32 }, { "f64x2", LANE_F64, 2, VT_F64 },
};

/* A v128 or reference; objects stay alive as long as Lua has it, unless their store goes. */
struct box {
	struct value v;                 /* first */
	struct store *holds;            /* of the object that is held; NULL: none is */
	uint64_t stores;                /* as the state counts them */
};

struct lanes {
	unsigned shape;
	uint8_t bytes[16];
};

/* ---- pushing --------------------------------------------------------------------------------- */

static float f32_of(slot bits)
{
	uint32_t low = (uint32_t)bits;
	float f;

	memcpy(&f, &low, sizeof f);
	return f;
}

static double f64_of(slot bits)
{
	double d;

	memcpy(&d, &bits, sizeof d);
	return d;
}

static void hold(lua_State *lua, struct box *box)
{
	const struct eval_scope *sc = eval_state(lua)->scope;
	struct store *s = sc ? (struct store *)sc->store : NULL;

	if (!s || !vt_is_ref(box->v.type) || !gc_is_object(box->v.lo))
		return;
	uint32_t top = heap_top(s->engine, vt_heap(box->v.type));
	if ((top == HEAP_ANY || top == HEAP_EXTERN) && gc_hold(s, box->v.lo))
		box->holds = s;
}

static int value_free(lua_State *lua)
{
	struct box *box = luaL_checkudata(lua, 1, VALUE_META);

	if (box->holds && box->stores == eval_state(lua)->stores)
		gc_release(box->holds, box->v.lo);
	box->holds = NULL;
	return 0;
}

void value_push(lua_State *lua, struct value v)
{
	switch (vt_kind(v.type)) {
	case VT_I32:
		lua_pushinteger(lua, (int32_t)v.lo);
		return;
	case VT_I64:
		lua_pushinteger(lua, (lua_Integer)v.lo);
		return;
	case VT_F32:
		lua_pushnumber(lua, (lua_Number)f32_of(v.lo));
		return;
	case VT_F64:
		lua_pushnumber(lua, f64_of(v.lo));
		return;
	default:
		break;
	}
	struct box *box = lua_newuserdatauv(lua, sizeof *box, 0);
	*box = (struct box){ .v = v, .stores = eval_state(lua)->stores };
	luaL_setmetatable(lua, VALUE_META);
	hold(lua, box);
}

int value_read(lua_State *lua, struct value v)
{
	struct eval_lua *ev = eval_state(lua);

	ev->has_read = true;
	ev->has_source = false;
	ev->read = v;
	value_push(lua, v);
	return 1;
}

const struct value *value_at(lua_State *lua, int index)
{
	const struct box *box = luaL_testudata(lua, index, VALUE_META);

	if (box && vt_is_ref(box->v.type) && box->v.lo && box->stores != eval_state(lua)->stores)
		script_error(lua, "the reference is of an earlier run: what it referred to is gone");
	return box ? &box->v : NULL;
}

static const struct value *value_of(lua_State *lua, int index)
{
	luaL_checkudata(lua, index, VALUE_META);
	return value_at(lua, index);
}

/* ---- taking ---------------------------------------------------------------------------------- */

static struct value integer_value(lua_State *lua, int index, valtype type)
{
	const uint64_t *u = luaL_testudata(lua, index, U64_META);
	int exact = 1;
	lua_Integer v = u ? (lua_Integer)*u : lua_tointegerx(lua, index, &exact);

	if (!exact)
		script_error(lua, "%s is not an %s", luaL_tolstring(lua, index, NULL), type == VT_I32 ? "i32" : "i64");
	if (type == VT_I32 && (v < INT32_MIN || v > UINT32_MAX))
		script_error(lua, "%I does not fit i32", (LUAI_UACINT)v);
	return type == VT_I32 ? value_i32((int32_t)v) : value_i64(v);
}

static struct value float_value(lua_State *lua, int index, valtype type)
{
	int number = 1;
	double d = lua_tonumberx(lua, index, &number);
	float f = (float)d;
	uint32_t low;
	uint64_t bits;

	if (!number)
		script_error(lua, "%s is not a number", luaL_tolstring(lua, index, NULL));
	memcpy(&low, &f, sizeof low);
	memcpy(&bits, &d, sizeof bits);
	return type == VT_F32 ? value_f32_bits(low) : value_f64_bits(bits);
}

struct value value_check(lua_State *lua, int index, valtype type)
{
	const struct value *v = value_at(lua, index);

	if (type == VT_I32 || type == VT_I64)
		return integer_value(lua, index, type);
	if (type == VT_F32 || type == VT_F64)
		return float_value(lua, index, type);
	if (v && v->lo == 0 && vt_is_ref(type) && vt_is_ref(v->type) && vt_nullable(type))
		return (struct value){ .type = type };
	if (!v || (v->type == VT_V128) != (type == VT_V128) ||
			(vt_is_ref(type) && !valtype_sub(eval_state(lua)->scope->store->engine, v->type, type)))
		script_error(lua, "%s is not of the parameter's type", luaL_tolstring(lua, index, NULL));
	return (struct value){ type, v->lo, v->hi };
}

/* ---- v128 and references --------------------------------------------------------------------- */

static int value_tostring(lua_State *lua)
{
	const struct value *v = value_of(lua, 1);
	const struct eval_scope *sc = eval_state(lua)->scope;
	struct buf text = { 0 };

	value_print(*v, sc ? sc->store : NULL, &text);
	lua_pushstring(lua, buf_str(&text));
	buf_free(&text);
	return 1;
}

static int value_equal(lua_State *lua)
{
	const struct value *a = value_of(lua, 1), *b = value_of(lua, 2);

	lua_pushboolean(lua, a->lo == b->lo && a->hi == b->hi && vt_is_ref(a->type) == vt_is_ref(b->type));
	return 1;
}

static int value_index(lua_State *lua)
{
	const struct value *v = value_of(lua, 1);
	if (vt_is_ref(v->type))
		return object_field(lua, v);
	const char *name = luaL_checkstring(lua, 2);

	for (unsigned i = 0; v->type == VT_V128 && i < sizeof shapes / sizeof *shapes; i++)
		if (strcmp(shapes[i].name, name) == 0) {
			struct lanes *l = lua_newuserdatauv(lua, sizeof *l, 0);
			l->shape = i;
			memcpy(l->bytes, &v->lo, 8);
			memcpy(l->bytes + 8, &v->hi, 8);
			luaL_setmetatable(lua, LANES_META);
			return 1;
		}
	return script_error(lua, "a v128 has i8x16 i16x8 i32x4 i64x2 f32x4 f64x2 (u8x16 …), not '%s'", name);
}

static int64_t lane_integer(const struct lanes *l, enum lane lane, unsigned i)
{
	int16_t half;
	int32_t word;
	int64_t whole;

	switch (lane) {
	case LANE_S8:
		return (int8_t)l->bytes[i];
	case LANE_U8:
		return l->bytes[i];
	case LANE_S16:
	case LANE_U16:
		memcpy(&half, l->bytes + 2 * i, 2);
		return lane == LANE_S16 ? half : (uint16_t)half;
	case LANE_S64:
	case LANE_F64:
		memcpy(&whole, l->bytes + 8 * i, 8);
		return whole;
	case LANE_S32:
	case LANE_U32:
	case LANE_F32:
		break;
	}
	memcpy(&word, l->bytes + 4 * i, 4);
	return lane == LANE_S32 ? (int64_t)word : (int64_t)(uint32_t)word;
}

static int lanes_index(lua_State *lua)
{
	const struct lanes *l = luaL_checkudata(lua, 1, LANES_META);
	lua_Integer i = luaL_checkinteger(lua, 2);
	valtype type = shapes[l->shape].type;

	if (i < 0 || i >= (lua_Integer)shapes[l->shape].count)
		return script_error(lua, "%s has lanes 0 to %d", shapes[l->shape].name, (int)shapes[l->shape].count - 1);
	int64_t bits = lane_integer(l, shapes[l->shape].lane, (unsigned)i);
	return value_read(lua, (struct value){ type, slot_normal(type, (slot)bits), 0 });
}

/* $fac(5): a reference to a function is called, where the scope allows it. */
static int value_call(lua_State *lua)
{
	struct eval_lua *ev = eval_state(lua);
	const struct value *v = value_of(lua, 1);
	struct value args[32], results[32];
	struct func *f;

	if (!vt_is_ref(v->type) || heap_top(ev->scope->store->engine, vt_heap(v->type)) != HEAP_FUNC || !v->lo)
		return script_error(lua, "this is not a function");
	if (!ev->scope->call)
		return script_error(lua, "a condition cannot call the guest; print can");
	f = (struct func *)(uintptr_t)v->lo;
	if (f->type->nparams > 32 || f->type->nresults > 32)
		return script_error(lua, "too many parameters or results for an expression");
	if (lua_gettop(lua) - 1 != (int)f->type->nparams)
		return script_error(lua, "the function takes %d argument%s, %d given", (int)f->type->nparams,
			f->type->nparams == 1 ? "" : "s", lua_gettop(lua) - 1);
	for (uint32_t i = 0; i < f->type->nparams; i++)
		args[i] = value_check(lua, (int)i + 2, f->type->params[i]);
	if (!ev->scope->call(ev->scope->user, f, args, results, &ev->error))
		return script_error(lua, "%s", ev->error.message);
	luaL_checkstack(lua, (int)f->type->nresults, "too many results");
	for (uint32_t i = 0; i < f->type->nresults; i++)
		value_read(lua, results[i]);
	return (int)f->type->nresults;
}

/* ---- numbers --------------------------------------------------------------------------------- */

static uint64_t check_u64(lua_State *lua, int index)
{
	const uint64_t *u = luaL_testudata(lua, index, U64_META);
	lua_Integer pointer;

	if (!u && variable_integer(lua, index, &pointer))
		return (uint64_t)pointer;
	return u ? *u : (uint64_t)luaL_checkinteger(lua, index);
}

bool value_is_u64(lua_State *lua, int index, uint64_t *out)
{
	const uint64_t *u = luaL_testudata(lua, index, U64_META);

	if (u)
		*out = *u;
	return u != NULL;
}

static int push_u64(lua_State *lua, uint64_t v)
{
	memcpy(lua_newuserdatauv(lua, sizeof v, 0), &v, sizeof v);
	luaL_setmetatable(lua, U64_META);
	return 1;
}

static int u64_tostring(lua_State *lua)
{
	char text[24];

	snprintf(text, sizeof text, "%" PRIu64, check_u64(lua, 1));
	lua_pushstring(lua, text);
	return 1;
}

static int u64_equal(lua_State *lua)
{
	lua_pushboolean(lua, check_u64(lua, 1) == check_u64(lua, 2));
	return 1;
}

static int u64_less(lua_State *lua)
{
	lua_pushboolean(lua, check_u64(lua, 1) < check_u64(lua, 2));
	return 1;
}

static int u64_less_equal(lua_State *lua)
{
	lua_pushboolean(lua, check_u64(lua, 1) <= check_u64(lua, 2));
	return 1;
}

static int u64_add(lua_State *lua)
{
	return push_u64(lua, check_u64(lua, 1) + check_u64(lua, 2));
}

static int u64_sub(lua_State *lua)
{
	return push_u64(lua, check_u64(lua, 1) - check_u64(lua, 2));
}

static int u64_mul(lua_State *lua)
{
	return push_u64(lua, check_u64(lua, 1) * check_u64(lua, 2));
}

static int u64_div(lua_State *lua)
{
	uint64_t by = check_u64(lua, 2);

	return by ? push_u64(lua, check_u64(lua, 1) / by) : script_error(lua, "division by zero");
}

static int u64_mod(lua_State *lua)
{
	uint64_t by = check_u64(lua, 2);

	return by ? push_u64(lua, check_u64(lua, 1) % by) : script_error(lua, "division by zero");
}

static int to_u64(lua_State *lua)
{
	return push_u64(lua, check_u64(lua, 1));
}

static int to_u32(lua_State *lua)
{
	lua_pushinteger(lua, (lua_Integer)(uint32_t)check_u64(lua, 1));
	return 1;
}

static int to_i32(lua_State *lua)
{
	lua_pushinteger(lua, (int32_t)check_u64(lua, 1));
	return 1;
}

/*
 * bits(x): of a float, payload and sign of a NaN included. A place's own bits, where the argument was just read from
 * one: turning an f32 into Lua's double may change a NaN.
 */
static int to_bits(lua_State *lua)
{
	const struct eval_lua *ev = eval_state(lua);
	bool number = lua_type(lua, 1) == LUA_TNUMBER;
	double d = number ? lua_tonumber(lua, 1) : 0;

	if (lua_isinteger(lua, 1) || !number)
		lua_pushinteger(lua, (lua_Integer)check_u64(lua, 1));
	else if (ev->has_read && ev->read.type == VT_F32 && ((double)f32_of(ev->read.lo) == d || isnan(d)))
		lua_pushinteger(lua, (lua_Integer)(uint32_t)ev->read.lo);
	else if (ev->has_read && ev->read.type == VT_F64 && isnan(d) && isnan(f64_of(ev->read.lo)))
		lua_pushinteger(lua, (lua_Integer)ev->read.lo);
	else
		lua_pushinteger(lua, (lua_Integer)float_value(lua, 1, VT_F64).lo);
	return 1;
}

/* ---- metatables ------------------------------------------------------------------------------ */

void value_init(lua_State *lua)
{
	static const luaL_Reg value_meta[] = {
		{ "__tostring", value_tostring }, { "__eq", value_equal }, { "__index", value_index }, { "__call", value_call },
		{ "__len", object_length_of }, { "__gc", value_free },
		{ NULL, NULL },
	};
	static const luaL_Reg lanes_meta[] = { { "__index", lanes_index }, { NULL, NULL } };
	static const luaL_Reg u64_meta[] = {
		{ "__tostring", u64_tostring }, { "__eq", u64_equal }, { "__lt", u64_less }, { "__le", u64_less_equal },
		{ "__add", u64_add }, { "__sub", u64_sub }, { "__mul", u64_mul }, { "__idiv", u64_div }, { "__mod", u64_mod },
		{ NULL, NULL },
	};
	static const luaL_Reg functions[] = { { "u64", to_u64 }, { "u32", to_u32 }, { "i32", to_i32 }, { "bits", to_bits } };

	luaL_newmetatable(lua, VALUE_META);
	luaL_setfuncs(lua, value_meta, 0);
	luaL_newmetatable(lua, LANES_META);
	luaL_setfuncs(lua, lanes_meta, 0);
	luaL_newmetatable(lua, U64_META);
	luaL_setfuncs(lua, u64_meta, 0);
	lua_pop(lua, 3);
	for (size_t i = 0; i < sizeof functions / sizeof *functions; i++) {
		lua_pushcfunction(lua, functions[i].func);
		lua_setglobal(lua, functions[i].name);
	}
}
