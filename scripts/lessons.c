/*
 * Lessons; see lessons.h. core.lesson_define reads the table of lesson.define into a record and keeps the table, for the
 * functions in it. A session that only looks an answer up has a bridge of its own: there the lesson's file runs again
 * when one of its functions is asked for.
 */
#include "scripts/lessons.h"

#include <glob.h>

#include <lauxlib.h>

#include "engine/base/buf.h"
#include "repl/command/scripting.h"

/* ---- reading a table ------------------------------------------------------------------------- */

struct reader {
	lua_State *lua;
	struct arena *a;
};

/* The string field KEY of the table on top; NULL: absent. */
static const char *take(struct reader *rd, const char *key)
{
	const char *copy = NULL;
	int type = lua_getfield(rd->lua, -1, key);

	if (type == LUA_TSTRING || type == LUA_TNUMBER) {
		struct str text = to_text(rd->lua, -1);
		copy = arena_strndup(rd->a, text.p, text.n);
		lua_pop(rd->lua, 1);
	} else if (type != LUA_TNIL) {
		script_error(rd->lua, "%s is not a text", key);
	}
	lua_pop(rd->lua, 1);
	return copy;
}

static bool has_function(struct reader *rd, const char *key)
{
	bool is = lua_getfield(rd->lua, -1, key) == LUA_TFUNCTION;

	lua_pop(rd->lua, 1);
	return is;
}

static const char *need(struct reader *rd, const char *key, const char *where)
{
	const char *text = take(rd, key);

	if (!text)
		script_error(rd->lua, "%s needs %s", where, key);
	return text;
}

static struct lesson_question take_question(struct reader *rd)
{
	struct lesson_question q = {
		.show = take(rd, "show"), .ask = need(rd, "ask", "a question"), .ahead = take(rd, "ahead"),
		.path = take(rd, "path"), .answer = take(rd, "answer"), .judged = has_function(rd, "judge"),
		.hint = need(rd, "hint", "a question"), .why = need(rd, "why", "a question"),
	};

	if (!q.answer && !q.judged && !(q.ahead && q.path))
		script_error(rd->lua, "a question needs ahead and path, or answer, or judge");
	return q;
}

static const struct lesson_question *take_questions(struct reader *rd, size_t *n)
{
	struct lesson_question *out;

	if (lua_getfield(rd->lua, -1, "questions") != LUA_TTABLE)
		script_error(rd->lua, "a lesson needs questions");
	*n = lua_rawlen(rd->lua, -1);
	out = arena_array(rd->a, *n + 1, sizeof *out);
	for (size_t i = 0; out && i < *n; i++) {
		if (lua_rawgeti(rd->lua, -1, (lua_Integer)i + 1) != LUA_TTABLE)
			script_error(rd->lua, "questions is a list of tables");
		out[i] = take_question(rd);
		lua_pop(rd->lua, 1);
	}
	lua_pop(rd->lua, 1);
	return out;
}

/* registry["lessons"][number] = the table on top, which stays */
static void keep_table(lua_State *lua, unsigned number)
{
	luaL_getsubtable(lua, LUA_REGISTRYINDEX, "lessons");
	lua_pushvalue(lua, -2);
	lua_rawseti(lua, -2, number);
	lua_pop(lua, 1);
}

static const char *file_of_job(struct reader *rd)
{
	const char *path = NULL;

	if (lua_getfield(rd->lua, LUA_REGISTRYINDEX, "job") == LUA_TTABLE)
		path = take(rd, "path");
	lua_pop(rd->lua, 1);
	return path ? path : script_error(rd->lua, "a lesson is defined in a file") ? NULL : NULL;
}

/* core.lesson_define{ … } */
static int core_lesson_define(lua_State *lua)
{
	struct session *s = bridge_of(lua)->s;
	struct reader rd = { lua, &s->arena };
	struct lesson *l = arena_alloc(&s->arena, sizeof *l);
	int exact;

	luaL_checktype(lua, 1, LUA_TTABLE);
	lua_settop(lua, 1);
	if (!l)
		return script_error(lua, "not enough memory");
	lua_getfield(lua, 1, "number");
	lua_Integer number = lua_tointegerx(lua, -1, &exact);
	lua_pop(lua, 1);
	if (!exact || number < 1 || number > 63)
		return script_error(lua, "a lesson needs a number, 1 to 63");
	*l = (struct lesson){
		.number = (unsigned)number, .title = need(&rd, "title", "a lesson"), .file = file_of_job(&rd),
		.intro = need(&rd, "intro", "a lesson"), .module = need(&rd, "module", "a lesson"),
		.has_setup = has_function(&rd, "setup"), .end = need(&rd, "finish", "a lesson"),
	};
	l->questions = take_questions(&rd, &l->nquestions);
	if (!l->questions || !lesson_add(s, l))
		return script_error(lua, "not enough memory");
	keep_table(lua, l->number);
	return 0;
}

/* core.lesson_check(number, question, answer): right, and what to say */
static int core_lesson_check(lua_State *lua)
{
	struct bridge *b = bridge_of(lua);
	struct str number = { NULL, 0 }, given = { NULL, 0 }, answer, why;
	lua_Integer question = luaL_checkinteger(lua, 2);
	struct arena *a = &b->s->arena;
	struct err e = { 0 };
	bool right;

	number.p = luaL_tolstring(lua, 1, &number.n);
	given.p = luaL_checklstring(lua, 3, &given.n);
	if (b->place != PLACE_FREE)
		return script_error(lua, "the guest runs: its lessons wait");
	const struct lesson *l = lesson_numbered(b->s, number, &e);
	if (l && (question < 1 || (size_t)question > l->nquestions))
		err_set(&e, E_UNKNOWN_NAME, place_none(), "lesson %u has %zu questions", l->number, l->nquestions);
	if (e.code || !lesson_judge(b->s, l, (size_t)question - 1, given, &right, &answer, &why, a, &e)) {
		push_err(lua, &e);
		return lua_error(lua);
	}
	lua_pushboolean(lua, right);
	lua_pushlstring(lua, why.p, why.n);
	return 2;
}

