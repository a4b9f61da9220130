/* Commands and panes that scripts define: core.defcmd, core.undefcmd, core.pane, core.unpane. */
#include <stdlib.h>

#include <lauxlib.h>

#include "engine/base/buf.h"
#include "repl/command/pane.h"
#include "scripts/bridge.h"

/* ---- running --------------------------------------------------------------------------------- */

struct lua_command {
	struct command c;               /* first: what the registry has */
	struct bridge *b;
	int run;                        /* its function */
};

struct run_job {
	const struct lua_command *c;
	const struct args *args;
	struct result *r;
};

/* { where = "fac", count = 3, func = { module = 1, index = 0 }, files = { … } } */
static void push_argument(lua_State *lua, const struct arg_spec *spec, const struct arg *v, const struct args *a)
{
	if (spec->flags & ARG_REPEAT) {
		lua_newtable(lua);
		for (size_t i = 0; i < a->nmore; i++) {
			lua_pushlstring(lua, a->more[i].p, a->more[i].n);
			lua_rawseti(lua, -2, (lua_Integer)i + 1);
		}
	} else if (spec->kind == ARG_NUMBER || spec->kind == ARG_COUNT) {
		lua_pushinteger(lua, v->number);
	} else if (spec->kind == ARG_CHOICE) {
		lua_pushstring(lua, spec->choices[v->choice]);
	} else if (spec->kind == ARG_FUNC || spec->kind == ARG_MODULE) {
		lua_newtable(lua);
		lua_pushinteger(lua, v->module->number);
		lua_setfield(lua, -2, "module");
		if (spec->kind == ARG_FUNC) {
			lua_pushinteger(lua, v->func);
			lua_setfield(lua, -2, "index");
		}
	} else {
		lua_pushlstring(lua, v->text.p, v->text.n);
	}
	lua_setfield(lua, -2, spec->name);
}

static void take_result(lua_State *lua, struct result *r)
{
	if (lua_isnil(lua, -1))
		return;
	if (lua_istable(lua, -1)) {
		if (lua_getfield(lua, -1, "text") == LUA_TSTRING)
			buf_puts(&r->text, lua_tostring(lua, -1));
		lua_pop(lua, 1);
		table_to_node(lua, -1, r, r->root, 0);
		return;
	}
	struct str text = to_text(lua, -1);
	buf_put(&r->text, text.p, text.n);
	if (text.n && text.p[text.n - 1] != '\n')
		buf_putc(&r->text, '\n');
	node_str(r, r->root, "text", text);
}

static int run_finish(lua_State *lua, int status, lua_KContext context)
{
	const struct run_job *j = (const struct run_job *)context;

	if (!bridge_detached(lua))
		take_result(lua, j->r);
	return 0;
}

static int run_body(lua_State *lua)
{
	const struct run_job *j = lua_touserdata(lua, 1);
	const struct args *a = j->args;

	lua_rawgeti(lua, LUA_REGISTRYINDEX, j->c->run);
	lua_newtable(lua);
	for (size_t i = 0; a->command->args && a->command->args[i].kind != ARG_END; i++)
		if (a->v[i].given)
			push_argument(lua, &a->command->args[i], &a->v[i], a);
	lua_callk(lua, 1, 1, (lua_KContext)j, run_finish);
	return run_finish(lua, LUA_OK, (lua_KContext)j);
}

static bool run_lua(struct session *s, const struct args *a, struct result *r, struct err *e)
{
	const struct lua_command *c = a->command->user;
	struct run_job j = { c, a, r };
	struct result *outer = c->b->result;

	c->b->result = r;
	bool ok = bridge_enter(c->b, run_body, &j, PLACE_FREE, e) != ENTERED_FAILED;
	c->b->result = outer;
	return ok;
}

/* ---- defining -------------------------------------------------------------------------------- */

struct reader {
	lua_State *lua;
	struct arena *a;
};

/* The string field KEY of the table on top; NULL: absent. */
static const char *take_string(struct reader *rd, const char *key)
{
	const char *copy = NULL;
	int type = lua_getfield(rd->lua, -1, key);

	if (type == LUA_TSTRING) {
		size_t n;
		const char *p = lua_tolstring(rd->lua, -1, &n);
		copy = arena_strndup(rd->a, p, n);
	} else if (type != LUA_TNIL) {
		script_error(rd->lua, "%s is not a string", key);
	}
	lua_pop(rd->lua, 1);
	return copy;
}

