/*
 * Commands: info host, host answer, host always, host run, host forget. The desk is in debugger/desk.h; what an argument is
 * in words, in debugger/host_call.h.
 */
#include <stdlib.h>

#include "debugger/desk.h"
#include "debugger/host_call.h"
#include "engine/base/buf.h"
#include "engine/wasi/wasi.h"
#include "repl/command/args.h"
#include "repl/command/debug.h"
#include "repl/command/host.h"

/* ---- the call -------------------------------------------------------------------------------- */

static bool call_here(struct session *s, struct host_call *k, struct result *r, struct err *e)
{
	struct frame f;

	if (!frame_at(s->ctx, 0, &f))
		return err_not_running(e);
	return host_call_at(s->ctx, &f, k, &r->arena, e);
}

static void show_answer(struct session *s, const struct desk_answer *a, const struct deftype *t, struct result *r,
	struct node *out)
{
	struct node *list = node_array(r, out, "answer");
	const slot *p = a->results;

	if (a->kind == DESK_RUN) {
		buf_puts(&r->text, "it will run this time\n");
		return;
	}
	buf_puts(&r->text, a->ctx ? "answered, this time:" : "answered:");
	for (uint32_t i = 0; i < t->nresults && p < a->results + a->nresults; i++) {
		struct value v = { t->results[i], *p, vt_slots(t->results[i]) == 2 ? p[1] : 0 };
		buf_putc(&r->text, ' ');
		value_print(v, s->store, &r->text);
		node_value(r, node_object(r, list, NULL), v, s->store);
		p += vt_slots(t->results[i]);
	}
	buf_puts(&r->text, t->nresults ? "\n" : " without results\n");
}

static void show_args(struct session *s, const struct host_call *k, struct result *r)
{
	struct node *list = node_array(r, r->root, "args");

	for (uint32_t i = 0; i < host_call_args(k); i++) {
		struct node *one = node_object(r, list, NULL);
		struct buf name = { 0 }, text = { 0 };
		host_call_arg(k, i, s->store, &name, &text);
		if (name.size)
			node_str(r, one, "name", str_of_buf(&name));
		node_str(r, one, "text", str_of_buf(&text));
		buf_printf(&r->text, "  %s%s%s\n", buf_str(&name), name.size ? " = " : "", buf_str(&text));
		buf_free(&name);
		buf_free(&text);
	}
}

static void show_call(struct session *s, const struct host_call *k, struct result *r)
{
	const struct wasi_row *row = wasi_row_of(k->func);
	const struct desk_answer *a = desk_find(&s->desk, k->func, s->ctx);

	buf_printf(&r->text, "\"%s\" \"%s\" ", k->func->host_module ? k->func->host_module : "",
		k->func->host_name ? k->func->host_name : "");
	deftype_print(k->func->type, NULL, &r->text);
	buf_printf(&r->text, "%s%s\n", row ? ": " : "", row ? row->help : "");
	node_str(r, r->root, "module", str_of(k->func->host_module ? k->func->host_module : ""));
	node_str(r, r->root, "name", str_of(k->func->host_name ? k->func->host_name : ""));
	show_args(s, k, r);
	if (a)
		show_answer(s, a, k->func->type, r, r->root);
}

static void show_answers(struct session *s, struct result *r)
{
	struct node *list = node_array(r, r->root, "answers");

	for (size_t i = 0; i < s->desk.answers.count; i++) {
		const struct desk_answer *a = &s->desk.answers.data[i];
		struct node *one = node_object(r, list, NULL);
		if (a->ctx)
			continue;
		node_str(r, one, "module", str_of(a->module));
		node_str(r, one, "name", str_of(a->name));
		buf_printf(&r->text, "every call of \"%s\" \"%s\" is answered\n", a->module, a->name);
	}
}

static bool run_info_host(struct session *s, const struct args *a, struct result *r, struct err *e)
{
	struct host_call k;
	struct err none = { 0 };

	if (guest_stopped(s) && call_here(s, &k, r, &none))
		show_call(s, &k, r);
	else if (!s->desk.answers.count)
		return err_set(e, E_NOT_RUNNING, place_none(), "the guest is not about to call a host function, and none is answered");
	show_answers(s, r);
	return true;
}

const struct command cmd_info_host = {
	.name = "info host", .group = GROUP_STATE,
	.summary = "Show the call of a host function that the guest is about to make, and answers that are given",
	.doc = "Arguments of WASI are shown by name, with paths, flags and contents of buffers.\n",
	.run = run_info_host,
};

/* ---- answering ------------------------------------------------------------------------------- */

/* "NOENT" is as good as 44, where an error number of WASI is the result. */
static bool errno_named(struct str word, bool wasi, struct value *out)
{
	enum { ERRNOS = 77 };

	for (uint32_t i = 0; wasi && i < ERRNOS; i++)
		if (str_is(word, wasi_errno_name(i))) {
			*out = value_i32((int32_t)i);
			return true;
		}
	return false;
}

/* The values in TEXT as results of type T, in slots of R's memory. */
static bool read_results(struct session *s, const struct deftype *t, bool wasi, struct str text, slot **out, struct result *r,
	struct err *e)
{
	slot *p = *out = arena_array(&r->arena, t->result_slots + 1u, sizeof *p);
	struct value v;
	uint32_t n = 0;

	if (!p)
		return err_oom(e);
	for (struct str w = line_word(&text); w.n; w = line_word(&text), n++) {
		if (n >= t->nresults)
			continue;       /* counted */
		if (!errno_named(w, wasi && t->results[n] == VT_I32, &v) && !value_parse(t->results[n], w, s->instance, &v, e))
			return false;
		*p++ = v.lo;
		if (vt_slots(v.type) == 2)
			*p++ = v.hi;
	}
	if (n == t->nresults)
		return true;
	struct buf type = { 0 };
	deftype_print(t, NULL, &type);
	err_set(e, E_USAGE, place_none(), "the call gives %u value%s: %s", t->nresults, t->nresults == 1 ? "" : "s", buf_str(&type));
	buf_free(&type);
	return false;
}

