/*
 * The workbench stays quick: a step with its redraw in a small module and in one of 10,000 functions and 14 MB, the first
 * screen of that module's text. Limits are those of a slow, busy machine; what is measured is far below.
 */
#include <stdlib.h>

#include "engine/base/buf.h"
#include "engine/base/clock.h"
#include "engine/base/source.h"
#include "repl/command/debug.h"
#include "tests/harness/tap.h"
#include "tui/run.h"
#include "tui/tui.h"

enum { FUNCS = 10000, INSTRUCTIONS = 470, STEPS = 20 };

static void put_section(struct buf *out, uint8_t id, const struct buf *body)
{
	buf_u8(out, id);
	buf_uleb(out, body->size);
	buf_put(out, buf_str(body), body->size);
}

/* One body: `i32.const n, drop` again and again. */
static void put_body(struct buf *code, uint32_t n)
{
	struct buf b = { 0 };

	buf_uleb(&b, 0);
	for (uint32_t i = 0; i < INSTRUCTIONS; i++) {
		buf_u8(&b, 0x41);
		buf_sleb(&b, (int64_t)(n + i) % 60);
		buf_u8(&b, 0x1a);
	}
	buf_u8(&b, 0x0b);
	buf_uleb(code, b.size);
	buf_put(code, buf_str(&b), b.size);
	buf_free(&b);
}

static void make_module(struct buf *out)
{
	struct buf types = { 0 }, funcs = { 0 }, exports = { 0 }, code = { 0 };

	buf_put(out, "\0asm\1\0\0\0", 8);
	buf_put(&types, "\1\x60\0\0", 4);
	buf_uleb(&funcs, FUNCS);
	buf_uleb(&code, FUNCS);
	buf_put(&exports, "\1\4main\0", 7);
	buf_uleb(&exports, FUNCS / 2);
	for (uint32_t i = 0; i < FUNCS; i++) {
		buf_uleb(&funcs, 0);
		put_body(&code, i);
	}
	put_section(out, 1, &types);
	put_section(out, 3, &funcs);
	put_section(out, 7, &exports);
	put_section(out, 10, &code);
	buf_free(&types);
	buf_free(&funcs);
	buf_free(&exports);
	buf_free(&code);
}

struct times {
	double first, step, big_first, big_step;        /* ms */
};

static double ms_since(int64_t from)
{
	return (double)(clock_now_ns() - from) / 1e6;
}

/* The fastest of several steps: what the program does, not who else has the machine. */
static double time_steps(struct tui *t)
{
	double best = 1e9;

	for (int i = 0; i < STEPS; i++) {
		int64_t from = clock_now_ns();
		tui_command(t, "step {n}");
		tui_draw(t);
		double ms = ms_since(from);
		best = ms < best ? ms : best;
	}
	return best;
}

static void measure(struct session *s, struct tui *t, struct times *out)
{
	struct session_module *m;
	struct buf binary = { 0 };
	struct err e = { 0 };

	run_line(t, STR("load examples/fac.wat"));
	run_line(t, STR("start fac(20)"));
	out->step = time_steps(t);
	run_line(t, STR("kill"));
	make_module(&binary);
	struct source *src = source_copy("big.wasm", buf_str(&binary), binary.size, &e);
	buf_free(&binary);
	session_load_source_take(s, src, &m, &e);
	int64_t from = clock_now_ns();
	guest_look(t);
	tui_draw(t);
	out->big_first = ms_since(from);
	run_line(t, STR("start main()"));
	out->big_step = time_steps(t);
}

int main(void)
{
	struct times ms = { 0 };
	struct err e = { 0 };
	struct session s;

	if (!CHECK(session_init(&s, &e) && debug_attach(&s, &e), "a session"))
		return tap_done();
	struct term *term = term_text_new(40, 120);
	struct tui *t = term ? tui_open(&s, term, false, &e) : NULL;
	if (t) {
		measure(&s, t, &ms);
		tui_close(t);
	}
	session_free(&s);
	CHECK(t && ms.step < 20, "a step and its redraw: %.1f ms", ms.step);
	CHECK(ms.big_first < 300, "the first screen of 10,000 functions and 14 MB: %.1f ms", ms.big_first);
	CHECK(ms.big_step < 50, "a step and its redraw there: %.1f ms", ms.big_step);
	return tap_done();
}
