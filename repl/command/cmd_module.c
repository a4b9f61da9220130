/* Commands: load, instantiate, unload, module, instance, register. */
#include <stdlib.h>

#include "engine/base/buf.h"
#include "repl/command/host.h"
#include "repl/command/session.h"
#include "repl/command/starting.h"

/* ---- load --------------------------------------------------------------------------------------------------------------- */

static void count_text(uint32_t n, const char *what, struct buf *out)
{
	if (n)
		buf_printf(out, ", %u %s%s", n, what, n == 1 ? "" : "s");
	else
		buf_printf(out, ", no %s%s", what, strcmp(what, "memory") == 0 ? "" : "s");
}

/* "examples/fac.wat: module fac, text, 1 function, no imports, no memory" */
void module_summary(struct session *s, const struct session_module *sm, struct buf *out)
{
	const struct module *m = sm->module;

	buf_printf(out, "%s: module %s, %s", sm->path, m->name.n ? sm->label : "without a name",
		m->text ? "text" : "binary");
	count_text(m->nfuncs - m->nimported_funcs, "function", out);
	count_text(m->nimports, "import", out);
	if (m->nmemories == 0)
		buf_puts(out, ", no memory");
	else
		buf_printf(out, ", %u memor%s", m->nmemories, m->nmemories == 1 ? "y" : "ies");
	buf_putc(out, '\n');
}

static void show_exports(const struct module *m, struct buf *out)
{
	enum { MAX_SHOWN = 12 };
	uint32_t shown = 0;

	for (uint32_t i = 0; i < m->nexports; i++) {
		const struct export *x = &m->exports[i];
		if (x->kind != EXTERN_FUNC || shown++ >= MAX_SHOWN)
			continue;
		buf_puts(out, "  export ");
		func_signature_as(m, x->index, x->name, out);
		buf_putc(out, '\n');
	}
	if (shown > MAX_SHOWN)
		buf_printf(out, "  … %u more; info exports\n", shown - MAX_SHOWN);
}

void module_loaded_text(struct session *s, const struct session_module *sm, struct result *r)
{
	module_summary(s, sm, &r->text);
	show_exports(sm->module, &r->text);
	node_int(r, r->root, "module", sm->module->number);
	node_str(r, r->root, "file", str_of(sm->path));
	if (sm->module->name.n)
		node_str(r, r->root, "name", str_of(sm->label));
	node_int(r, r->root, "functions", sm->module->nfuncs);
	node_int(r, r->root, "imports", sm->module->nimports);
}

static bool run_load(struct session *s, const struct args *a, struct result *r, struct err *e)
{
	struct session_module *m;

	if (!session_load(s, arg_get(a, "file")->text.p, &m, e))
		return false;
	module_loaded_text(s, m, r);
	return true;
}

const struct command cmd_load = {
	.name = "load", .group = GROUP_MODULE, .summary = "Decode and validate a module and make it current",
	.doc = "The file is WebAssembly text or binary, found out from its contents; - reads standard input.\n"
		"It is instantiated when first needed, or by instantiate, so breakpoints can be set before.\n"
		"An invalid module stays inspectable; check shows what is wrong.\n",
	.example = "load examples/fac.wat",
	.args = (const struct arg_spec[]){ { "file", ARG_FILE, 0, "a .wat or .wasm file", NULL }, { 0 } },
	.run = run_load,
};

/* ---- instantiate, unload ---------------------------------------------------------------------------------------------- */

static struct session_module *module_arg(struct session *s, const struct args *a)
{
	const struct arg *m = arg_get(a, "module");

	return m->given ? session_module_of(s, m->module) : session_current(s);
}

static bool run_instantiate(struct session *s, const struct args *a, struct result *r, struct err *e)
{
	struct session_module *m = module_arg(s, a);
	bool started = starting_waited(s, m);

	if (!started)
		m->instance = NULL;
	if (!session_instantiate(s, m, r, e))
		return false;
	buf_printf(&r->text, "instance %u of module %u (%s)\n", m->instance->number, m->module->number, m->label);
	node_int(r, r->root, "instance", m->instance->number);
	node_int(r, r->root, "module", m->module->number);
	return true;
}

