/* Scripts: every kind of command, values and patterns, spans of inline modules, errors. */
#include <string.h>

#include "engine/base/err.h"
#include "engine/base/source.h"
#include "tests/harness/tap.h"
#include "wat/wast.h"

static const char script[] =
	";;! gc = true\n"
	";;! name = \"x\"\n"
	"(module $M (func (export \"f\")))\n"
	"(module definition $D binary \"\\00asm\" \"\\01\\00\\00\\00\")\n"
	"(module instance $I $D)\n"
	"(module quote \"(func)\" \"(func)\")\n"
	"(register \"m\" $M)\n"
	"(invoke $M \"f\" (i32.const -1) (f32.const nan:0x200000) (v128.const i16x8 1 2 3 4 5 6 7 8) (ref.extern 7))\n"
	"(assert_return (get \"g\") (either (i64.const 1) (ref.null func)) (f64.const nan:canonical))\n"
	"(assert_return (invoke \"v\") (v128.const f32x4 1 nan:arithmetic 0 nan:canonical) (ref.func) (ref.i31))\n"
	"(assert_trap (invoke \"f\") \"unreachable\")\n"
	"(assert_trap (module (start 0) (func)) \"boom\")\n"
	"(assert_exhaustion (invoke \"f\") \"call stack exhausted\")\n"
	"(assert_exception (invoke \"f\"))\n"
	"(assert_invalid (module (func (nop) (drop))) \"type mismatch\")\n"
	"(assert_malformed (module quote \"(func\") \"unexpected token\")\n"
	"(assert_unlinkable (module (import \"a\" \"b\" (func))) \"unknown import\")\n"
	"(thread $T (shared (module $M)) (register \"x\" $M) (invoke \"f\"))\n"
	"(wait $T)\n"
	"(func) (memory 0)\n";

static bool span_is(const struct source *s, const struct wast_module *m, const char *text)
{
	return m->form == WAST_TEXT && m->end - m->start == strlen(text) && memcmp(s->bytes + m->start, text, strlen(text)) == 0;
}

static void check_modules(struct wast *w, const struct source *s)
{
	struct wast_cmd c;
	struct err e = { 0 };

	CHECK(wast_next(w, &c, &e) && c.kind == WAST_MODULE && str_is(c.module.name, "M") &&
		span_is(s, &c.module, "(module $M (func (export \"f\")))"), "a module as a span");
	CHECK(wast_next(w, &c, &e) && c.module.definition && c.module.form == WAST_BINARY && c.module.bytes.n == 8 &&
		str_is(c.module.name, "D"), "a binary definition");
	CHECK(wast_next(w, &c, &e) && c.kind == WAST_INSTANCE && str_is(c.name, "I") && str_is(c.of, "D"), "an instance");
	CHECK(wast_next(w, &c, &e) && c.module.form == WAST_QUOTE && str_is(c.module.bytes, "(func)(func)"), "a quoted module");
	CHECK(wast_next(w, &c, &e) && c.kind == WAST_REGISTER && str_is(c.text, "m") && str_is(c.name, "M"), "register");
}

static void check_values(struct wast *w)
{
	struct wast_cmd c;
	struct err e = { 0 };

	CHECK(wast_next(w, &c, &e) && c.kind == WAST_ACTION && c.action.kind == WAST_INVOKE && c.action.nargs == 4 &&
		str_is(c.action.instance, "M") && str_is(c.action.field, "f"), "an action");
	const struct wast_value *a = c.action.args;
	CHECK(a[0].value.type == VT_I32 && a[0].value.lo == 0xffffffff && a[1].value.lo == 0x7fa00000, "numbers");
	CHECK(a[2].value.lo == 0x0004000300020001 && a[2].value.hi == 0x0008000700060005, "a vector");
	CHECK(a[3].kind == WAST_REF_EXTERN_N && a[3].number == 7, "a host reference");
	CHECK(wast_next(w, &c, &e) && c.kind == WAST_ASSERT_RETURN && c.action.kind == WAST_GET && c.nresults == 2, "get");
	CHECK(c.results[0].kind == WAST_EITHER && c.results[0].nchoices == 2 && c.results[0].choices[1].kind == WAST_REF_NULL &&
		c.results[0].choices[1].value.type == VT_FUNCREF, "either");
	CHECK(c.results[1].kind == WAST_FLOATS && c.results[1].nan[0] == WAST_NAN_CANONICAL && c.results[1].nlanes == 1 &&
		c.results[1].value.type == VT_F64, "a NaN pattern");
	CHECK(wast_next(w, &c, &e) && c.results[0].kind == WAST_FLOATS && c.results[0].nan[1] == WAST_NAN_ARITHMETIC &&
		c.results[0].nan[3] == WAST_NAN_CANONICAL && (uint32_t)c.results[0].value.lo == 0x3f800000, "patterns in lanes");
	CHECK(c.results[1].kind == WAST_REF_FUNC && c.results[2].kind == WAST_REF_I31, "references of a kind");
}