/* core.lesson_count(number): how many questions it has */
static int core_lesson_count(lua_State *lua)
{
	struct bridge *b = bridge_of(lua);
	struct str number = { NULL, 0 };
	struct err e = { 0 };

	number.p = luaL_tolstring(lua, 1, &number.n);
	const struct lesson *l = lesson_numbered(b->s, number, &e);
	if (!l) {
		push_err(lua, &e);
		return lua_error(lua);
	}
	lua_pushinteger(lua, (lua_Integer)l->nquestions);
	return 1;
}

void bridge_lesson_open(lua_State *lua)
{
	static const luaL_Reg functions[] = {
		{ "lesson_define", core_lesson_define }, { "lesson_check", core_lesson_check },
		{ "lesson_count", core_lesson_count }, { NULL, NULL },
	};

	luaL_setfuncs(lua, functions, 0);
}

/* ---- running files --------------------------------------------------------------------------- */

static int file_body(lua_State *lua)
{
	const char *path = lua_touserdata(lua, 1);

	lua_newtable(lua);
	lua_pushstring(lua, path);
	lua_setfield(lua, -2, "path");
	lua_setfield(lua, LUA_REGISTRYINDEX, "job");
	if (load_script(lua, path) != LUA_OK)
		return lua_error(lua);
	lua_call(lua, 0, 0);
	return 0;
}

static bool run_file(struct bridge *b, const char *path, struct err *e)
{
	return bridge_enter(b, file_body, (void *)path, PLACE_LOOKING, e) == ENTERED_DONE;
}

bool lessons_read(struct bridge *b, struct err *e)
{
	struct arena a = { 0 };
	const char *folder = script_shipped("scripts/lessons", &a);
	const char *pattern = folder ? arena_printf(&a, "%s/*.lua", folder) : NULL;
	glob_t found;
	bool ok = true;

	if (pattern && glob(pattern, 0, NULL, &found) == 0) {
		for (size_t i = 0; i < found.gl_pathc && ok; i++) {
			/* the session's own copy: records name it */
			const char *path = arena_strndup(&b->s->arena, found.gl_pathv[i], strlen(found.gl_pathv[i]));
			ok = path ? run_file(b, path, e) : err_oom(e);
		}
		globfree(&found);
	}
	arena_free(&a);
	return ok;
}

/* ---- their functions ------------------------------------------------------------------------- */

struct function_job {
	const struct lesson *l;
	size_t question;
	struct str given;
	bool known;                     /* the lesson was defined in this state */
	bool right;
	struct arena *a;
	struct str why;
};

static bool push_lesson(lua_State *lua, const struct lesson *l)
{
	luaL_getsubtable(lua, LUA_REGISTRYINDEX, "lessons");
	return lua_rawgeti(lua, -1, l->number) == LUA_TTABLE;
}

static int known_body(lua_State *lua)
{
	struct function_job *j = lua_touserdata(lua, 1);

	j->known = push_lesson(lua, j->l);
	return 0;
}

static int setup_body(lua_State *lua)
{
	const struct function_job *j = lua_touserdata(lua, 1);

	if (push_lesson(lua, j->l) && lua_getfield(lua, -1, "setup") == LUA_TFUNCTION)
		lua_call(lua, 0, 0);
	return 0;
}

static int judge_body(lua_State *lua)
{
	struct function_job *j = lua_touserdata(lua, 1);

	if (!push_lesson(lua, j->l) || lua_getfield(lua, -1, "questions") != LUA_TTABLE ||
			lua_rawgeti(lua, -1, (lua_Integer)j->question + 1) != LUA_TTABLE ||
			lua_getfield(lua, -1, "judge") != LUA_TFUNCTION)
		return script_error(lua, "the lesson has no judge for this question");
	lua_pushlstring(lua, j->given.p, j->given.n);
	lua_call(lua, 1, 2);
	j->right = lua_toboolean(lua, -2);
	if (lua_type(lua, -1) == LUA_TSTRING) {
		struct str why = to_text(lua, -1);
		j->why = (struct str){ arena_strndup(j->a, why.p, why.n), why.n };
	}
	return 0;
}

static bool know(struct bridge *b, struct function_job *j, struct err *e)
{
	return bridge_enter(b, known_body, j, PLACE_LOOKING, e) == ENTERED_DONE && (j->known || run_file(b, j->l->file, e));
}

bool lessons_setup(struct bridge *b, const struct lesson *l, struct err *e)
{
	struct function_job j = { .l = l };

	return know(b, &j, e) && bridge_enter(b, setup_body, &j, PLACE_LOOKING, e) == ENTERED_DONE;
}

bool lessons_judge(struct bridge *b, const struct lesson *l, size_t question, struct str given, bool *right,
	struct str *why, struct arena *a, struct err *e)
{
	struct function_job j = { .l = l, .question = question, .given = given, .a = a };

	if (!know(b, &j, e) || bridge_enter(b, judge_body, &j, PLACE_FREE, e) != ENTERED_DONE)
		return false;
	*right = j.right;
	*why = j.why.p ? j.why : str_of(j.right ? l->questions[question].why : l->questions[question].hint);
	return true;
}
