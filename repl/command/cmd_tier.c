/* Commands: tier, tier frame. What runs how, and moving it. */
#include "debugger/seen_frame.h"
#include "engine/base/buf.h"
#include "engine/regir/code.h"
#include "engine/stack.h"
#include "repl/command/render.h"
#include "repl/command/session.h"

/* ---- the table ------------------------------------------------------------------------------- */

/* A row of the table: a function of the module, in its first instance. */
struct tier_row {
	const struct func *func;
	const struct native_code *code; /* what its calls run; NULL: they are interpreted */
	uint64_t calls;                 /* counted: until it was compiled */
	bool counted;
};

static const struct body *fast_body(const struct func *f, bool counting)
{
	const struct instance *in = f->inst;
	struct body **bodies = in->module->code->bodies[counting ? BODY_CHARGED : BODY_FAST]
		[in->code_mode + (in->store->no_fuse ? BODY_MODES / 2 : 0)];

	return bodies ? bodies[f->index - in->module->nimported_funcs] : NULL;
}

static struct tier_row row_of(const struct func *f, bool counting)
{
	struct tier_row row = { .func = f, .code = tiers_native(f, counting) };
	const struct body *b = fast_body(f, counting);

	row.counted = row.code || (b && b->counted);
	row.calls = row.code ? row.code->calls : b && b->counted ? (uint32_t)b->counted->cell.c : 0;
	return row;
}

static void add_row(struct session *s, const struct tier_row *row, struct table_text *t, struct result *r, struct node *list)
{
	const struct module *m = row->func->inst->module;
	enum tier runs = row->code ? TIER_BASELINE : s->no_fuse ? TIER_UNFUSED : TIER_INTERP;
	enum tier wanted = tiers_of(s->store, m, row->func->index);
	struct buf name = { 0 };

	func_plain_name(m, row->func->index, &name);
	table_text_cell(t, "#%u", row->func->index);
	table_text_cell(t, "%s", buf_str(&name));
	table_text_cell(t, "%s", tiering_name(runs));
	table_text_cell(t, "%s", tiering_name(wanted));
	table_text_cell(t, row->counted ? "%llu" : "-", (unsigned long long)row->calls);
	table_text_cell(t, row->code ? "%u" : "-", row->code ? row->code->size : 0);
	table_text_cell(t, row->code ? "%.1f" : "-", row->code ? (double)row->code->compile_ns / 1000 : 0.0);
	table_text_row(t);
	struct node *one = node_object(r, list, NULL);
	node_int(r, one, "index", row->func->index);
	node_str(r, one, "name", str_of_buf(&name));
	node_str(r, one, "tier", str_of(tiering_name(runs)));
	node_str(r, one, "wanted", str_of(tiering_name(wanted)));
	if (row->counted)
		node_printf(r, one, "calls", "%llu", (unsigned long long)row->calls);
	if (row->code) {
		node_int(r, one, "code_bytes", row->code->size);
		node_printf(r, one, "compile_ns", "%llu", (unsigned long long)row->code->compile_ns);
	}
	buf_free(&name);
}

static bool show_table(struct session *s, struct result *r)
{
	const struct instance *in = s->instance;
	const struct module *m = in->module;
	struct table_text t = { .arena = &r->arena, .right = { false, false, false, false, true, true, true } };
	struct node *list = node_array(r, r->root, "functions");
	const char *const head[] = { "", "function", "runs", "tier", "calls", "bytes", "µs" };

	for (unsigned i = 0; i < sizeof head / sizeof *head; i++)
		table_text_cell(&t, "%s", head[i]);
	table_text_row(&t);
	for (uint32_t i = m->nimported_funcs; i < m->nfuncs; i++) {
		struct tier_row row = row_of(in->funcs[i], s->ctx->counting);
		add_row(s, &row, &t, r, list);
	}
	table_text_print(&t, &r->text);
	return true;
}

/* ---- tier, tier T, tier F T ------------------------------------------------------------------ */

static bool set_all(struct session *s, enum tier t, struct result *r, struct err *e)
{
	if (t == TIER_UNFUSED)
		return err_set(e, E_USAGE, place_none(), "unfused is chosen when the program starts: --tier unfused");
	s->tiering.tier = t;
	if (s->store && !tiers_set(s->store, t))
		return err_oom(e);
	buf_printf(&r->text, "Tier: %s\n", tiering_name(t));
	node_str(r, r->root, "tier", str_of(tiering_name(t)));
	return true;
}