static void check_assertions(struct wast *w, const struct source *s)
{
	struct wast_cmd c;
	struct err e = { 0 };

	CHECK(wast_next(w, &c, &e) && c.kind == WAST_ASSERT_TRAP && !c.has_module && str_is(c.text, "unreachable"), "trap");
	CHECK(wast_next(w, &c, &e) && c.kind == WAST_ASSERT_TRAP && c.has_module &&
		span_is(s, &c.module, "(module (start 0) (func))"), "trap of a module");
	CHECK(wast_next(w, &c, &e) && c.kind == WAST_ASSERT_EXHAUSTION, "exhaustion");
	CHECK(wast_next(w, &c, &e) && c.kind == WAST_ASSERT_EXCEPTION, "exception");
	CHECK(wast_next(w, &c, &e) && c.kind == WAST_ASSERT_INVALID && c.module.form == WAST_TEXT, "invalid");
	CHECK(wast_next(w, &c, &e) && c.kind == WAST_ASSERT_MALFORMED && c.module.form == WAST_QUOTE, "malformed");
	CHECK(wast_next(w, &c, &e) && c.kind == WAST_ASSERT_UNLINKABLE && str_is(c.text, "unknown import"), "unlinkable");
}

static void check_threads(struct wast *w, const struct source *s)
{
	struct wast_cmd c, inner;
	struct err e = { 0 };

	CHECK(wast_next(w, &c, &e) && c.kind == WAST_THREAD && str_is(c.name, "T") && str_is(c.of, "M"), "a thread");
	struct wast *body = wast_body(w, &c, &e);
	CHECK(wast_next(body, &inner, &e) && inner.kind == WAST_REGISTER, "its first command");
	CHECK(wast_next(body, &inner, &e) && inner.kind == WAST_ACTION, "its second command");
	CHECK(!wast_next(body, &inner, &e) && e.code == E_NONE, "its end");
	wast_free(body);
	CHECK(wast_next(w, &c, &e) && c.kind == WAST_WAIT && str_is(c.name, "T"), "wait");
	CHECK(wast_next(w, &c, &e) && c.kind == WAST_MODULE && span_is(s, &c.module, "(func) (memory 0)\n"), "bare fields");
	CHECK(!wast_next(w, &c, &e) && e.code == E_NONE, "the script's end");
}

static void check_headers(const struct source *s)
{
	struct str name, value;

	CHECK(wast_header(s, 0, &name, &value) && str_is(name, "gc") && str_is(value, "true"), "first setting");
	CHECK(wast_header(s, 1, &name, &value) && str_is(name, "name") && str_is(value, "\"x\""), "second setting");
	CHECK(!wast_header(s, 2, &name, &value), "no third setting");
}

static void fails(const char *text, enum err_code code, unsigned start)
{
	struct err e = { 0 };
	struct source *s = source_copy("s.wast", text, strlen(text), &e);
	struct wast *w = wast_parse(s, &e);
	struct wast_cmd c;

	while (wast_next(w, &c, &e))
		;
	if (!CHECK(e.code == code && e.place.kind == PLACE_TEXT && e.place.start == start, "error in %s", text))
		tap_note("%u: %s", (unsigned)e.place.start, e.message);
	wast_free(w);
	source_free(s);
}

int main(void)
{
	struct err e = { 0 };
	struct source *s = source_copy("s.wast", script, sizeof script - 1, &e);
	struct wast *w = wast_parse(s, &e);

	check_modules(w, s);
	check_values(w);
	check_assertions(w, s);
	check_threads(w, s);
	check_headers(s);
	wast_free(w);
	source_free(s);
	fails("(module", E_TOKEN, 7);
	fails("(input \"x\")", E_UNSUPPORTED, 1);
	fails("(assert_returns)", E_UNKNOWN_OPERATOR, 1);
	fails("(invoke \"f\" (i32.const 4294967296))", E_CONST_RANGE, 23);
	fails("(invoke \"f\" (ref.i31))", E_TOKEN, 13);
	return tap_done();
}
