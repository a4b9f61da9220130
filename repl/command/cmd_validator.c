/*
 * Commands: validator start, next, back. The validator walks through a function one instruction at a time, as the guest
 * is stepped; the learner may say beforehand which types will be on its stack. Works on functions that are wrong, too: the
 * error comes where its instruction is.
 */
#include "engine/base/source.h"
#include "engine/imm.h"
#include "repl/command/answer.h"
#include "repl/command/args.h"
#include "repl/command/check.h"
#include "repl/command/predict.h"
#include "repl/command/session.h"
#include "repl/command/validator.h"
#include "repl/command/wat_line.h"
#include "wat/disasm.h"

/* Where it stands; in session->validator. */
struct validator {
	uint32_t module;                /* its number in the session */
	uint32_t func;
	uint32_t at, count;             /* the next instruction, from 1; how many there are */
	uint32_t asked, right;          /* predictions */
};

const struct command cmd_validator = {
	.name = "validator", .group = GROUP_MODULE, .summary = "Step the validator through a function",
	.flags = CMD_FAMILY, .run = command_family_run,
};

static struct session_module *module_of(const struct session *s)
{
	return &s->modules.data[s->validator->module - 1];
}

/* Where instruction N begins; behind the last one: the body's end. */
static uint32_t offset_of(const struct module *m, uint32_t func, uint32_t n)
{
	uint32_t offset;

	return check_step(m, func, n, &offset) ? offset : m->funcs[func].body + m->funcs[func].body_size;
}

static void put_instr(const struct module *m, uint32_t func, uint32_t n, struct buf *out)
{
	struct err ignored = { 0 };
	struct instr in;

	if (disasm_at(m, func, offset_of(m, func, n), &in, &ignored))
		disasm_text(m, &in, out);
	else
		buf_puts(out, "(unreadable)");
}

static void put_stacks(const char *when, const struct validator_stacks *s, struct buf *out)
{
	buf_printf(out, "  %-6s  operands %s\n          controls %s\n", when, buf_str(&s->operands), buf_str(&s->controls));
}

/* "next: i32.add", for people to think about. */
static void put_next(const struct session *s, struct result *r)
{
	const struct validator *v = s->validator;
	struct buf text = { 0 };

	if (v->at > v->count)
		return;
	put_instr(module_of(s)->module, v->func, v->at, &text);
	buf_printf(&r->text, "next: %s\n", buf_str(&text));
	node_str(r, r->root, "next", str_of_buf(&text));
	buf_free(&text);
}

/* ---- start ----------------------------------------------------------------------------------- */

static uint32_t count_instrs(const struct module *m, uint32_t func)
{
	struct err ignored = { 0 };
	struct cursor c;
	struct instr in;
	uint32_t n = 0;

	if (disasm_start(m, func, &c, &ignored))
		while (c.p < c.end && instr_read(&c, &in, &ignored))
			n++;
	return n;
}

/* A module of its own for TEXT; the current one stays, if there is one. NULL with E. */
static struct session_module *load_aside(struct session *s, struct source *src, struct err *e)
{
	struct session_module *sm = NULL;
	uint32_t before = s->module;

	session_load_source_take(s, src, &sm, e);
	if (sm && before)
		session_select(s, &s->modules.data[before - 1]);
	return sm;
}

/* One that is invalid is what this is for, as long as the fault is in a function. */
static bool load_text(struct session *s, struct str text, struct session_module **sm, uint32_t *func, struct err *e)
{
	bool whole = str_starts(text, "(module");
	struct buf b = { 0 };

	buf_printf(&b, whole ? "%.*s" : "(module %.*s)", STR_ARGS(text));
	struct source *src = source_copy(WAT_LINE_NAME, buf_str(&b), b.size, e);
	buf_free(&b);
	if (!src || !(*sm = load_aside(s, src, e)))
		return false;
	const struct module *m = (*sm)->module;
	if ((*sm)->problem.code && !(module_func_at(m, (*sm)->problem_at, func) && m->funcs[*func].body))
		return false;
	if (!(*sm)->problem.code)
		*func = m->nimported_funcs;
	err_clear(e);
	return *func < m->nfuncs || err_set(e, E_USAGE, place_none(), "that text has no function");
}

