/* Lines of the prompt: when they are complete, what kind they are, words, JSON input, completion. */
#include <fcntl.h>

#include "engine/base/buf.h"
#include "repl/command/args.h"
#include "repl/command/complete.h"
#include "repl/command/script.h"
#include "tests/harness/tap.h"

static void test_open_lines(void)
{
	CHECK(!line_is_open(STR("(i32.const 1)")), "balanced brackets end a line");
	CHECK(line_is_open(STR("(module (func")), "open brackets continue it");
	CHECK(line_is_open(STR("(module \"(")), "an open string continues it");
	CHECK(!line_is_open(STR("(data \")\\\"(\")")), "brackets in strings do not count");
	CHECK(line_is_open(STR("(; (; ;)")), "comments nest");
	CHECK(!line_is_open(STR("(nop) ;; (")), "a line comment hides brackets");
}

static void test_calls(void)
{
	struct session s = { 0 };

	CHECK(line_is_call(&s, STR("fac(5)")), "a name and a bracket are a call");
	CHECK(line_is_call(&s, STR("2!#12()")), "so is a function of another module");
	CHECK(line_is_call(&s, STR("\"odd name\"(1)")), "and a quoted name");
	CHECK(!line_is_call(&s, STR("fac (5)")), "a blank before the bracket makes none");
	CHECK(!line_is_call(&s, STR("print(1)")), "a command's name makes none");
}

static void test_words(void)
{
	struct arena a = { 0 };
	struct err e = { 0 };
	struct str line = STR("one \"two words\" 'it''s' \"a\\\"b\""), w;

	CHECK(line_next(&line, &a, &w, &e) && str_is(w, "one"), "words end at blanks");
	CHECK(line_next(&line, &a, &w, &e) && str_is(w, "two words"), "quotes keep blanks");
	CHECK(line_next(&line, &a, &w, &e) && str_is(w, "its"), "quoted parts join");
	CHECK(line_next(&line, &a, &w, &e) && str_is(w, "a\"b"), "a backslash escapes a quote");
	CHECK(!line_next(&line, &a, &w, &e) && !e.code, "the end is no error");
	line = STR("\"open");
	CHECK(!line_next(&line, &a, &w, &e) && e.code == E_USAGE, "an open quote is one");
	arena_free(&a);
}

static void test_lookup(void)
{
	struct err e = { 0 };
	struct str rest;
	const struct command *c = command_find(NULL, STR("loa x.wat"), &rest, &e);

	CHECK(c && strcmp(c->name, "load") == 0 && str_is(rest, " x.wat"), "a unique prefix finds a command");
	c = command_find(NULL, STR("i fun"), &rest, &e);
	CHECK(c && strcmp(c->name, "info functions") == 0, "members of a family take prefixes, too");
	c = command_find(NULL, STR("s"), &rest, &e);
	CHECK(c && strcmp(c->name, "step") == 0, "a short form wins over prefixes");
	CHECK(!command_find(NULL, STR("in"), &rest, &e) && e.code == E_AMBIGUOUS, "an ambiguous prefix is an error");
	err_clear(&e);
	CHECK(!command_find(NULL, STR("laod"), &rest, &e) && strstr(e.message, "'load'"), "the nearest name is offered");
}

/* Every record can be parsed and documented: what a wrong record would break. */
static void test_records(void)
{
	bool complete = true, distinct = true;

	for (size_t i = 0; i < command_count; i++) {
		const struct command *c = commands[i];
		size_t n = 0;
		complete = complete && c->name && c->summary && c->run && c->group < GROUP_COUNT;
		for (const struct arg_spec *a = c->args; a && a->kind != ARG_END; a++, n++)
			complete = complete && a->help && (a->kind != ARG_CHOICE || a->choices);
		complete = complete && n <= ARGS_MAX;
		for (size_t k = 0; k < i; k++)
			distinct = distinct && strcmp(commands[k]->name, c->name) != 0;
	}
	CHECK(complete, "every command has name, summary, group, handler and described arguments");
	CHECK(distinct, "no two commands share a name");
}

static void test_json_lines(void)
{
	struct buf text = { 0 };
	struct str id = STR("");

	CHECK(script_json_line(STR("{\"id\": 7, \"command\": \"a \\\"b\\\" \\u00e9\"}"), &text, &id) &&
		strcmp(buf_str(&text), "a \"b\" é") == 0 && str_is(id, "7"), "a JSON line gives command and id");
	buf_reset(&text);
	CHECK(!script_json_line(STR("info functions"), &text, &id), "plain text is none");
	CHECK(!script_json_line(STR("{\"id\":1"), &text, &id), "nor is half an object");
	CHECK(!script_json_line(STR("{\"command\":\"x"), &text, &id), "nor an open string");
	buf_free(&text);
}

static bool offers(struct session *s, const char *line, const char *word)
{
	word_list words = { 0 };
	const char *blank = strrchr(line, ' ');
	bool files, found = false;

	complete_line(s, str_of(line), blank ? (size_t)(blank - line) + 1 : 0, &words, &files);
	for (size_t i = 0; i < words.count; i++)
		found = found || strcmp(words.data[i], word) == 0;
	found = found || (files && strcmp(word, "FILES") == 0);
	word_list_free(&words);
	return found;
}

static void test_completion(void)
{
	struct err e = { 0 };
	struct session s;

	CHECK(session_init(&s, &e), "a session is made");
	s.out.fd = open("/dev/null", O_WRONLY);
	CHECK(session_do(&s, STR("(module (func $fac (export \"fac\") (param i32)))")), "and a module typed into it");
	CHECK(offers(&s, "lo", "load"), "commands are completed");
	CHECK(offers(&s, "fa", "fac("), "and calls");
	CHECK(offers(&s, "info fu", "functions"), "second words");
	CHECK(offers(&s, "load ", "FILES"), "files");
	CHECK(offers(&s, "who-calls $f", "$fac"), "functions");
	CHECK(offers(&s, "set stub", "stub-imports"), "options");
	CHECK(offers(&s, "help i32.ad", "i32.add"), "instructions");
	session_free(&s);
}

int main(void)
{
	test_open_lines();
	test_calls();
	test_words();
	test_lookup();
	test_records();
	test_json_lines();
	test_completion();
	return tap_done();
}