static bool take_flag(struct reader *rd, const char *key)
{
	lua_getfield(rd->lua, -1, key);
	bool on = lua_toboolean(rd->lua, -1);
	lua_pop(rd->lua, 1);
	return on;
}

static const char *const *take_choices(struct reader *rd)
{
	const char **out = NULL;

	if (lua_getfield(rd->lua, -1, "choices") == LUA_TTABLE) {
		size_t n = lua_rawlen(rd->lua, -1);
		out = arena_array(rd->a, n + 1, sizeof *out);
		for (size_t i = 0; out && i < n; i++) {
			lua_rawgeti(rd->lua, -1, (lua_Integer)i + 1);
			struct str text = to_text(rd->lua, -1);
			out[i] = arena_strndup(rd->a, text.p, text.n);
			lua_pop(rd->lua, 2);
		}
	}
	lua_pop(rd->lua, 1);
	return out;
}

static enum arg_kind take_kind(struct reader *rd)
{
	const char *name = take_string(rd, "kind");

	for (int k = ARG_WORD; name && k < ARG_KIND_COUNT; k++)
		if (strcmp(arg_kind_names[k], name) == 0)
			return (enum arg_kind)k;
	if (name)
		script_error(rd->lua, "no kind of argument '%s'", name);
	return ARG_WORD;
}

static struct arg_spec take_spec(struct reader *rd)
{
	struct arg_spec spec = { .name = take_string(rd, "name"), .help = take_string(rd, "help") };

	spec.kind = take_kind(rd);
	spec.choices = take_choices(rd);
	if (!spec.name)
		script_error(rd->lua, "an argument needs a name");
	if (spec.kind == ARG_CHOICE && !spec.choices)
		script_error(rd->lua, "%s: an argument of kind choice needs choices", spec.name);
	spec.help = spec.help ? spec.help : spec.name;
	spec.flags = (take_flag(rd, "optional") ? ARG_OPTIONAL : 0u) | (take_flag(rd, "keyword") ? ARG_KEYWORD : 0u) |
		(take_flag(rd, "repeats") ? ARG_REPEAT : 0u);
	return spec;
}

static const struct arg_spec *take_specs(struct reader *rd)
{
	struct arg_spec *out = NULL;

	if (lua_getfield(rd->lua, -1, "args") == LUA_TTABLE) {
		size_t n = lua_rawlen(rd->lua, -1);
		if (n > ARGS_MAX)
			script_error(rd->lua, "a command takes at most %d arguments", (int)ARGS_MAX);
		out = arena_array(rd->a, n + 1, sizeof *out);
		for (size_t i = 0; out && i < n; i++) {
			if (lua_rawgeti(rd->lua, -1, (lua_Integer)i + 1) != LUA_TTABLE)
				script_error(rd->lua, "args is a list of tables");
			out[i] = take_spec(rd);
			lua_pop(rd->lua, 1);
		}
	}
	lua_pop(rd->lua, 1);
	return out;
}

static unsigned take_flags(struct reader *rd)
{
	unsigned flags = 0;

	flags |= take_flag(rd, "needs_module") ? CMD_NEEDS_MODULE : 0u;
	flags |= take_flag(rd, "needs_instance") ? CMD_NEEDS_MODULE | CMD_NEEDS_INSTANCE : 0u;
	flags |= take_flag(rd, "needs_stop") ? CMD_NEEDS_STOP : 0u;
	flags |= take_flag(rd, "repeats") ? CMD_REPEATS : 0u;
	return flags;
}

/* core.defcmd{ name, summary, doc, example, args, …, run }: a command like any other, from now on */
static int core_defcmd(lua_State *lua)
{
	struct bridge *b = bridge_of(lua);
	struct reader rd = { lua, &b->s->arena };
	struct lua_command *c = arena_alloc(&b->s->arena, sizeof *c);
	struct err e = { 0 };

	luaL_checktype(lua, 1, LUA_TTABLE);
	lua_settop(lua, 1);
	if (!c)
		return script_error(lua, "not enough memory");
	*c = (struct lua_command){ .b = b, .c = {
		.name = take_string(&rd, "name"), .summary = take_string(&rd, "summary"), .doc = take_string(&rd, "doc"),
		.example = take_string(&rd, "example"), .args = take_specs(&rd), .flags = take_flags(&rd),
		.group = GROUP_SESSION, .run = run_lua, .user = c,
	} };
	if (!c->c.name || !c->c.summary)
		return script_error(lua, "a command needs a name and a summary");
	if (lua_getfield(lua, 1, "run") != LUA_TFUNCTION)
		return script_error(lua, "a command needs run, a function");
	c->run = luaL_ref(lua, LUA_REGISTRYINDEX);
	if (!vec_push(&b->commands, c) || !command_add(b->s, &c->c, &e)) {
		luaL_unref(lua, LUA_REGISTRYINDEX, c->run);
		push_err(lua, &e);
		return 1;
	}
	return 0;
}

