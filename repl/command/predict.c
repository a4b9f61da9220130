/* Predictions; see predict.h. */
#include "repl/command/predict.h"

#include <stdlib.h>

#include "engine/base/buf.h"
#include "engine/stack.h"
#include "repl/command/args.h"
#include "repl/command/debug.h"
#include "wat/disasm.h"

static bool is_step(const struct session *s, struct str line)
{
	static const char *const steps[] = { "step", "stepi", "stepr", "next", "nexti", "nextr" };
	struct err ignored = { 0 };
	struct str rest;
	const struct command *c = command_find(s, line, &rest, &ignored);

	for (size_t i = 0; c && i < sizeof steps / sizeof *steps; i++)
		if (strcmp(c->name, steps[i]) == 0)
			return true;
	return false;
}

/* "i32.sub: what is on top of the stack afterwards? " */
static void put_question(struct session *s, struct buf *out)
{
	struct err ignored = { 0 };
	struct frame f;
	struct instr in;

	if (debug_wasm_frame(s, &f, &ignored) && disasm_at(f.inst->module, f.func->index, f.offset, &in, &ignored)) {
		disasm_text(f.inst->module, &in, out);
		buf_puts(out, ": ");
	}
	buf_puts(out, "what is on top of the stack afterwards (- for nothing)? ");
}

/* Predictions are wanted, and somebody is there to make them. */
static bool wanted(const struct session *s)
{
	return s->options.predict && s->ask && !s->batch;
}

bool predict_types(struct session *s, const char *question, struct buf *given)
{
	return wanted(s) && s->ask(s, question, given);
}

bool predict_ask(struct session *s, struct str line, struct buf *given)
{
	struct buf question = { 0 };

	if (!wanted(s) || !guest_stopped(s) || s->trapped || !is_step(s, line))
		return false;
	put_question(s, &question);
	bool ok = s->ask(s, buf_str(&question), given) && str_trim(str_of_buf(given)).n;
	buf_free(&question);
	return ok;
}

/* The value on top of the stack as text; "-": nothing is. False: no frame is there to be asked. */
static bool top_of_stack(struct session *s, struct buf *out)
{
	struct arena a = { 0 };
	struct err ignored = { 0 };
	struct value *v;
	struct frame f;
	uint32_t n;
	bool ok = guest_stopped(s) && debug_wasm_frame(s, &f, &ignored) && frame_stack(s->ctx, &f, &v, &n, &a, &ignored);

	if (ok && n)
		value_print(v[n - 1], s->store, out);
	else if (ok)
		buf_putc(out, '-');
	arena_free(&a);
	return ok;
}

/* Numbers are compared as numbers: 0x10 is 16, and -1 what an i32 of all ones prints as. */
static bool says(struct str given, const char *is)
{
	char *end, *is_end;

	if (str_is(given, is))
		return true;
	long long a = strtoll(given.p, &end, 0), b = strtoll(is, &is_end, 0);
	return end == given.p + given.n && *is_end == '\0' && end != given.p && (a == b || (uint32_t)a == (uint32_t)b);
}

void predict_judge(struct session *s, struct str given, struct buf *text)
{
	struct buf is = { 0 };

	given = str_trim(given);
	if (!top_of_stack(s, &is)) {
		buf_puts(text, "prediction: the call is over, there is no stack any more\n");
		return;
	}
	bool right = says(given, buf_str(&is)) || (str_is(given, "empty") && strcmp(buf_str(&is), "-") == 0);
	s->predicted++;
	s->predicted_right += right;
	buf_printf(text, "prediction: %s %s; %u of %u right\n", right ? "right," : "no, it is",
		strcmp(buf_str(&is), "-") == 0 ? "nothing" : buf_str(&is), s->predicted_right, s->predicted);
	buf_free(&is);
}
