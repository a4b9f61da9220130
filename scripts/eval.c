/* The evaluator: rewriting, compiling, running, results; see eval.h. */
#include "scripts/eval.h"

#include <ctype.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include <lauxlib.h>
#include <lua.h>
#include <lualib.h>

#include "engine/base/arena.h"
#include "engine/base/buf.h"
#include "engine/base/err.h"
#include "scripts/eval_state.h"

enum {
	MEMORY_MAX = 64 << 20,
	HOOK_EVERY = 10000,             /* VM instructions between looks at the limit */
	STEPS_MAX = 100000000,
	TABLE_DEPTH = 3, TABLE_ITEMS = 64,
	COMPILED_MAX = 256,             /* expressions that are kept in compiled form */
};

/* ---- rewriting ------------------------------------------------------------------------------- */

static bool is_word(char c)
{
	return isalnum((unsigned char)c) || c == '_';
}

/* Length of the string or comment at P, 0 when there is none: those are left as they are. */
static size_t skip_string(const char *p, size_t n)
{
	size_t i, eq = 0;

	if (n && (*p == '"' || *p == '\'')) {
		for (i = 1; i < n && p[i] != *p; i++)
			i += p[i] == '\\';
		return i < n ? i + 1 : n;
	}
	if (n > 1 && *p == '[') {
		while (1 + eq < n && p[1 + eq] == '=')
			eq++;
		if (1 + eq >= n || p[1 + eq] != '[')
			return 0;
		for (i = 2 + eq; i + eq + 1 < n; i++)
			if (p[i] == ']' && p[i + eq + 1] == ']' && strspn(p + i + 1, "=") >= eq)
				return i + eq + 2;
		return n;
	}
	return 0;
}

/* "$name": what follows the dollar up to *END goes into sym[…]. */
static void rewrite_symbol(const char *p, size_t n, size_t *end, struct buf *out)
{
	size_t i = 1, quoted = skip_string(p + 1, n - 1);

	if (n > 1 && p[1] == '"') {
		buf_puts(out, "sym[");
		buf_put(out, p + 1, quoted);
		buf_puts(out, "]");
		*end = 1 + quoted;
		return;
	}
	while (i < n && p[i] == '$')
		i++;
	while (i < n && is_word(p[i]))
		i++;
	buf_puts(out, "sym[\"");
	buf_put(out, i == 1 ? p : p[1] == '$' ? p : p + 1, i == 1 ? 1 : p[1] == '$' ? i : i - 1);
	buf_puts(out, "\"]");
	*end = i;
}

static void rewrite(struct str x, struct buf *out)
{
	for (size_t i = 0, n; i < x.n; i += n) {
		const char *p = x.p + i;
		size_t left = x.n - i;

		n = skip_string(p, left);
		if (n) {
			buf_put(out, p, n);
		} else if (*p == '$') {
			rewrite_symbol(p, left, &n, out);
		} else if (is_word(*p)) {
			for (n = 1; n < left && is_word(p[n]);)
				n++;
			buf_put(out, p, n);
			if (n == 5 && n < left && memcmp(p, "local", 5) == 0 && (p[n] == '.' || p[n] == '['))
				buf_putc(out, 's');
		} else if (left > 1 && *p == '-' && p[1] == '>') {
			buf_putc(out, '.');     /* as C writes members of what a pointer points to */
			n = 2;
		} else {
			buf_putc(out, *p);
			n = 1;
		}
	}
}

/* Length of the brackets at P with all in them; 0: they do not close. */
static size_t skip_brackets(const char *p, size_t n)
{
	size_t depth = 0;

	for (size_t i = 0; i < n; i++) {
		size_t s = depth ? skip_string(p + i, n - i) : 0;
		if (s)
			i += s - 1;
		else if (p[i] == '[' || p[i] == '(')
			depth++;
		else if ((p[i] == ']' || p[i] == ')') && --depth == 0)
			return i + 1;
	}
	return 0;
}