static bool set_some(struct session *s, const char *functions, enum tier t, struct result *r, struct err *e)
{
	struct session_module *sm = session_current(s);
	const struct module *m = sm->module;
	uint32_t n = 0;

	if (t == TIER_UNFUSED)
		return err_set(e, E_USAGE, place_none(), "unfused is for all functions: --tier unfused");
	if (*functions == '$')
		functions++;
	for (uint32_t i = m->nimported_funcs; i < m->nfuncs; i++)
		if (tiering_means(functions, m, i)) {
			n++;
			if (s->store && !tiers_set_func(s->store, m, i, t))
				return err_oom(e);
		}
	if (!n)
		return err_set(e, E_UNKNOWN_NAME, place_none(), "no function's name matches '%s'", functions);
	if (!tiering_add(&s->tiering, functions, t))
		return err_oom(e);
	buf_printf(&r->text, "Tier of %u function%s: %s\n", n, n == 1 ? "" : "s", tiering_name(t));
	node_int(r, r->root, "functions", n);
	node_str(r, r->root, "tier", str_of(tiering_name(t)));
	return true;
}

static bool unknown_tier(struct str name, struct err *e)
{
	return err_set(e, E_USAGE, place_none(), "'%.*s' is not a tier: interp, baseline or auto", STR_ARGS(name));
}

static bool run_tier(struct session *s, const struct args *a, struct result *r, struct err *e)
{
	const struct arg *first = arg_get(a, "function"), *second = arg_get(a, "tier");
	enum tier t;

	if (!first->given)
		return show_table(s, r);
	if (second->given)
		return tiering_named(second->text, &t) ? set_some(s, first->text.p, t, r, e) : unknown_tier(second->text, e);
	return tiering_named(first->text, &t) ? set_all(s, t, r, e) : unknown_tier(first->text, e);
}

const struct command cmd_tier = {
	.name = "tier", .group = GROUP_TIERS, .summary = "Show how functions run, or choose: interpreted or compiled",
	.doc = "tier: each function's tier, the one wanted for it, its calls (counted until it is compiled), bytes of machine code,\n"
		"microseconds it took to make. tier T: of all that nothing else was said of. tier FUNCTION T: of one, of those whose\n"
		"names match a regular expression, or of a range of indices A..B; of calls to come, and loops that go round.\n"
		"interp: never compiled. baseline: compiled before its first instruction. auto: once it is worth it.\n",
	.example = "tier fac baseline",
	.args = (const struct arg_spec[]){
		{ "function", ARG_WORD, ARG_OPTIONAL, "name, regular expression or A..B; or a tier, of all functions", NULL },
		{ "tier", ARG_WORD, ARG_OPTIONAL, "interp, baseline or auto", NULL },
		{ 0 } },
	.flags = CMD_NEEDS_INSTANCE, .run = run_tier,
};

/* ---- tier frame ------------------------------------------------------------------------------ */

static bool run_tier_frame(struct session *s, const struct args *a, struct result *r, struct err *e)
{
	static const enum tier tiers[] = { TIER_INTERP, TIER_BASELINE };
	enum tier t = tiers[arg_get(a, "tier")->choice];
	int64_t level = arg_get(a, "frame")->number;
	struct seen_frame at;

	if (level < 0 || level > UINT32_MAX || !seen_frame_at(s->ctx, (uint32_t)level, &at))
		return err_set(e, E_USAGE, place_none(), "there is no frame %lld", (long long)level);
	if (!tier_move_frame(s->ctx, &at.f, t == TIER_BASELINE, e))
		return false;
	bool later = at.f.level == 0 && t == TIER_BASELINE;
	buf_printf(&r->text, "Frame %lld: %s%s\n", (long long)level, tiering_name(t), later ? " from the next turn of a loop on" : "");
	node_int(r, r->root, "level", level);
	node_str(r, r->root, "tier", str_of(tiering_name(t)));
	node_bool(r, r->root, "later", later);
	return true;
}

static const char *const frame_tiers[] = { "interp", "baseline", NULL };

const struct command cmd_tier_frame = {
	.name = "tier frame", .group = GROUP_TIERS, .summary = "Move a frame between the interpreter and compiled code",
	.doc = "A frame that is in the middle of a call goes on in the other tier when it is returned to. The innermost one is at an\n"
		"instruction: it goes over to compiled code where its loop goes round. Nothing else of it changes.\n",
	.example = "tier frame 1 baseline",
	.args = (const struct arg_spec[]){
		{ "frame", ARG_NUMBER, 0, "its number in the backtrace", NULL },
		{ "tier", ARG_CHOICE, 0, "interp or baseline", frame_tiers },
		{ 0 } },
	.flags = CMD_NEEDS_STOP, .run = run_tier_frame,
};
