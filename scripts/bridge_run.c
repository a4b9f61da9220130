/*
 * Commands carried out for scripts, and what scripts say: core.cmd, core.commands, core.out, core.message, core.ask,
 * core.bind.
 */
#include <lauxlib.h>

#include "engine/base/buf.h"
#include "repl/command/args.h"
#include "repl/command/binding.h"
#include "repl/command/render.h"
#include "scripts/bridge.h"

/* ---- commands -------------------------------------------------------------------------------- */

struct command_job {
	struct result r;
	struct err e;
	bool ok;
};

/* tree, text, notes; or nil and the error. Runs protected, so that the result is freed in any case. */
static int push_result(lua_State *lua)
{
	const struct command_job *j = lua_touserdata(lua, 1);

	if (!j->ok) {
		lua_pushnil(lua);
		push_err(lua, &j->e);
		return 2;
	}
	push_node(lua, j->r.root);
	lua_pushlstring(lua, buf_str(&j->r.text), j->r.text.size);
	lua_pushlstring(lua, buf_str(&j->r.notes), j->r.notes.size);
	return 3;
}

/* Carry out a line; its result stays in J. What scripts print meanwhile goes where this one's goes. */
static void carry_out(struct bridge *b, struct str line, struct command_job *j)
{
	struct result *outer = b->result;
	struct session *s = b->s;

	if (!outer)
		output_flush(&s->out);
	bool scripted = s->scripted;
	s->scripted = true;
	j->ok = session_line(s, line, &j->r, &j->e);
	s->scripted = scripted;
	if (!j->ok && !j->e.code)
		err_set(&j->e, E_INTERNAL, place_none(), "the command failed without saying why");
	if (j->r.guest_status != GUEST_NOT_RUN) {
		if (outer)
			outer->guest_status = j->r.guest_status;
		else
			s->guest_status = j->r.guest_status;
	}
	bridge_look(b);
}

/* core.cmd(line): tree, text, notes; or nil, error */
static int core_cmd(lua_State *lua)
{
	struct bridge *b = bridge_of(lua);
	struct str line = { NULL, 0 };
	struct command_job *j;

	line.p = luaL_checklstring(lua, 1, &line.n);
	if (b->place == PLACE_BLIND)
		return script_error(lua, "the guest is in the middle of fast code: a probe on calls sees arguments, results and memory");
	luaL_checkstack(lua, 8, NULL);
	j = lua_newuserdatauv(lua, sizeof *j, 0);
	*j = (struct command_job){ 0 };
	if (!result_init(&j->r))
		return script_error(lua, "not enough memory");
	carry_out(b, line, j);
	lua_pushcfunction(lua, push_result);
	lua_pushlightuserdata(lua, j);
	int status = lua_pcall(lua, 1, 3, 0);
	result_free(&j->r);
	if (status != LUA_OK)
		return lua_error(lua);
	if (b->place == PLACE_FREE)
		bridge_idle(b);
	return 3;
}

/* ---- the registry ---------------------------------------------------------------------------- */

static void set_string(lua_State *lua, const char *key, const char *value)
{
	if (!value)
		return;
	lua_pushstring(lua, value);
	lua_setfield(lua, -2, key);
}

static void set_flag(lua_State *lua, const char *key, bool on)
{
	lua_pushboolean(lua, on);
	lua_setfield(lua, -2, key);
}

static void push_args(lua_State *lua, const struct arg_spec *a)
{
	lua_newtable(lua);
	for (lua_Integer i = 1; a && a->kind != ARG_END; a++, i++) {
		lua_newtable(lua);
		set_string(lua, "name", a->name);
		set_string(lua, "kind", arg_kind_names[a->kind]);
		set_string(lua, "help", a->help);
		set_flag(lua, "optional", a->flags & ARG_OPTIONAL);
		set_flag(lua, "keyword", a->flags & ARG_KEYWORD);
		set_flag(lua, "repeats", a->flags & ARG_REPEAT);
		lua_rawseti(lua, -2, i);
	}
}

/* core.commands(): every command as { name, alias, group, summary, doc, example, args } */
static int core_commands(lua_State *lua)
{
	const struct session *s = bridge_of(lua)->s;

	lua_createtable(lua, (int)command_total(s), 0);
	for (size_t i = 0; i < command_total(s); i++) {
		const struct command *c = command_at(s, i);
		lua_newtable(lua);
		set_string(lua, "name", c->name);
		set_string(lua, "alias", c->alias);
		set_string(lua, "group", command_group_names[c->group]);
		set_string(lua, "summary", c->summary);
		set_string(lua, "doc", c->doc);
		set_string(lua, "example", c->example);
		push_args(lua, c->args);
		lua_setfield(lua, -2, "args");
		lua_rawseti(lua, -2, (lua_Integer)i + 1);
	}
	return 1;
}

