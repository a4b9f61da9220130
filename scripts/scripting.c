/* Running scripts: code typed, files, lessons; see scripting.h. */
#include "scripts/scripting.h"

#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

#include <lauxlib.h>

#include "engine/base/buf.h"
#include "scripts/bridge.h"
#include "scripts/eval.h"
#include "scripts/lessons.h"

struct scripts {
	struct scripting ops;           /* first */
	struct session *s;
	struct bridge *own;             /* NULL: no script ran yet */
	struct bridge *sandbox;         /* NULL: no sandboxed script ran yet */
	struct eval *sandbox_eval;      /* its state */
};

/* ---- bridges --------------------------------------------------------------------------------- */

static struct bridge *own_bridge(struct scripts *sc, struct err *e)
{
	if (!sc->own)
		sc->own = bridge_new(sc->s, (struct eval_lua *)sc->s->eval, false, e);
	return sc->own;
}

static struct bridge *sandbox_bridge(struct scripts *sc, struct err *e)
{
	if (sc->sandbox)
		return sc->sandbox;
	if (!sc->sandbox_eval)
		sc->sandbox_eval = eval_lua_new();
	if (!sc->sandbox_eval) {
		err_oom(e);
		return NULL;
	}
	sc->sandbox = bridge_new(sc->s, (struct eval_lua *)sc->sandbox_eval, true, e);
	return sc->sandbox;
}

/* ---- code ------------------------------------------------------------------------------------ */

struct code_job {
	struct str code;
	struct result *r;
};

/* An expression, else statements. */
static void load_code(lua_State *lua, struct str code)
{
	lua_settop(lua, 1);
	lua_pushliteral(lua, "return ");
	lua_pushlstring(lua, code.p, code.n);
	lua_concat(lua, 2);
	size_t n;
	const char *expression = lua_tolstring(lua, -1, &n);
	if (luaL_loadbufferx(lua, expression, n, "=lua", "t") == LUA_OK) {
		lua_remove(lua, 2);
		return;
	}
	lua_settop(lua, 1);
	if (luaL_loadbufferx(lua, code.p, code.n, "=lua", "t") != LUA_OK)
		lua_error(lua);
}

/* What lies above the job is the values. */
static int code_finish(lua_State *lua, int status, lua_KContext context)
{
	const struct code_job *j = (const struct code_job *)context;

	if (bridge_detached(lua))
		return 0;
	struct node *values = node_array(j->r, j->r->root, "values");
	if (j->r->text.size)            /* what it printed */
		node_str(j->r, j->r->root, "text", str_of_buf(&j->r->text));
	for (int i = 2, n = lua_gettop(lua); i <= n; i++) {
		luaL_checkstack(lua, 4, NULL);
		struct str text = to_text(lua, i);
		lua_replace(lua, i);
		node_str(j->r, values, NULL, text);
		buf_put(&j->r->text, text.p, text.n);
		buf_putc(&j->r->text, i < n ? '\t' : '\n');
	}
	return 0;
}

static int code_body(lua_State *lua)
{
	const struct code_job *j = lua_touserdata(lua, 1);

	load_code(lua, j->code);
	lua_callk(lua, 0, LUA_MULTRET, (lua_KContext)j, code_finish);
	return code_finish(lua, LUA_OK, (lua_KContext)j);
}

static bool run_code(struct scripting *ops, struct session *s, struct str code, struct result *r, struct err *e)
{
	struct bridge *b = own_bridge((struct scripts *)ops, e);
	struct code_job j = { code, r };

	if (!b)
		return false;
	struct result *outer = b->result;
	b->result = r;
	enum entered how = bridge_enter(b, code_body, &j, PLACE_FREE, e);
	b->result = outer;
	if (how == ENTERED_WAITS)
		buf_puts(&r->notes, "note: the code waits for the guest; it goes on when that stops\n");
	return how != ENTERED_FAILED;
}

/* ---- files ----------------------------------------------------------------------------------- */

struct file_job {
	const struct script_job *script;
	int status;                     /* an integer that it returned */
};

