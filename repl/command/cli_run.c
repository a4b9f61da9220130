/*
 * wrench run: instantiate a program and run _start, or the export that --invoke names. Standard output holds what the
 * guest writes and bare results, or with --json one line; everything else goes to standard error.
 */
#include <unistd.h>

#include "debugger/thrown.h"
#include "debugger/trap_report.h"
#include "engine/base/buf.h"
#include "engine/stack.h"
#include "repl/command/cli.h"
#include "repl/command/debug.h"
#include "repl/command/host.h"
#include "repl/command/jit_text.h"
#include "repl/command/recording.h"
#include "repl/command/render.h"
#include "repl/command/tracing.h"

/* ---- what to call ---------------------------------------------------------------------------------------------------- */

static void list_exports(struct session *s, const struct module *m)
{
	struct buf b = { 0 };

	buf_printf(&b, "%s: no _start, and no --invoke NAME; it exports:\n", session_current(s)->path);
	for (uint32_t i = 0; i < m->nexports; i++) {
		const struct export *x = &m->exports[i];
		if (x->kind != EXTERN_FUNC)
			continue;
		buf_puts(&b, "  ");
		func_signature_as(m, x->index, x->name, &b);
		buf_putc(&b, '\n');
	}
	output_put(&s->err, buf_str(&b), b.size);
	buf_free(&b);
}

static bool fail_export(struct session *s, const struct module *m, const char *name, struct err *e)
{
	const struct export *near = NULL;
	size_t best = 4;

	for (uint32_t i = 0; i < m->nexports; i++) {
		size_t d = m->exports[i].kind == EXTERN_FUNC ? str_distance(m->exports[i].name, str_of(name), best) : best;
		if (d < best) {
			best = d;
			near = &m->exports[i];
		}
	}
	if (near)
		return err_set(e, E_UNKNOWN_NAME, place_none(), "%s exports no function \"%s\"; did you mean \"%.*s\"?",
			session_current(s)->label, name, STR_ARGS(near->name));
	return err_set(e, E_UNKNOWN_NAME, place_none(), "%s exports no function \"%s\"", session_current(s)->label, name);
}

/* ---- calling ---------------------------------------------------------------------------------------------------------- */

struct call {
	struct func *func;
	struct value *args;
	uint32_t nargs;
};

/* Call to the end; the frames of a trap are still there. */
static enum outcome call_run(struct session *s, const struct call *k, struct arena *a, struct err *e)
{
	enum outcome how = guest_begin(s, k->func, k->args, a, e);

	return how == OUT_STOP && !e->code ? guest_run_begun(s) : how;
}

static bool read_arguments(struct cli *c, struct session *s, struct call *k, struct arena *a, struct err *e)
{
	struct buf text = { 0 };

	for (uint32_t i = 0; i < c->nargs; i++)
		buf_printf(&text, "%s ", c->args[i]);
	char *copy = arena_strndup(a, buf_str(&text), text.size);
	buf_free(&text);
	return copy ? call_arguments(s, k->func->inst, k->func->index, str_of(copy), &k->args, &k->nargs, a, e) : err_oom(e);
}

static bool find_call(struct cli *c, struct session *s, struct instance *in, struct call *k, struct arena *a,
	struct err *e)
{
	const struct module *m = in->module;
	const char *name = c->invoke ? c->invoke : "_start";
	const struct export *x = module_export_kind(m, str_of(name), EXTERN_FUNC);

	if (c->replay && s->taped->head.call[0])
		return call_parse(s, str_of(s->taped->head.call), &k->func, &k->args, &k->nargs, a, e);
	if (!x)
		return c->invoke ? fail_export(s, m, name, e) : true;
	k->func = in->funcs[x->index];
	if (!k->func->inst && k->func->type->nparams)
		return err_set(e, E_UNSUPPORTED, place_none(), "\"%s\" is an imported function", name);
	return !c->invoke || !k->func->inst || read_arguments(c, s, k, a, e);
}

/* ---- reporting -------------------------------------------------------------------------------------------------------- */

static const char *const outcome_names[OUT_COUNT] = {
	[OUT_DONE] = "finished", [OUT_EXIT] = "exited", [OUT_TRAP] = "trap", [OUT_EXCEPTION] = "exception",
	[OUT_TIMEOUT] = "timeout", [OUT_FUEL] = "fuel", [OUT_INTERRUPT] = "interrupt", [OUT_KILLED] = "interrupt",
	[OUT_STOP] = "interrupt",
};