static bool run_host_answer(struct session *s, const struct args *a, struct result *r, struct err *e)
{
	struct host_call k;
	slot *results;

	if (!call_here(s, &k, r, e) ||
	    !read_results(s, k.func->type, wasi_row_of(k.func) != NULL, arg_get(a, "values")->text, &results, r, e))
		return false;
	if (!desk_set(&s->desk, s->store, k.func->host_module ? k.func->host_module : "", k.func->host_name ? k.func->host_name : "",
			s->ctx, DESK_VALUES, results, k.func->type->result_slots))
		return err_oom(e);
	show_answer(s, desk_find(&s->desk, k.func, s->ctx), k.func->type, r, r->root);
	return true;
}

const struct command cmd_host_answer = {
	.name = "host answer", .group = GROUP_RUNNING, .summary = "Answer the host call that the guest is about to make",
	.doc = "The function is not called: when the guest goes on, the call gives these values. What it would have written into\n"
		"memory can be written with set memory before. Results of WASI can be named: NOENT.\n",
	.example = "host answer 42",
	.args = (const struct arg_spec[]){ { "values", ARG_REST, ARG_OPTIONAL, "one for each result", NULL }, { 0 } },
	.flags = CMD_NEEDS_STOP, .run = run_host_answer,
};

static bool run_host_run(struct session *s, const struct args *a, struct result *r, struct err *e)
{
	struct host_call k;

	if (!call_here(s, &k, r, e))
		return false;
	if (host_is_asking(k.func))
		return err_set(e, E_USAGE, place_none(), "nobody provides \"%s\" \"%s\": there is nothing to run", k.func->host_module,
			k.func->host_name);
	if (!desk_set(&s->desk, s->store, k.func->host_module ? k.func->host_module : "", k.func->host_name ? k.func->host_name : "",
			s->ctx, DESK_RUN, NULL, 0))
		return err_oom(e);
	buf_puts(&r->text, "it will run this time\n");
	return true;
}

const struct command cmd_host_run = {
	.name = "host run", .group = GROUP_RUNNING, .summary = "Let the real function have the call that the guest is about to make",
	.doc = "Also where host always answers: this one call is made.\n",
	.flags = CMD_NEEDS_STOP, .run = run_host_run,
};

/* ---- for every call -------------------------------------------------------------------------- */

/* NUL-terminated names of import FUNC of M, in R's memory. */
static bool import_names(const struct arg *f, char **module, char **name, struct result *r, struct err *e)
{
	const struct module *m = f->module;
	int32_t i = m->funcs[f->func].import;

	if (i < 0) {
		struct buf b = { 0 };
		func_display_name(m, f->func, &b);
		err_set(e, E_USAGE, place_none(), "%s is no import: 'swap' gives it another body", buf_str(&b));
		buf_free(&b);
		return false;
	}
	*module = arena_strndup(&r->arena, m->imports[i].module.p, m->imports[i].module.n);
	*name = arena_strndup(&r->arena, m->imports[i].name.p, m->imports[i].name.n);
	return (*module && *name) || err_oom(e);
}

static bool run_host_always(struct session *s, const struct args *a, struct result *r, struct err *e)
{
	const struct arg *f = arg_get(a, "function");
	char *module, *name;
	slot *results;

	if (!import_names(f, &module, &name, r, e))
		return false;
	const struct deftype *t = f->module->funcs[f->func].type;
	bool wasi = str_starts(str_of(module), "wasi_");
	if (!read_results(s, t, wasi, arg_get(a, "values")->text, &results, r, e))
		return false;
	if (!desk_set(&s->desk, s->store, module, name, NULL, DESK_VALUES, results, t->result_slots))
		return err_oom(e);
	buf_printf(&r->text, "every call of \"%s\" \"%s\" is answered\n", module, name);
	return true;
}

const struct command cmd_host_always = {
	.name = "host always", .group = GROUP_RUNNING, .summary = "Answer every call of an imported function",
	.doc = "Until host forget; also in the next run. Calls of another module's function, which is no host function, are not\n"
		"answered.\n",
	.example = "host always $log",
	.args = (const struct arg_spec[]){
		{ "function", ARG_FUNC, 0, "the import: name, $name or #index", NULL },
		{ "values", ARG_REST, ARG_OPTIONAL, "one for each result", NULL }, { 0 } },
	.flags = CMD_NEEDS_MODULE, .run = run_host_always,
};

static bool run_host_forget(struct session *s, const struct args *a, struct result *r, struct err *e)
{
	const struct arg *f = arg_get(a, "function");
	char *module = NULL, *name = NULL;

	if (f->given && !import_names(f, &module, &name, r, e))
		return false;
	uint32_t n = desk_forget(&s->desk, module, name);
	buf_printf(&r->text, "%u answer%s forgotten\n", n, n == 1 ? "" : "s");
	node_int(r, r->root, "forgotten", n);
	return true;
}

const struct command cmd_host_forget = {
	.name = "host forget", .group = GROUP_RUNNING, .summary = "Give no answers any more, for one import or all",
	.args = (const struct arg_spec[]){
		{ "function", ARG_FUNC, ARG_OPTIONAL, "the import; all when left out", NULL }, { 0 } },
	.run = run_host_forget,
};

const struct command cmd_host = {
	.name = "host", .group = GROUP_RUNNING, .summary = "The host-call desk: answer calls of imports by hand",
	.flags = CMD_FAMILY, .run = command_family_run,
};
