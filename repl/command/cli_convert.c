/* wrench wat, wasm, validate, dump: modules from one form to another, checked, taken apart. */
#include <stdlib.h>

#include "engine/base/buf.h"
#include "engine/base/source.h"
#include "engine/regir/code.h"
#include "repl/command/args.h"
#include "repl/command/check_problem.h"
#include "repl/command/cli.h"
#include "repl/command/jit_text.h"
#include "repl/command/render.h"
#include "wat/disasm.h"
#include "wat/print.h"
#include "wat/wat.h"

static bool need_file(struct cli *c, struct err *e)
{
	if (c->file)
		return true;
	err_set(e, E_USAGE, place_none(), "%s needs %s", cli_commands[c->command].name, cli_commands[c->command].args);
	err_hint(e, "wrench help %s", cli_commands[c->command].name);
	return false;
}

/* ---- wat, wasm ---------------------------------------------------------------------------------------------------------- */

int cli_wat(struct cli *c)
{
	struct session_module *m;
	struct err e = { 0 }, why = { 0 };
	struct buf b = { 0 };
	struct session s;

	bool ok = cli_session(c, &s, &e) && need_file(c, &e) && cli_load_readable(&s, c->file, &m, &e);
	if (ok) {
		struct wat_print_options o = wat_print_defaults();
		o.folded = c->folded;
		ok = wat_print(m->module, &o, &b, &why) && cli_write(c, &s, &b, &why);
	}
	if (!ok && e.code && b.size)
		cli_write(c, &s, &b, &why);     /* what could be read */
	if (!ok && !e.code)
		e = why;
	buf_free(&b);
	return ok ? cli_end_problem(&s, &e) : cli_fail(&s, &e);
}

static bool encode(struct cli *c, struct session *s, struct buf *out, struct err *e)
{
	struct source *src = source_read(c->file, e);
	bool ok;

	if (!src)
		return false;
	if (wat_is_text(src->bytes, src->size)) {
		ok = wat_encode(src, &s->features, out, NULL, e);
		if (!ok) {
			err_file(e, src->name);
			session_keep_text(s, src);
		}
	} else {
		ok = err_set(e, E_TOKEN, place_offset(0), "not WebAssembly text: it begins like a binary module");
		err_file(e, src->name);
	}
	source_free(src);
	return ok;
}

int cli_wasm(struct cli *c)
{
	struct err e = { 0 };
	struct buf b = { 0 };
	struct session s;

	bool ok = cli_session(c, &s, &e) && need_file(c, &e);
	if (ok && !c->out) {
		ok = err_set(&e, E_USAGE, place_none(), "wasm needs -o FILE: where to write");
		err_hint(&e, "wrench wasm %s -o OUT.wasm", c->file);
	}
	ok = ok && encode(c, &s, &b, &e) && cli_write(c, &s, &b, &e);
	buf_free(&b);
	return ok ? cli_end(&s, STATUS_OK) : cli_fail(&s, &e);
}

/* ---- validate ------------------------------------------------------------------------------------------------------------- */

int cli_validate(struct cli *c)
{
	bool all = true;
	struct err e = { 0 };
	struct session s;

	if (!cli_session(c, &s, &e) || !need_file(c, &e))
		return cli_fail(&s, &e);
	for (uint32_t i = 0; i < c->nargs; i++) {
		struct session_module *m = NULL;
		err_clear(&e);
		if (session_load(&s, c->args[i], &m, &e) && (!c->eager || code_translate_all(m->module, &e)))
			continue;
		all = false;
		render_error(&s, &e);
		struct buf b = { 0 };
		if (c->explain && m && m->problem.code)
			check_problem(m, &b, NULL);
		output_put(&s.err, buf_str(&b), b.size);
		buf_free(&b);
	}
	return cli_end(&s, all ? STATUS_OK : STATUS_FAILED);
}

/* ---- dump ------------------------------------------------------------------------------------------------------------------ */

typedef bool dump_fn(struct session *s, const struct module *m, uint32_t func, struct buf *out, struct err *e);

static bool dump_func_bytes(struct session *s, const struct module *m, uint32_t func, struct buf *out, struct err *e)
{
	return dump_bytes(m, func, out, e);
}

static bool dump_func_wat(struct session *s, const struct module *m, uint32_t func, struct buf *out, struct err *e)
{
	struct wat_print_options o = wat_print_defaults();

	return wat_print_func(m, func, &o, out, NULL, e);
}