static void report_results(struct cli *c, struct session *s, const struct func *f, struct result *r)
{
	struct node *list = node_array(r, r->root, "results");
	struct value *v = guest_results(s, f, &r->arena);
	uint32_t n = c->invoke && v ? f->type->nresults : 0;

	for (uint32_t i = 0; i < n; i++) {
		buf_puts(&r->text, i ? " " : "");
		value_print(v[i], s->store, &r->text);
		node_value(r, node_object(r, list, NULL), v[i], s->store);
	}
	buf_puts(&r->text, n ? "\n" : "");
}

static bool initializes(const struct cli *c, struct session *s)
{
	if (c->replay)
		return s->taped->head.initialized;
	return c->invoke && strcmp(c->invoke, "_initialize") != 0 &&
		module_export_kind(session_current(s)->module, STR("_initialize"), EXTERN_FUNC);
}

/* "NAME ARGS" as at the prompt; empty: _start. */
static void call_text(const struct cli *c, struct buf *out)
{
	if (!c->invoke)
		return;
	buf_puts(out, c->invoke);
	for (uint32_t i = 0; i < c->nargs; i++)
		buf_printf(out, " %s", c->args[i]);
}

static bool end_recording(const struct cli *c, struct session *s, enum outcome *how, struct err *e)
{
	struct buf call = { 0 };

	if (!s->taped)
		return true;
	call_text(c, &call);
	bool ok = recording_end(s, how, buf_str(&call), initializes(c, s), e);
	buf_free(&call);
	return ok;
}

/* Frames are gone: "app.wasm: uncaught exception: oops (7)". */
static void report_end(const struct cli *c, struct session *s, const struct ctx *who, enum outcome how, struct result *r)
{
	struct buf call = { 0 };

	buf_printf(&r->notes, "%s: ", session_current(s)->path);
	guest_end_words(who, how, &r->notes);
	buf_putc(&r->notes, '\n');
	if (how != OUT_EXCEPTION || !thrown(who))
		return;
	guest_exception_node(who, r, r->root);
	call_text(c, &call);
	buf_printf(&r->notes, "    try: wrench -e 'catch throw' -e '%s%s' %s    (stops where it is thrown)\n", call.size ? "invoke " : "run",
		buf_str(&call), c->file);
	buf_free(&call);
}

static int report(struct cli *c, struct session *s, const struct func *f, enum outcome how, struct result *r, struct err *e)
{
	struct ctx *who;

	tracing_ended(s, how);
	how = host_threads_end(s, how, &who);
	if (!end_recording(c, s, &how, e))
		return STATUS_FAILED;
	int status = outcome_status(who, how);

	node_str(r, r->root, "outcome", str_of(outcome_names[how]));
	node_int(r, r->root, "status", status);
	if (who != s->ctx && how != OUT_EXIT)
		buf_printf(&r->notes, "thread %u ended the program:\n", who->number);
	if (how == OUT_DONE && f)
		report_results(c, s, f, r);
	else if (how == OUT_TRAP)
		trap_report_print(who, &r->arena, &r->notes);
	else if (how != OUT_EXIT && how != OUT_DONE)
		report_end(c, s, who, how, r);
	if (who != s->ctx)
		node_int(r, r->root, "thread", who->number);
	if (how == OUT_TRAP)
		trap_node(who, r, node_object(r, r->root, "trap"));
	if (status && !c->quiet)
		host_refused_note(s, &r->notes);
	return status;
}

static void show(struct cli *c, struct session *s, const struct result *r, const struct err *e)
{
	if (c->json) {
		output_put(&s->err, buf_str(&r->notes), r->notes.size);
		render_json(s, STR("run"), STR(""), r, e);
		return;
	}
	render_text(s, r);
	if (e->code)
		render_error(s, e);
}

/* ---- the command -------------------------------------------------------------------------------------------------------- */

static bool record_or_replay(struct cli *c, struct session *s, struct err *e)
{
	if (!c->record && !c->replay)
		return true;
	if (c->record && c->replay)
		return err_set(e, E_USAGE, place_none(), "--record and --replay exclude one another");
	if (c->replay && c->invoke)
		return err_set(e, E_USAGE, place_none(), "--invoke comes from the recording with --replay");
	if (!recording_begin(s, c->record ? c->record : c->replay, c->replay != NULL, e))
		return false;
	if (c->replay && s->taped->head.call[0])
		c->invoke = s->taped->head.call;    /* its results are shown */
	if (c->replay)
		host_stub_missing(s);
	return true;
}