static bool find_func(struct session *s, struct str what, struct session_module **sm, uint32_t *func, struct err *e)
{
	if (what.p[0] == '(')
		return load_text(s, what, sm, func, e);
	return session_find_func(s, what, sm, func, e);
}

static bool run_start(struct session *s, const struct args *a, struct result *r, struct err *e)
{
	struct validator_stacks now;
	struct session_module *sm;
	uint32_t func = 0;

	if (!find_func(s, str_trim(arg_get(a, "what")->text), &sm, &func, e))
		return false;
	const struct module *m = sm->module;
	if (!m->funcs[func].body)
		return err_set(e, E_UNSUPPORTED, place_none(), "an imported function has no instructions here");
	if (!s->validator && !(s->validator = arena_alloc(&s->arena, sizeof *s->validator)))
		return err_oom(e);
	*s->validator = (struct validator){ .module = m->number, .func = func, .at = 1, .count = count_instrs(m, func),
		.asked = s->validator->asked, .right = s->validator->right };
	if (!validator_stacks(m, func, offset_of(m, func, 1), &now, r, node_object(r, r->root, "after"), e))
		return false;
	func_signature(m, func, &r->text);
	buf_printf(&r->text, ", %u instruction%s\n", s->validator->count, s->validator->count == 1 ? "" : "s");
	put_stacks("before", &now, &r->text);
	node_int(r, r->root, "index", func);
	node_int(r, r->root, "of", s->validator->count);
	put_next(s, r);
	validator_stacks_free(&now);
	return true;
}

const struct command cmd_validator_start = {
	.name = "validator start", .group = GROUP_MODULE, .run = run_start,
	.summary = "Let the validator stand before the first instruction of a function",
	.doc = "Of a function of the module, or of text: (func …), or a whole (module …), which may be wrong. validator next then\n"
		"goes on instruction by instruction. Controls are the open blocks, from the function inwards, with the types that\n"
		"each takes and leaves; operands that begin with … are those of code that cannot be reached.\n",
	.example = "validator start (func (result i32) i32.const 1 i64.const 2 i32.add)",
	.args = (const struct arg_spec[]){
		{ "what", ARG_REST, 0, "a function, or its text in brackets", NULL }, { 0 } },
	.flags = CMD_BRACKETS,
};

/* ---- next ------------------------------------------------------------------------------------ */

static bool walked(struct session *s, struct err *e)
{
	if (s->validator && module_of(s)->module)
		return true;
	err_set(e, E_USAGE, place_none(), "the validator is in no function");
	err_hint(e, "validator start $f");
	return false;
}

/* The types that were said beforehand: with the command, or with `set predict on` when a person is asked. */
static bool predicted(struct session *s, const struct args *a, struct arena *keep, struct str *given)
{
	const struct validator *v = s->validator;
	struct buf question = { 0 }, said = { 0 };

	*given = str_trim(arg_get(a, "types")->text);
	if (given->n)
		return true;
	put_instr(module_of(s)->module, v->func, v->at, &question);
	buf_puts(&question, ": which types are on the operand stack afterwards ([]: none; error)? ");
	if (predict_types(s, buf_str(&question), &said))
		*given = str_trim((struct str){ arena_strndup(keep, buf_str(&said), said.size), said.size });
	buf_free(&question);
	buf_free(&said);
	return given->p && given->n;
}

/* The types alone. */
static struct str without_dots(struct str types)
{
	static const char dots[] = "[…";

	return str_starts(types, dots) ? (struct str){ types.p + sizeof dots - 1, types.n - sizeof dots + 1 } : types;
}

static void judge(struct validator *v, struct str given, struct str is, struct result *r)
{
	bool right = answer_is(without_dots(given), without_dots(is));

	v->asked++;
	v->right += right;
	buf_printf(&r->text, right ? "prediction: right; %u of %u\n" : "prediction: no; %u of %u\n", v->right, v->asked);
	node_bool(r, r->root, "right", right);
}

