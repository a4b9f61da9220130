/* Results of commands and errors as Lua values, and back. */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <lauxlib.h>

#include "engine/base/source.h"
#include "repl/command/result.h"
#include "repl/command/scripting.h"
#include "scripts/bridge.h"

enum { NESTING_MAX = 100 };

/* ---- to Lua ---------------------------------------------------------------------------------- */

static void push_members(lua_State *lua, const struct node *n)
{
	lua_Integer index = 0;

	luaL_checkstack(lua, 4, "a result is nested too deep");
	lua_newtable(lua);
	for (const struct node *m = n->first; m; m = m->next) {
		push_node(lua, m);
		if (n->kind == NODE_ARRAY)
			lua_rawseti(lua, -2, ++index);
		else
			lua_setfield(lua, -2, m->key);
	}
}

void push_node(lua_State *lua, const struct node *n)
{
	switch (n->kind) {
	case NODE_OBJECT:
	case NODE_ARRAY:
		push_members(lua, n);
		return;
	case NODE_STRING:
		lua_pushlstring(lua, n->string.p, n->string.n);
		return;
	case NODE_INT:
		lua_pushinteger(lua, n->number);
		return;
	case NODE_FLOAT:
		lua_pushnumber(lua, n->real);
		return;
	case NODE_BOOL:
		lua_pushboolean(lua, n->number != 0);
		return;
	}
}

/* "script.lua:3: " and the message */
static int error_tostring(lua_State *lua)
{
	lua_getfield(lua, 1, "where");
	lua_getfield(lua, 1, "file");
	lua_getfield(lua, 1, "message");
	const char *where = luaL_optstring(lua, 2, ""), *file = luaL_optstring(lua, 3, "");
	lua_pushfstring(lua, "%s%s%s%s", where, file, *file ? ": " : "", luaL_optstring(lua, 4, "error"));
	return 1;
}

void push_err(lua_State *lua, const struct err *e)
{
	lua_newtable(lua);
	if (luaL_newmetatable(lua, "wrench error")) {
		lua_pushcfunction(lua, error_tostring);
		lua_setfield(lua, -2, "__tostring");
	}
	lua_setmetatable(lua, -2);
	lua_pushstring(lua, err_class(e->code));
	lua_setfield(lua, -2, "code");
	lua_pushinteger(lua, e->code);
	lua_setfield(lua, -2, "number");
	lua_pushstring(lua, e->message);
	lua_setfield(lua, -2, "message");
	if (e->file[0] && e->place.kind == PLACE_LINE) {
		lua_pushfstring(lua, "%s:%I: ", e->file, (LUAI_UACINT)e->place.start);
		lua_setfield(lua, -2, "where");
	} else if (e->file[0]) {
		lua_pushstring(lua, e->file);
		lua_setfield(lua, -2, "file");
	}
	if (e->evidence[0]) {
		lua_pushstring(lua, e->evidence);
		lua_setfield(lua, -2, "evidence");
	}
	if (e->hint[0]) {
		lua_pushstring(lua, e->hint);
		lua_setfield(lua, -2, "hint");
	}
}

struct str to_text(lua_State *lua, int index)
{
	struct str s;

	s.p = luaL_tolstring(lua, index, &s.n);
	return s;
}

/* "script.lua:3: " of the innermost function that is a script's, not the bridge's own. */
void push_where(lua_State *lua)
{
	lua_Debug ar;

	for (int level = 1; lua_getstack(lua, level, &ar); level++) {
		lua_getinfo(lua, "Sl", &ar);
		if (ar.currentline > 0 && strncmp(ar.short_src, "(wrench ", 8) != 0) {
			lua_pushfstring(lua, "%s:%d: ", ar.short_src, ar.currentline);
			return;
		}
	}
	lua_pushliteral(lua, "");
}

int script_error(lua_State *lua, const char *fmt, ...)
{
	va_list ap;

	push_where(lua);
	va_start(ap, fmt);
	lua_pushvfstring(lua, fmt, ap);
	va_end(ap);
	lua_concat(lua, 2);
	return lua_error(lua);
}

int load_script(lua_State *lua, const char *path)
{
	char name[300];
	struct err e = { 0 };
	struct source *src = source_read(path, &e);

	if (!src) {
		lua_pushfstring(lua, "%s: %s", path, e.message);
		return LUA_ERRFILE;
	}
	snprintf(name, sizeof name, "@%s", script_label(path));
	/* a first line for the shell is left out, but counted */
	size_t skip = src->size && src->bytes[0] == '#' ? strcspn(src->bytes, "\n") : 0;
	int status = luaL_loadbufferx(lua, src->bytes + skip, src->size - skip, name, "t");
	source_free(src);
	return status;
}

/* ---- from Lua -------------------------------------------------------------------------------- */

static void value_to_node(lua_State *lua, int index, const char *key, struct result *r, struct node *in, int depth)
{
	struct node *n;

	switch (lua_type(lua, index)) {
	case LUA_TBOOLEAN:
		node_bool(r, in, key, lua_toboolean(lua, index));
		return;
	case LUA_TNUMBER:
		if (lua_isinteger(lua, index))
			node_int(r, in, key, lua_tointeger(lua, index));
		else
			node_float(r, in, key, lua_tonumber(lua, index));
		return;
	case LUA_TTABLE:
		n = lua_rawlen(lua, index) ? node_array(r, in, key) : node_object(r, in, key);
		if (n)
			table_to_node(lua, index, r, n, depth + 1);
		return;
	default:
		node_str(r, in, key, to_text(lua, index));
		lua_pop(lua, 1);
	}
}

/* Members in the order of their names: Lua's own is another one each time. */
static int by_name(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

void table_to_node(lua_State *lua, int index, struct result *r, struct node *in, int depth)
{
	lua_Integer length = (lua_Integer)lua_rawlen(lua, index);

	luaL_checkstack(lua, 8, "a table is nested too deep");
	if (depth > NESTING_MAX)
		script_error(lua, "a table is nested too deep, or holds itself");
	index = lua_absindex(lua, index);
	if (in->kind == NODE_ARRAY) {
		for (lua_Integer i = 1; i <= length; i++) {
			lua_rawgeti(lua, index, i);
			value_to_node(lua, lua_gettop(lua), NULL, r, in, depth);
			lua_pop(lua, 1);
		}
		return;
	}
	size_t n = 0;
	for (lua_pushnil(lua); lua_next(lua, index); lua_pop(lua, 1))
		n += lua_type(lua, -2) == LUA_TSTRING;
	const char **keys = arena_array(&r->arena, n + 1, sizeof *keys);
	for (lua_pushnil(lua), n = 0; keys && lua_next(lua, index); lua_pop(lua, 1))
		if (lua_type(lua, -2) == LUA_TSTRING)
			keys[n++] = lua_tostring(lua, -2);
	if (!keys)
		return;
	qsort(keys, n, sizeof *keys, by_name);
	for (size_t i = 0; i < n; i++) {
		char *key = arena_strndup(&r->arena, keys[i], strlen(keys[i]));
		lua_getfield(lua, index, keys[i]);
		if (key)
			value_to_node(lua, lua_gettop(lua), key, r, in, depth);
		lua_pop(lua, 1);
	}
}