/* --dump-jit: of one function, or of all that are compiled at all. */
static bool dump_jit(struct cli *c, struct session *s, struct session_module *m, struct err *e)
{
	struct session_module *in = m;
	struct buf out = { 0 };
	bool ok = true;
	uint32_t func;

	if (c->dump_jit[0])
		ok = session_find_func(s, str_of(c->dump_jit), &in, &func, e) && jit_text_func(s, in->module, func, &out, e);
	for (func = m->module->nimported_funcs; !c->dump_jit[0] && func < m->module->nfuncs && ok; func++) {
		ok = jit_text_func(s, m->module, func, &out, e);
		if (!ok && e->code == E_UNSUPPORTED) {
			buf_printf(&out, "%s\n", e->message);
			err_clear(e);
			ok = true;
		}
	}
	output_put(&s->err, buf_str(&out), out.size);
	output_flush(&s->err);
	buf_free(&out);
	return ok;
}

/* --dump-regir: of one function, or of all that have code. */
static bool dump_regir(struct cli *c, struct session *s, struct session_module *m, struct err *e)
{
	struct session_module *in = m;
	uint32_t func = m->module->nimported_funcs, end = m->module->nfuncs;
	struct result r;
	bool ok = result_init(&r) || err_oom(e);

	if (!ok)
		return false;
	if (c->dump_regir[0] && (ok = session_find_func(s, str_of(c->dump_regir), &in, &func, e)))
		end = func + 1;
	if (ok && func < in->module->nimported_funcs)
		ok = err_set(e, E_USAGE, place_none(), "function #%u is imported: it has no code here", func);
	for (; ok && func < end; func++)
		ok = debug_dump_regir(s, in->module, func, &r, e);
	output_put(&s->err, buf_str(&r.text), r.text.size);
	output_flush(&s->err);
	result_free(&r);
	return ok;
}

/* Load and instantiate; *STATUS when a start function ended the program. */
static bool prepare(struct cli *c, struct session *s, struct result *r, enum outcome *how, struct err *e)
{
	struct session_module *m;

	if (!c->file)
		return err_set(e, E_USAGE, place_none(), "run needs FILE: a .wat or .wasm file");
	if (!session_load(s, c->file, &m, e))
		return false;
	uint32_t main_module = s->module;
	if (!session_store(s, e) || !record_or_replay(c, s, e) || !cli_preload(c, s, r, e))
		return false;
	session_select(s, &s->modules.data[main_module - 1]);
	if (c->dump_regir && !dump_regir(c, s, session_current(s), e))
		return false;
	if (c->dump_jit && !dump_jit(c, s, session_current(s), e))
		return false;
	return session_instantiate_how(s, session_current(s), how, e);
}

static int run_calls(struct cli *c, struct session *s, struct result *r, struct err *e)
{
	struct instance *in = session_current(s)->instance;
	const struct export *init = initializes(c, s) ? module_export_kind(in->module, STR("_initialize"), EXTERN_FUNC) : NULL;
	struct call k = { 0 };

	if (!find_call(c, s, in, &k, &r->arena, e))
		return STATUS_FAILED;
	if (!k.func) {
		list_exports(s, in->module);
		return STATUS_FAILED;
	}
	if (init) {
		struct call first = { .func = in->funcs[init->index] };
		enum outcome how = call_run(s, &first, &r->arena, e);
		if (e->code || how != OUT_DONE)
			return e->code ? STATUS_FAILED : report(c, s, NULL, how, r, e);
	}
	enum outcome how = call_run(s, &k, &r->arena, e);
	return e->code ? STATUS_FAILED : report(c, s, k.func, how, r, e);
}

int cli_run(struct cli *c)
{
	enum outcome how = OUT_DONE;
	struct err e = { 0 };
	struct session s;
	struct result r;
	int status;

	if (!cli_session(c, &s, &e))
		return cli_fail(&s, &e);
	if (!result_init(&r))
		return cli_end(&s, STATUS_FAILED);
	if (prepare(c, &s, &r, &how, &e))
		status = run_calls(c, &s, &r, &e);
	else
		status = e.code ? STATUS_FAILED : report(c, &s, NULL, how, &r, &e);
	if (e.code == E_USAGE || e.code == E_TYPE)
		status = STATUS_USAGE;
	tracing_flush(&s);
	if (c->profile && !e.code && !tracing_profile_end(&s, c->profile, &e))
		status = STATUS_FAILED;
	show(c, &s, &r, &e);
	result_free(&r);
	return cli_end(&s, status);
}