/* core.command_count(): changes when commands come and go */
static int core_command_count(lua_State *lua)
{
	lua_pushinteger(lua, (lua_Integer)command_total(bridge_of(lua)->s));
	return 1;
}

/* core.has(name): whether there is such a command */
static int core_has(lua_State *lua)
{
	lua_pushboolean(lua, command_named(bridge_of(lua)->s, str_of(luaL_checkstring(lua, 1))) != NULL);
	return 1;
}

/* ---- words ----------------------------------------------------------------------------------- */

static int core_out(lua_State *lua)
{
	size_t n;
	const char *p = luaL_checklstring(lua, 1, &n);

	bridge_print(bridge_of(lua), p, n);
	return 0;
}

/* core.note(text): to where notes of commands go */
static int core_note(lua_State *lua)
{
	struct bridge *b = bridge_of(lua);
	size_t n;
	const char *p = luaL_checklstring(lua, 1, &n);

	if (b->result) {
		buf_put(&b->result->notes, p, n);
		return 0;
	}
	output_flush(&b->s->out);
	output_put(&b->s->err, p, n);
	output_flush(&b->s->err);
	return 0;
}

/* core.message(text): false when no front end shows messages */
static int core_message(lua_State *lua)
{
	struct session *s = bridge_of(lua)->s;
	struct str text = { NULL, 0 };

	text.p = luaL_checklstring(lua, 1, &text.n);
	if (s->message)
		s->message(s, text);
	lua_pushboolean(lua, s->message != NULL);
	return 1;
}

static int push_answer(lua_State *lua)
{
	const struct buf *answer = lua_touserdata(lua, 1);

	lua_pushlstring(lua, buf_str(answer), answer->size);
	return 1;
}

/* core.ask(prompt): what a person typed; nil: nobody is there, or C-g */
static int core_ask(lua_State *lua)
{
	struct bridge *b = bridge_of(lua);
	const char *prompt = luaL_checkstring(lua, 1);
	struct buf answer = { 0 };

	luaL_checkstack(lua, 4, NULL);
	if (!b->s->ask || !b->s->ask(b->s, prompt, &answer)) {
		buf_free(&answer);
		return 0;
	}
	lua_pushcfunction(lua, push_answer);
	lua_pushlightuserdata(lua, &answer);
	int status = lua_pcall(lua, 1, 1, 0);
	buf_free(&answer);
	return status == LUA_OK ? 1 : lua_error(lua);
}

/* core.bind(key, command): an empty command takes the key back */
static int core_bind(lua_State *lua)
{
	struct str key = { NULL, 0 }, command = { NULL, 0 };
	struct err e = { 0 };

	key.p = luaL_checklstring(lua, 1, &key.n);
	command.p = luaL_optlstring(lua, 2, "", &command.n);
	if (!binding_set(bridge_of(lua)->s, key, command, &e))
		return script_error(lua, "not enough memory");
	return 0;
}

/* core.quit(status): the session ends when the script has unwound */
static int core_quit(lua_State *lua)
{
	struct bridge *b = bridge_of(lua);
	lua_Integer status = luaL_optinteger(lua, 1, 0);

	b->s->quit = true;
	b->s->quit_given = true;
	b->s->quit_status = (int)(status & 0xff);
	b->leaving = true;
	return script_error(lua, "the script left");
}

/* core.exhausted(): whether a limit was passed, so that nothing may go on */
static int core_exhausted(lua_State *lua)
{
	const struct bridge *b = bridge_of(lua);

	lua_pushboolean(lua, b->ev->steps > b->ev->steps_max);
	return 1;
}

/* core.where(): "script.lua:3: " of the script that called */
static int core_where(lua_State *lua)
{
	push_where(lua);
	return 1;
}

/* core.job(): how the script that runs was started: path, args, main */
static int core_job(lua_State *lua)
{
	if (lua_getfield(lua, LUA_REGISTRYINDEX, "job") != LUA_TTABLE)
		lua_newtable(lua);
	return 1;
}

/* core.set_global(name, value): where expressions see it */
static int core_set_global(lua_State *lua)
{
	const char *name = luaL_checkstring(lua, 1);

	lua_settop(lua, 2);
	lua_setglobal(lua, name);
	return 0;
}

void bridge_run_open(lua_State *lua)
{
	static const luaL_Reg functions[] = {
		{ "cmd", core_cmd }, { "commands", core_commands }, { "command_count", core_command_count }, { "has", core_has },
		{ "out", core_out }, { "note", core_note }, { "message", core_message }, { "ask", core_ask },
		{ "bind", core_bind }, { "quit", core_quit }, { "exhausted", core_exhausted }, { "where", core_where },
		{ "job", core_job }, { "set_global", core_set_global }, { NULL, NULL },
	};

	luaL_setfuncs(lua, functions, 0);
	lua_pushliteral(lua, VERSION);
	lua_setfield(lua, -2, "version");
}