const struct command cmd_instantiate = {
	.name = "instantiate", .group = GROUP_MODULE, .summary = "Make an instance, running its start function",
	.doc = "Each time a new one, which becomes the module's current instance.\n",
	.args = (const struct arg_spec[]){
		{ "module", ARG_MODULE, ARG_OPTIONAL, "number or name; the current one when left out", NULL }, { 0 } },
	.flags = CMD_NEEDS_MODULE, .run = run_instantiate,
};

static bool run_unload(struct session *s, const struct args *a, struct result *r, struct err *e)
{
	if (guest_stopped(s))
		return err_set(e, E_USAGE, place_none(), "a call is stopped; end it first with kill or continue");
	return session_unload(s, module_arg(s, a), e);
}

const struct command cmd_unload = {
	.name = "unload", .group = GROUP_MODULE, .summary = "Forget a module",
	.doc = "What other instances imported from it goes on working. The newest other module becomes current.\n",
	.args = (const struct arg_spec[]){
		{ "module", ARG_MODULE, ARG_OPTIONAL, "number or name; the current one when left out", NULL }, { 0 } },
	.flags = CMD_NEEDS_MODULE, .run = run_unload,
};

/* ---- module, instance --------------------------------------------------------------------------------------------------- */

static bool run_module(struct session *s, const struct args *a, struct result *r, struct err *e)
{
	struct session_module *m = module_arg(s, a);

	session_select(s, m);
	buf_printf(&r->text, "module %u: ", m->module->number);
	module_summary(s, m, &r->text);
	node_int(r, r->root, "module", m->module->number);
	node_str(r, r->root, "file", str_of(m->path));
	return true;
}

const struct command cmd_module = {
	.name = "module", .group = GROUP_MODULE, .summary = "Show the current module, or make another current",
	.args = (const struct arg_spec[]){ { "module", ARG_MODULE, ARG_OPTIONAL, "number or name", NULL }, { 0 } },
	.flags = CMD_NEEDS_MODULE, .run = run_module,
};

static bool run_instance(struct session *s, const struct args *a, struct result *r, struct err *e)
{
	const struct arg *which = arg_get(a, "instance");

	if (which->given) {
		struct session_module *m = session_module_of(s, which->instance->module);
		if (!m)
			return err_set(e, E_UNKNOWN_NAME, place_none(), "the module of instance %u was unloaded",
				which->instance->number);
		m->instance = which->instance;
		session_select(s, m);
	}
	if (!s->instance)
		return err_set(e, E_NO_MODULE, place_none(), "%s is not instantiated; instantiate does it",
			session_current(s)->label);
	buf_printf(&r->text, "instance %u of module %u (%s)\n", s->instance->number, s->instance->module->number,
		session_current(s)->label);
	node_int(r, r->root, "instance", s->instance->number);
	node_int(r, r->root, "module", s->instance->module->number);
	return true;
}

const struct command cmd_instance = {
	.name = "instance", .group = GROUP_MODULE, .summary = "Show the current instance, or make another current",
	.args = (const struct arg_spec[]){
		{ "instance", ARG_INSTANCE, ARG_OPTIONAL, "number or registered name", NULL }, { 0 } },
	.flags = CMD_NEEDS_MODULE, .run = run_instance,
};

/* ---- register ----------------------------------------------------------------------------------------------------------- */

static bool run_register(struct session *s, const struct args *a, struct result *r, struct err *e)
{
	struct session_module *m = module_arg(s, a);
	struct str name = arg_get(a, "name")->text;

	if (!session_instantiate(s, m, r, e) || !host_register(s, name, m->instance, e))
		return false;
	buf_printf(&r->text, "instance %u is imported as \"%s\"\n", m->instance->number, name.p);
	node_str(r, r->root, "name", name);
	node_int(r, r->root, "instance", m->instance->number);
	return true;
}

const struct command cmd_register = {
	.name = "register", .group = GROUP_MODULE, .summary = "Give an instance's exports to later imports under a name",
	.example = "register env",
	.args = (const struct arg_spec[]){
		{ "name", ARG_WORD, 0, "the module name that imports use", NULL },
		{ "module", ARG_MODULE, ARG_OPTIONAL, "number or name; the current one when left out", NULL }, { 0 } },
	.flags = CMD_NEEDS_MODULE, .run = run_register,
};