/* Register IR: a header, then a line a cell with its number and the Wasm offset it comes from. */
static bool dump_func_regir(struct session *s, const struct module *m, uint32_t func, struct buf *out, struct err *e)
{
	struct body *b = code_body(m, func, BODY_FAST, MEMORY_GUARDED, true, e);
	const struct body_map *map = b ? body_map(b, e) : NULL;

	if (!map)
		return false;
	buf_printf(out, "#%u ", func);
	func_display_name(m, func, out);
	buf_printf(out, ": %u cells, %u slots\n", map->nrows, b->frame / 8);
	for (uint32_t i = 0; i < map->nrows; i++) {
		buf_printf(out, "  i:%u.%-4u @0x%-6x ", func, body_cell_number(b, map->rows[i].at), map->rows[i].main);
		body_print_cell(b, map->rows[i].at, out);
		buf_putc(out, '\n');
	}
	return true;
}

static bool dump_func_cfg(struct session *s, const struct module *m, uint32_t func, struct buf *out, struct err *e)
{
	return dump_cfg(m, func, out, e);
}

static const struct dump_kind {
	const char *name, *help;
	dump_fn *func;                  /* one function */
	bool whole;                     /* without functions the whole module, by a way of its own; else every function */
} kinds[] = {
	{ "bytes", "the binary, annotated", dump_func_bytes, true },
	{ "wat", "text", dump_func_wat, true },
	{ "sections", "sections: where, how large, what", NULL, true },
	{ "regir", "register IR", dump_func_regir, false },
	{ "asm", "machine code beneath register IR", jit_text_func, false },
	{ "cfg", "basic blocks as a graph (dot)", dump_func_cfg, false },
};

static const struct dump_kind *find_kind(const char *name, struct err *e)
{
	struct buf b = { 0 };

	for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
		if (strcmp(kinds[i].name, name) == 0)
			return &kinds[i];
	for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
		buf_printf(&b, "%s%s", i ? ", " : "", kinds[i].name);
	err_set(e, E_USAGE, place_none(), "dump: no kind '%s'; there are: %s", name, buf_str(&b));
	buf_free(&b);
	return NULL;
}

static bool dump_whole(struct session *s, const struct dump_kind *k, const struct module *m, struct buf *out, struct err *e)
{
	struct wat_print_options o = wat_print_defaults();

	if (strcmp(k->name, "bytes") == 0)
		return dump_bytes(m, -1, out, e);
	if (strcmp(k->name, "sections") == 0)
		return dump_sections(m, out);
	if (k->whole)
		return wat_print(m, &o, out, e);
	for (uint32_t f = m->nimported_funcs; f < m->nfuncs; f++)
		if (!k->func(s, m, f, out, e))
			return false;
	return true;
}

/* Into OUT; PROBLEM: the module's own. */
static bool dump(struct cli *c, struct session *s, struct buf *out, struct err *problem, struct err *e)
{
	struct session_module *m;
	uint32_t func;

	if (!need_file(c, e))
		return false;
	const struct dump_kind *k = find_kind(c->file, e);
	if (!k)
		return false;
	if (c->nargs < 2)
		return err_set(e, E_USAGE, place_none(), "dump needs FILE after %s", k->name);
	if (!cli_load_readable(s, c->args[1], &m, problem) || (problem->code && !k->whole)) {
		*e = *problem;
		return false;
	}
	if (c->nargs == 2)
		return dump_whole(s, k, m->module, out, e);
	for (uint32_t i = 2; i < c->nargs; i++) {
		if (!k->func)
			return err_set(e, E_USAGE, place_none(), "dump %s is about the whole module", k->name);
		if (!session_find_func(s, str_of(c->args[i]), &m, &func, e) || !k->func(s, m->module, func, out, e))
			return false;
	}
	return true;
}

int cli_dump(struct cli *c)
{
	struct err e = { 0 }, problem = { 0 };
	struct buf b = { 0 };
	struct session s;

	bool ok = cli_session(c, &s, &e) && dump(c, &s, &b, &problem, &e) && cli_write(c, &s, &b, &e);
	if (!ok && problem.code) {      /* what could be shown before the module's own error */
		cli_write(c, &s, &b, &e);
		e = problem;
	}
	buf_free(&b);
	return ok ? cli_end_problem(&s, &problem) : cli_fail(&s, &e);
}