/* Whether a rewritten expression is one chain such as locals.n, mem32[locals[0] + 4], sym["fac"](5): a plain place. */
static bool is_plain(const char *p)
{
	size_t n = strlen(p), i = 0, skip;

	while (n && isspace((unsigned char)p[n - 1]))
		n--;
	while (i < n && isspace((unsigned char)p[i]))
		i++;
	if (i == n || !(isalpha((unsigned char)p[i]) || p[i] == '_'))
		return false;
	while (i < n && is_word(p[i]))
		i++;
	if (i < n && p[i] == '(' && !(i == 3 && memcmp(p, "mem", 3) == 0))
		return false;           /* a function's result is no place: u32(local.n) */
	while (i < n) {
		if (p[i] == '.' && i + 1 < n && is_word(p[i + 1])) {
			for (i++; i < n && is_word(p[i]);)
				i++;
			continue;
		}
		skip = p[i] == '[' || p[i] == '(' ? skip_brackets(p + i, n - i) : 0;
		if (!skip)
			return false;
		i += skip;
	}
	return true;
}

/* ---- the state ------------------------------------------------------------------------------- */

struct eval_lua *eval_state(lua_State *lua)
{
	void *ev;

	lua_getallocf(lua, &ev);
	return ev;
}

static void *allocate(void *user, void *p, size_t old, size_t size)
{
	struct eval_lua *ev = user;
	size_t held = p ? old : 0;
	void *grown;

	if (!size) {
		ev->memory -= held;
		free(p);
		return NULL;
	}
	if (size > held && ev->memory + (size - held) > ev->memory_max)
		return NULL;
	grown = realloc(p, size);
	if (grown)
		ev->memory += size - held;
	return grown;
}

static void count_steps(lua_State *lua, lua_Debug *ar)
{
	struct eval_lua *ev = eval_state(lua);

	ev->steps += HOOK_EVERY;
	if (ev->steps > STEPS_MAX)
		luaL_error(lua, "the expression does not end");
}

static int no_assignment(lua_State *lua)
{
	return luaL_error(lua, "an expression cannot assign");
}

/* _ENV.name: first the library, then the guest's places. */
static int env_index(lua_State *lua)
{
	lua_pushvalue(lua, 2);
	if (lua_rawget(lua, lua_upvalueindex(1)) != LUA_TNIL)
		return 1;
	return lua_type(lua, 2) == LUA_TSTRING ? place_name(lua, lua_tostring(lua, 2)) : 1;
}

/* Replaces the table on top by one that cannot be written to. */
static void make_read_only(lua_State *lua)
{
	lua_newtable(lua);
	lua_newtable(lua);
	lua_pushvalue(lua, -3);
	lua_setfield(lua, -2, "__index");
	lua_pushcfunction(lua, no_assignment);
	lua_setfield(lua, -2, "__newindex");
	lua_pushboolean(lua, 0);
	lua_setfield(lua, -2, "__metatable");
	lua_setmetatable(lua, -2);
	lua_remove(lua, -2);
}

/* The harmless part of Lua's library, as the upvalue of env_index. */
static void push_library(lua_State *lua)
{
	static const char *const functions[] = { "tostring", "tonumber", "type", "ipairs", "pairs", "next", "select", "error",
		"assert", "u64", "u32", "i32", "bits", "addr" };
	static const char *const libraries[] = { "math", "string", "table", "utf8" };

	lua_newtable(lua);
	for (size_t i = 0; i < sizeof functions / sizeof *functions; i++) {
		lua_getglobal(lua, functions[i]);
		lua_setfield(lua, -2, functions[i]);
	}
	for (size_t i = 0; i < sizeof libraries / sizeof *libraries; i++) {
		lua_getglobal(lua, libraries[i]);
		make_read_only(lua);
		if (strcmp(libraries[i], "string") == 0) {
			lua_pushliteral(lua, "");       /* methods of strings look there, too */
			lua_getmetatable(lua, -1);
			lua_pushvalue(lua, -3);
			lua_setfield(lua, -2, "__index");
			lua_pop(lua, 2);
		}
		lua_setfield(lua, -2, libraries[i]);
	}
}

