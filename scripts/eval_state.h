/* What the parts of the evaluator share. */
#ifndef SCRIPTS_EVAL_STATE_H
#define SCRIPTS_EVAL_STATE_H

#include <lua.h>

#include "debugger/eval.h"
#include "debugger/variable.h"
#include "engine/base/err.h"

struct eval_lua {
	struct eval eval;               /* first: the interface */
	lua_State *lua;
	size_t memory, memory_max;      /* bytes that Lua holds; may hold */
	uint64_t steps, steps_max;      /* of the running expression or script */
	uint64_t stores;                /* how many stores have gone: references of theirs are void */
	struct bridge *bridge;          /* scripts use the state, too (bridge.h); NULL: none ran yet */
	const struct eval_scope *scope; /* of the running expression */
	bool has_read;                  /* a place was read */
	struct value read;              /* … the last one, with its type */
	bool has_source;                /* it was a variable of the source language: */
	struct source_value source;
	uint32_t compiled;              /* expressions that are kept */
	struct err error;               /* more than Lua's message says: of a call */
};

struct eval_lua *eval_state(lua_State *lua);

/* eval_value.c: values of the guest in Lua */
void value_init(lua_State *lua);
/* Push V: integers, floats; userdata for v128 and references. */
void value_push(lua_State *lua, struct value v);
/* The same, and remember that it was read from a place. */
int value_read(lua_State *lua, struct value v);
/* The v128 or reference at INDEX; NULL: it is something else. */
const struct value *value_at(lua_State *lua, int index);
/* Whether the value at INDEX is a u64(…). */
bool value_is_u64(lua_State *lua, int index, uint64_t *out);
/* The value at INDEX as one of TYPE; raises an error when it does not fit. */
struct value value_check(lua_State *lua, int index, valtype type);

/* eval_variable.c: variables of the source language */
void variable_init(lua_State *lua);
int variable_push(lua_State *lua, const struct source_value *v);
/* Push the one called NAME in the scope; false: there is none, nothing is pushed. */
bool variable_name(lua_State *lua, struct str name);
/* The address that the pointer at INDEX is; false: it is no variable. */
bool variable_integer(lua_State *lua, int index, lua_Integer *out);
/* The value on top is a variable (PLAIN: or the number just read from one): fill OUT. */
bool variable_result(lua_State *lua, bool plain, struct eval_result *out, struct arena *a);

/* eval_object.c: gc(N), the length of the object at 1, and the field that the key at 2 names of the object V */
int object_numbered(lua_State *lua);
int object_length_of(lua_State *lua);
int object_field(lua_State *lua, const struct value *v);

/* eval_place.c: locals, stack, global, mem32, … */
void place_init(lua_State *lua);
/* Pushes what a bare name means, nil when nothing. */
int place_name(lua_State *lua, const char *name);

#endif