/* What scripts know about how they were started: script.path, script.main, arg. */
static void set_job(lua_State *lua, const struct script_job *job)
{
	lua_newtable(lua);
	lua_pushstring(lua, job->path);
	lua_setfield(lua, -2, "path");
	lua_pushboolean(lua, job->main);
	lua_setfield(lua, -2, "main");
	lua_newtable(lua);
	for (uint32_t i = 0; i < job->nargs; i++) {
		lua_pushstring(lua, job->args[i]);
		lua_rawseti(lua, -2, (lua_Integer)i + 1);
	}
	lua_pushstring(lua, job->path);
	lua_rawseti(lua, -2, 0);
	lua_pushvalue(lua, -1);
	lua_setglobal(lua, "arg");
	lua_setfield(lua, -2, "args");
	lua_setfield(lua, LUA_REGISTRYINDEX, "job");
}

static int file_finish(lua_State *lua, int status, lua_KContext context)
{
	struct file_job *j = (struct file_job *)context;

	if (!bridge_detached(lua) && lua_isinteger(lua, -1))
		j->status = (int)lua_tointeger(lua, -1) & 0xff;
	return 0;
}

static int file_body(lua_State *lua)
{
	struct file_job *j = lua_touserdata(lua, 1);
	const struct script_job *job = j->script;

	set_job(lua, job);
	if (load_script(lua, job->path) != LUA_OK)
		return lua_error(lua);
	luaL_checkstack(lua, (int)job->nargs + 4, "too many arguments");
	for (uint32_t i = 0; i < job->nargs; i++)
		lua_pushstring(lua, job->args[i]);
	lua_callk(lua, (int)job->nargs, 1, (lua_KContext)j, file_finish);
	return file_finish(lua, LUA_OK, (lua_KContext)j);
}

/* What a script that fails has defined is taken back (prelude/10-wb.lua): the session stays as it was. */
static int take_back_body(lua_State *lua)
{
	lua_getfield(lua, LUA_REGISTRYINDEX, "take back");
	lua_pushstring(lua, lua_touserdata(lua, 1));
	lua_call(lua, 1, 0);
	return 0;
}

static void tell_prelude(struct bridge *b, const char *what)
{
	struct err ignored = { 0 };

	bridge_enter(b, take_back_body, (void *)what, PLACE_FREE, &ignored);
}

static bool run_file(struct scripting *ops, struct session *s, const struct script_job *job, struct result *r,
	struct err *e)
{
	struct scripts *sc = (struct scripts *)ops;
	struct bridge *b = job->sandboxed ? sandbox_bridge(sc, e) : own_bridge(sc, e);
	struct file_job j = { job, 0 };

	if (!b)
		return false;
	if (strcmp(job->path, "-") != 0 && access(job->path, R_OK) != 0)
		return err_set(e, E_IO, place_none(), "%s: %s", job->path, strerror(errno));
	struct result *outer = b->result;
	b->result = r;
	tell_prelude(b, "begin");
	enum entered how = bridge_enter(b, file_body, &j, PLACE_FREE, e);
	b->result = outer;
	tell_prelude(b, how == ENTERED_FAILED ? "undo" : "keep");
	if (!r)
		output_flush(&s->out);
	if (how == ENTERED_WAITS && job->main)
		return err_set(e, E_NOT_RUNNING, place_none(), "%s waits for the guest to stop, and nobody steps it", job->path);
	if (job->status)
		*job->status = s->quit && s->quit_given ? s->quit_status : j.status;
	return how != ENTERED_FAILED;
}

/* ---- what the session asks for --------------------------------------------------------------- */

static bool resolve(struct scripting *ops, struct session *s, const struct module *m, const struct import *i,
	struct extern_ref *out, struct err *e)
{
	struct scripts *sc = (struct scripts *)ops;

	return (sc->own && bridge_resolve(sc->own, m, i, out, e)) ||
		(!e->code && sc->sandbox && bridge_resolve(sc->sandbox, m, i, out, e));
}