static int init(lua_State *lua)
{
	luaL_requiref(lua, LUA_GNAME, luaopen_base, 1);
	luaL_requiref(lua, LUA_MATHLIBNAME, luaopen_math, 1);
	luaL_requiref(lua, LUA_STRLIBNAME, luaopen_string, 1);
	luaL_requiref(lua, LUA_TABLIBNAME, luaopen_table, 1);
	luaL_requiref(lua, LUA_UTF8LIBNAME, luaopen_utf8, 1);
	value_init(lua);
	place_init(lua);
	variable_init(lua);
	lua_newtable(lua);              /* _ENV */
	lua_newtable(lua);
	push_library(lua);
	lua_pushcclosure(lua, env_index, 1);
	lua_setfield(lua, -2, "__index");
	lua_pushcfunction(lua, no_assignment);
	lua_setfield(lua, -2, "__newindex");
	lua_setmetatable(lua, -2);
	lua_setfield(lua, LUA_REGISTRYINDEX, "env");
	return 0;
}

/* ---- running --------------------------------------------------------------------------------- */

struct job {
	struct eval_lua *ev;
	const char *code;               /* "return " and the rewritten expression */
	struct eval_result *out;
	struct arena *arena;
	struct buf text;                /* of a table */
};

static void print_table(lua_State *lua, int index, int depth, struct buf *out);

static void print_item(lua_State *lua, int index, int depth, struct buf *out)
{
	if (lua_type(lua, index) == LUA_TTABLE && depth < TABLE_DEPTH) {
		print_table(lua, index, depth + 1, out);
		return;
	}
	if (lua_type(lua, index) == LUA_TSTRING) {
		size_t n;
		const char *s = lua_tolstring(lua, index, &n);
		buf_json(out, s, n);
		return;
	}
	buf_puts(out, lua_type(lua, index) == LUA_TTABLE ? "{…}" : luaL_tolstring(lua, index, NULL));
	if (lua_type(lua, index) != LUA_TTABLE)
		lua_pop(lua, 1);
}

/* {1, 2, x = 3}: the sequence first, then the other fields as they come. */
static void print_table(lua_State *lua, int index, int depth, struct buf *out)
{
	lua_Integer length = (lua_Integer)lua_rawlen(lua, index);
	int items = 0;

	luaL_checkstack(lua, 8, "a table is nested too deep");
	index = lua_absindex(lua, index);
	buf_putc(out, '{');
	for (lua_Integer i = 1; i <= length && items < TABLE_ITEMS; i++) {
		buf_puts(out, items++ ? ", " : "");
		lua_rawgeti(lua, index, i);
		print_item(lua, lua_gettop(lua), depth, out);
		lua_pop(lua, 1);
	}
	for (lua_pushnil(lua); lua_next(lua, index); lua_pop(lua, 1)) {
		if (lua_isinteger(lua, -2) && lua_tointeger(lua, -2) >= 1 && lua_tointeger(lua, -2) <= length)
			continue;
		if (items >= TABLE_ITEMS) {
			buf_puts(out, ", …");
			lua_pop(lua, 2);
			break;
		}
		buf_puts(out, items++ ? ", " : "");
		lua_pushvalue(lua, -2);
		buf_puts(out, luaL_tolstring(lua, -1, NULL));
		lua_pop(lua, 2);
		buf_puts(out, " = ");
		print_item(lua, lua_gettop(lua), depth, out);
	}
	buf_putc(out, '}');
}

/* Whether the last place read is what the expression gave. */
static bool result_was_read(struct job *j, lua_State *lua)
{
	struct value v = j->ev->read;
	bool same;

	if (!j->ev->has_read || !is_plain(j->code + strlen("return ")))
		return false;
	value_push(lua, v);
	same = lua_rawequal(lua, -1, -2) || (lua_type(lua, -2) == LUA_TNUMBER && isnan(lua_tonumber(lua, -2)));
	lua_pop(lua, 1);
	return same;
}