/* core.undefcmd(name) */
static int core_undefcmd(lua_State *lua)
{
	struct bridge *b = bridge_of(lua);
	const struct command *c = command_named(b->s, str_of(luaL_checkstring(lua, 1)));

	if (c && c->run == run_lua)
		command_remove(b->s, c);
	return 0;
}

void bridge_commands_free(struct bridge *b)
{
	for (size_t i = 0; i < b->commands.count; i++)
		command_remove(b->s, &b->commands.data[i]->c);
	for (size_t i = 0; i < b->panes.count; i++)
		free(b->panes.data[i]);
	vec_free(&b->commands);
	vec_free(&b->panes);
}

/* ---- panes ----------------------------------------------------------------------------------- */

struct lua_pane {
	struct bridge *b;
	int lines;                      /* its function */
};

struct pane_job {
	const struct lua_pane *p;
	uint32_t width;
	struct buf *out;
};

static void put_line(struct str text, struct buf *out)
{
	buf_put(out, text.p, text.n);
	if (text.n == 0 || text.p[text.n - 1] != '\n')
		buf_putc(out, '\n');
}

static int pane_body(lua_State *lua)
{
	const struct pane_job *j = lua_touserdata(lua, 1);

	lua_rawgeti(lua, LUA_REGISTRYINDEX, j->p->lines);
	lua_pushinteger(lua, j->width);
	lua_call(lua, 1, 1);
	if (lua_istable(lua, -1)) {
		for (lua_Integer i = 1, n = (lua_Integer)lua_rawlen(lua, -1); i <= n; i++) {
			lua_rawgeti(lua, -1, i);
			put_line(to_text(lua, -1), j->out);
			lua_pop(lua, 2);
		}
	} else if (!lua_isnil(lua, -1)) {
		put_line(to_text(lua, -1), j->out);
	}
	return 0;
}

static bool pane_lines(void *user, struct session *s, uint32_t width, struct buf *out, struct err *e)
{
	struct lua_pane *p = user;
	struct pane_job j = { p, width, out };

	return bridge_enter(p->b, pane_body, &j, PLACE_LOOKING, e) == ENTERED_DONE;
}

/* core.pane(name, help, fn) */
static int core_pane(lua_State *lua)
{
	struct bridge *b = bridge_of(lua);
	struct str name = { NULL, 0 }, help = { NULL, 0 };
	struct err e = { 0 };

	name.p = luaL_checklstring(lua, 1, &name.n);
	help.p = luaL_checklstring(lua, 2, &help.n);
	luaL_checktype(lua, 3, LUA_TFUNCTION);
	struct lua_pane *p = calloc(1, sizeof *p);
	if (!p || !vec_push(&b->panes, p)) {
		free(p);
		return script_error(lua, "not enough memory");
	}
	lua_settop(lua, 3);
	*p = (struct lua_pane){ b, LUA_NOREF };
	p->lines = luaL_ref(lua, LUA_REGISTRYINDEX);
	struct pane row = { .lines = pane_lines, .user = p };
	if (!pane_set(b->s, name, help, &row, &e))
		return script_error(lua, "not enough memory");
	return 0;
}

/* core.unpane(name) */
static int core_unpane(lua_State *lua)
{
	pane_remove(bridge_of(lua)->s, str_of(luaL_checkstring(lua, 1)));
	return 0;
}

void bridge_command_open(lua_State *lua)
{
	static const luaL_Reg functions[] = {
		{ "defcmd", core_defcmd }, { "undefcmd", core_undefcmd }, { "pane", core_pane }, { "unpane", core_unpane },
		{ NULL, NULL },
	};

	luaL_setfuncs(lua, functions, 0);
}