static void goes_on(struct scripting *ops, struct session *s)
{
	struct scripts *sc = (struct scripts *)ops;

	if (sc->own)
		bridge_goes_on(sc->own);
	if (sc->sandbox)
		bridge_goes_on(sc->sandbox);
}

struct aside {
	struct bridge *b;
	bool (*sleep)(void *user);
	void *user;
};

static bool sleep_beside(void *user)
{
	const struct aside *a = user;

	return a->b ? bridge_aside(a->b, a->sleep, a->user) : a->sleep(a->user);
}

static bool aside(struct scripting *ops, struct session *s, bool (*sleep)(void *user), void *user)
{
	struct scripts *sc = (struct scripts *)ops;
	struct aside sandbox = { sc->sandbox, sleep, user }, own = { sc->own, sleep_beside, &sandbox };

	return sleep_beside(&own);
}

static void idle(struct scripting *ops, struct session *s)
{
	struct scripts *sc = (struct scripts *)ops;

	if (sc->own)
		bridge_idle(sc->own);
	if (sc->sandbox)
		bridge_idle(sc->sandbox);
}

static void bridge_store_made(struct bridge *b)
{
	bridge_probes_store_made(b);
	bridge_calls_store_made(b);
}

static void bridge_store_going(struct bridge *b)
{
	bridge_probes_store_going(b);
	bridge_calls_store_going(b);
}

static void store_made(struct scripting *ops, struct session *s)
{
	struct scripts *sc = (struct scripts *)ops;

	if (sc->own)
		bridge_store_made(sc->own);
	if (sc->sandbox)
		bridge_store_made(sc->sandbox);
}

static void store_going(struct scripting *ops, struct session *s)
{
	struct scripts *sc = (struct scripts *)ops;

	if (sc->own)
		bridge_store_going(sc->own);
	if (sc->sandbox)
		bridge_store_going(sc->sandbox);
	if (sc->sandbox_eval)
		sc->sandbox_eval->store_gone(sc->sandbox_eval);
}

static bool get_lessons(struct scripting *ops, struct session *s, struct err *e)
{
	struct bridge *b = sandbox_bridge((struct scripts *)ops, e);

	return b && lessons_read(b, e);
}

static bool lesson_setup(struct scripting *ops, struct session *s, const struct lesson *l, struct err *e)
{
	struct bridge *b = sandbox_bridge((struct scripts *)ops, e);

	return b && lessons_setup(b, l, e);
}

static bool judge(struct scripting *ops, struct session *s, const struct lesson *l, size_t question, struct str given,
	bool *right, struct str *why, struct arena *a, struct err *e)
{
	struct bridge *b = sandbox_bridge((struct scripts *)ops, e);

	return b && lessons_judge(b, l, question, given, right, why, a, e);
}

static bool attach(struct scripting *ops, struct session *other, struct err *e)
{
	other->eval = eval_lua_new();
	return other->eval ? scripting_attach(other, e) : err_oom(e);
}

static void scripts_free(struct scripting *ops, struct session *s)
{
	struct scripts *sc = (struct scripts *)ops;

	if (sc->own)
		bridge_free(sc->own);
	if (sc->sandbox)
		bridge_free(sc->sandbox);
	if (sc->sandbox_eval)
		sc->sandbox_eval->free(sc->sandbox_eval);
	s->scripting = NULL;
	free(sc);
}

bool scripting_attach(struct session *s, struct err *e)
{
	struct scripts *sc = calloc(1, sizeof *sc);

	if (!sc)
		return err_oom(e);
	sc->s = s;
	sc->ops = (struct scripting){
		.code = run_code, .file = run_file, .resolve = resolve, .goes_on = goes_on, .aside = aside, .idle = idle, .store_made = store_made,
		.store_going = store_going, .attach = attach, .lessons = get_lessons,
		.lesson_setup = lesson_setup, .judge = judge, .free = scripts_free,
	};
	s->scripting = &sc->ops;
	return true;
}