static int64_t as_integer(struct value v)
{
	return v.type == VT_I32 ? (int32_t)v.lo : (int64_t)v.lo;
}

static void take_result(struct job *j, lua_State *lua)
{
	struct eval_result *out = j->out;
	const struct value *v = value_at(lua, -1);
	uint64_t u;
	size_t n;
	const char *s;

	out->truth = lua_toboolean(lua, -1);
	if (variable_result(lua, is_plain(j->code + strlen("return ")), out, j->arena))
		return;
	if (value_is_u64(lua, -1, &u)) {
		out->kind = EVAL_UNSIGNED;
		out->integer = (int64_t)u;
		return;
	}
	if (v || result_was_read(j, lua)) {
		out->kind = EVAL_WASM;
		out->value = v ? *v : j->ev->read;
		out->integer = as_integer(out->value);
		return;
	}
	switch (lua_type(lua, -1)) {
	case LUA_TNIL:
		out->kind = EVAL_NIL;
		break;
	case LUA_TBOOLEAN:
		out->kind = EVAL_BOOL;
		break;
	case LUA_TNUMBER:
		out->kind = lua_isinteger(lua, -1) ? EVAL_INTEGER : EVAL_FLOAT;
		out->integer = lua_tointeger(lua, -1);
		out->real = lua_tonumber(lua, -1);
		break;
	case LUA_TTABLE:
		out->kind = EVAL_TABLE;
		print_table(lua, -1, 0, &j->text);
		out->text = (struct str){ arena_strndup(j->arena, buf_str(&j->text), j->text.size), j->text.size };
		break;
	default:
		out->kind = EVAL_STRING;
		s = luaL_tolstring(lua, -1, &n);
		out->text = (struct str){ arena_strndup(j->arena, s, n), n };
		lua_pop(lua, 1);
		break;
	}
	if (out->text.n && !out->text.p)
		luaL_error(lua, "not enough memory");
}

/* Conditions are asked again and again: what was compiled is kept by its text, until it is too much. */
static int compile(lua_State *lua, const char *code)
{
	struct eval_lua *ev = eval_state(lua);

	if (ev->compiled == COMPILED_MAX || lua_getfield(lua, LUA_REGISTRYINDEX, "compiled") == LUA_TNIL) {
		lua_newtable(lua);
		lua_pushvalue(lua, -1);
		lua_setfield(lua, LUA_REGISTRYINDEX, "compiled");
		ev->compiled = 0;
	}
	if (lua_getfield(lua, -1, code) == LUA_TFUNCTION)
		return 1;
	lua_pop(lua, 1);
	if (luaL_loadbufferx(lua, code, strlen(code), "=expression", "t") != LUA_OK)
		return lua_error(lua);
	lua_getfield(lua, LUA_REGISTRYINDEX, "env");
	lua_setupvalue(lua, -2, 1);
	lua_pushvalue(lua, -1);
	lua_setfield(lua, -3, code);
	ev->compiled++;
	return 1;
}

static int compile_only(lua_State *lua)
{
	const struct job *j = lua_touserdata(lua, 1);

	return compile(lua, j->code);
}

static int run_job(lua_State *lua)
{
	struct job *j = lua_touserdata(lua, 1);

	compile(lua, j->code);
	lua_call(lua, 0, 1);
	take_result(j, lua);
	return 0;
}