/* The error at its place: in the text, where the module came from one, and it is the first one. */
static void put_error(const struct session_module *sm, const struct err *e, struct result *r)
{
	const struct err *shown = sm->problem.code && e->place.kind == PLACE_OFFSET && e->place.start == sm->problem_at
		? &sm->problem : e;

	err_print(shown, sm->problem_text, &r->text);
	node_str(r, r->root, "error", str_of(shown->message));
}

static void put_head(const struct session *s, const struct module *m, struct result *r)
{
	const struct validator *v = s->validator;
	uint32_t offset = offset_of(m, v->func, v->at);
	struct buf text = { 0 };

	put_instr(m, v->func, v->at, &text);
	buf_printf(&r->text, "%u of %u  @0x%x  %s\n", v->at, v->count, offset, buf_str(&text));
	node_int(r, r->root, "index", v->func);
	node_int(r, r->root, "instruction", v->at);
	node_int(r, r->root, "of", v->count);
	node_printf(r, r->root, "offset", "0x%x", offset);
	node_str(r, r->root, "text", str_of_buf(&text));
	buf_free(&text);
}

static bool run_next(struct session *s, const struct args *a, struct result *r, struct err *e)
{
	struct validator_stacks before, after;
	struct validator *v = s->validator;
	struct err why = { 0 };
	struct str given;

	if (!walked(s, e))
		return false;
	if (v->at > v->count)
		return err_set(e, E_USAGE, place_none(), "the function is valid to its end; validator back, or validator start");
	const struct session_module *sm = module_of(s);
	const struct module *m = sm->module;
	bool said = predicted(s, a, &r->arena, &given);
	put_head(s, m, r);
	if (!validator_stacks(m, v->func, offset_of(m, v->func, v->at), &before, r, node_object(r, r->root, "before"), e))
		return false;
	put_stacks("before", &before, &r->text);
	validator_stacks_free(&before);
	bool ok = validator_stacks(m, v->func, offset_of(m, v->func, v->at + 1), &after, r, node_object(r, r->root, "after"), &why);
	node_bool(r, r->root, "valid", ok);
	if (ok)
		put_stacks("after", &after, &r->text);
	else
		put_error(sm, &why, r);
	if (said)
		judge(v, given, ok ? str_of_buf(&after.operands) : STR("error"), r);
	if (ok && ++v->at > v->count)
		buf_puts(&r->text, "the function is valid\n");
	if (ok)
		put_next(s, r);
	validator_stacks_free(&after);
	return true;
}

const struct command cmd_validator_next = {
	.name = "validator next", .group = GROUP_MODULE, .run = run_next,
	.summary = "Let the validator check one instruction; shows its stacks before and after",
	.doc = "With types: your prediction of the operand stack afterwards, bottom first, [] for none, error for a mistake; it is\n"
		"compared, and counted. With set predict on you are asked for it.\n",
	.example = "validator next i32 i32",
	.args = (const struct arg_spec[]){
		{ "types", ARG_REST, ARG_OPTIONAL, "what will be on the operand stack, bottom first", NULL }, { 0 } },
	.flags = CMD_REPEATS,
};

/* ---- back ------------------------------------------------------------------------------------ */

static bool run_back(struct session *s, const struct args *a, struct result *r, struct err *e)
{
	struct validator *v = s->validator;
	struct validator_stacks now;

	if (!walked(s, e))
		return false;
	if (v->at == 1)
		return err_set(e, E_USAGE, place_none(), "the validator stands before the first instruction");
	v->at--;
	const struct module *m = module_of(s)->module;
	if (!validator_stacks(m, v->func, offset_of(m, v->func, v->at), &now, r, node_object(r, r->root, "after"), e))
		return false;
	put_stacks("before", &now, &r->text);
	put_next(s, r);
	validator_stacks_free(&now);
	return true;
}

const struct command cmd_validator_back = {
	.name = "validator back", .group = GROUP_MODULE, .summary = "Take the validator's last instruction back",
	.flags = CMD_REPEATS, .run = run_back,
};