/* Lua's message without the chunk's name in front; with advice on what people of other debuggers type. */
static bool report(struct eval_lua *ev, const char *message, struct str expr, struct err *e)
{
	const char *colon = strncmp(message, "expression:", 11) == 0 ? strchr(message + 11, ':') : NULL;

	if (ev->error.code) {
		if (!e->code)
			*e = ev->error;
		return false;
	}
	message = colon ? colon + 2 : message;
	if (strstr(message, "near '='")) {
		err_set(e, E_EVAL, place_none(), "an expression cannot assign");
		err_hint(e, "set var PLACE = VALUE; to compare: ==");
		return false;
	}
	err_set(e, E_EVAL, place_none(), "%s", message);
	if (strcmp(message, "an expression cannot assign") == 0)
		err_hint(e, "set var PLACE = VALUE");
	else if (strstr(message, "near '!'") || memchr(expr.p, '!', expr.n))
		err_hint(e, "~= for \"not equal\", not for \"not\"");
	else if (strstr(message, "near '&'") || strstr(message, "near '|'"))
		err_hint(e, "and, or; & and | are for bits");
	return false;
}

static bool protect(struct eval_lua *ev, lua_CFunction f, struct job *j, struct str expr, struct err *e)
{
	int top = lua_gettop(ev->lua);
	uint64_t steps = ev->steps;
	size_t memory_max = ev->memory_max;
	bool ok;

	ev->steps = 0;
	if (ev->memory + MEMORY_MAX < memory_max)
		ev->memory_max = ev->memory + MEMORY_MAX;
	ev->has_read = ev->has_source = false;
	err_clear(&ev->error);
	lua_sethook(ev->lua, count_steps, LUA_MASKCOUNT, HOOK_EVERY);
	lua_pushcfunction(ev->lua, f);
	lua_pushlightuserdata(ev->lua, j);
	ok = lua_pcall(ev->lua, 1, 0, 0) == LUA_OK;
	if (!ok) {
		const char *message = lua_tostring(ev->lua, -1);
		report(ev, message ? message : "error without a message", expr, e);
	}
	lua_sethook(ev->lua, NULL, 0, 0);
	lua_settop(ev->lua, top);
	ev->steps = steps;
	ev->memory_max = memory_max;
	return ok;
}

static bool with_code(struct eval *eval, struct job *j, lua_CFunction f, struct str expr, struct err *e)
{
	struct buf code = { 0 };
	bool ok;

	buf_puts(&code, "return ");
	rewrite(expr, &code);
	j->ev = (struct eval_lua *)eval;
	j->code = buf_str(&code);
	ok = code.failed ? err_oom(e) : protect(j->ev, f, j, expr, e);
	buf_free(&code);
	buf_free(&j->text);
	return ok;
}

static bool eval_run(struct eval *eval, const struct eval_scope *scope, struct str expr, struct eval_result *out,
	struct arena *a, struct err *e)
{
	struct eval_lua *ev = (struct eval_lua *)eval;
	const struct eval_scope *outer = ev->scope;
	struct job j = { .out = out, .arena = a };

	*out = (struct eval_result){ 0 };
	ev->scope = scope;
	bool ok = with_code(eval, &j, run_job, expr, e);
	ev->scope = outer;
	return ok;
}

static bool eval_check(struct eval *eval, struct str expr, struct err *e)
{
	struct job j = { 0 };

	return with_code(eval, &j, compile_only, expr, e);
}

static void eval_store_gone(struct eval *eval)
{
	((struct eval_lua *)eval)->stores++;
}

static void eval_free(struct eval *eval)
{
	struct eval_lua *ev = (struct eval_lua *)eval;

	lua_close(ev->lua);
	free(ev);
}

struct eval *eval_lua_new(void)
{
	struct eval_lua *ev = calloc(1, sizeof *ev);

	if (!ev)
		return NULL;
	ev->eval = (struct eval){ .run = eval_run, .check = eval_check, .store_gone = eval_store_gone, .free = eval_free };
	ev->memory_max = MEMORY_MAX;
	ev->lua = lua_newstate(allocate, ev);
	if (!ev->lua) {
		free(ev);
		return NULL;
	}
	lua_pushcfunction(ev->lua, init);
	if (lua_pcall(ev->lua, 0, 0, 0) != LUA_OK) {
		eval_free(&ev->eval);
		return NULL;
	}
	return &ev->eval;
}
