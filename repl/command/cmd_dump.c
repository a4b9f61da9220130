/* Commands: dump bytes, dump wat, dump regir, dump cfg, dump sections. */
#include "engine/base/buf.h"
#include "repl/command/debug.h"
#include "wat/disasm.h"
#include "wat/print.h"

/* ---- which function -------------------------------------------------------------------------- */

/* The function named, else the selected frame's; false without E: neither. */
static bool function_of(struct session *s, const struct args *a, const struct module **m, uint32_t *func)
{
	const struct arg *f = arg_get(a, "function");
	struct frame at;

	if (f->given) {
		*m = f->module;
		*func = f->func;
		return true;
	}
	if (!guest_stopped(s) || !frame_at(s->ctx, s->frame, &at) || !at.inst)
		return false;
	*m = at.inst->module;
	*func = at.func->index;
	return true;
}

bool debug_function_arg(struct session *s, const struct args *a, const struct module **m, uint32_t *func, struct err *e)
{
	if (!function_of(s, a, m, func))
		return err_set(e, E_USAGE, place_none(), "%s needs a function: nothing is stopped in one", a->command->name);
	if ((*m)->funcs[*func].import < 0)
		return true;
	return err_set(e, E_USAGE, place_none(), "function #%u is imported: it has no code here", *func);
}

static void text_member(struct result *r)
{
	node_str(r, r->root, "text", str_of_buf(&r->text));
}

/* ---- bytes, wat, cfg, sections --------------------------------------------------------------- */

static bool run_dump_bytes(struct session *s, const struct args *a, struct result *r, struct err *e)
{
	const struct module *m = session_named_module(s)->module;
	uint32_t func = 0;
	bool one = function_of(s, a, &m, &func);

	if (!dump_bytes(m, one ? (int64_t)func : -1, &r->text, e))
		return false;
	text_member(r);
	return true;
}

static bool run_dump_wat(struct session *s, const struct args *a, struct result *r, struct err *e)
{
	struct wat_print_options o = wat_print_defaults();
	const struct module *m = session_named_module(s)->module;
	uint32_t func;

	if (function_of(s, a, &m, &func) ? !wat_print_func(m, func, &o, &r->text, NULL, e) : !wat_print(m, &o, &r->text, e))
		return false;
	text_member(r);
	return true;
}

static bool run_dump_cfg(struct session *s, const struct args *a, struct result *r, struct err *e)
{
	const struct module *m;
	uint32_t func;

	if (!debug_function_arg(s, a, &m, &func, e) || !dump_cfg(m, func, &r->text, e))
		return false;
	text_member(r);
	return true;
}

static bool run_dump_sections(struct session *s, const struct args *a, struct result *r, struct err *e)
{
	if (!dump_sections(session_named_module(s)->module, &r->text))
		return err_oom(e);
	text_member(r);
	return true;
}

/* ---- regir ----------------------------------------------------------------------------------- */

static void cell_line(const struct body *b, const struct map_row *row, struct result *r, struct node *list)
{
	uint32_t number = body_cell_number(b, row->at);
	struct node *one = node_object(r, list, NULL);
	size_t from;

	buf_printf(&r->text, "  i:%u.%-4u @0x%-6x ", b->func, number, row->main);
	from = r->text.size;
	body_print_cell(b, row->at, &r->text);
	node_int(r, one, "pc", number);
	node_printf(r, one, "offset", "0x%x", row->main);
	node_text(r, one, "text", from);
	buf_putc(&r->text, '\n');
}

bool debug_dump_regir(struct session *s, const struct module *m, uint32_t func, struct result *r, struct err *e)
{
	const struct body_map *map;
	struct body *b;

	if (!(b = debug_listed_body(s, m, func, e)) || !(map = body_map(b, e)))
		return false;
	func_member(m, func, r, r->root);
	node_int(r, r->root, "slots", b->frame / 8);
	buf_printf(&r->text, "#%u ", func);
	func_display_name(m, func, &r->text);
	buf_printf(&r->text, ": %u cells, %u slots%s\n", map->nrows, b->frame / 8, b->kind == BODY_PLAIN ? ", plain body" : "");
	struct node *list = node_array(r, r->root, "instructions");
	for (uint32_t i = 0; i < map->nrows; i++)
		cell_line(b, &map->rows[i], r, list);
	return true;
}

static bool run_dump_regir(struct session *s, const struct args *a, struct result *r, struct err *e)
{
	const struct module *m;
	uint32_t func;

	return debug_function_arg(s, a, &m, &func, e) && debug_dump_regir(s, m, func, r, e);
}

/* ---- records --------------------------------------------------------------------------------- */

static const struct arg_spec dump_args[] = { FUNCTION_HERE_ARG, { 0 } };

const struct command cmd_dump_bytes = {
	.name = "dump bytes", .group = GROUP_CODE, .summary = "Show the bytes of a function, or of the module, annotated",
	.args = dump_args, .flags = CMD_NEEDS_MODULE, .run = run_dump_bytes,
};

const struct command cmd_dump_wat = {
	.name = "dump wat", .group = GROUP_CODE, .summary = "Show a function, or the module, as text",
	.args = dump_args, .flags = CMD_NEEDS_MODULE, .run = run_dump_wat,
};

const struct command cmd_dump_regir = {
	.name = "dump regir", .group = GROUP_CODE, .summary = "Show a function's register IR",
	.args = dump_args, .flags = CMD_NEEDS_MODULE, .run = run_dump_regir,
};

const struct command cmd_dump_cfg = {
	.name = "dump cfg", .group = GROUP_CODE, .summary = "Show a function's basic blocks as a graph (dot)",
	.args = dump_args, .flags = CMD_NEEDS_MODULE, .run = run_dump_cfg,
};

const struct command cmd_dump_sections = {
	.name = "dump sections", .group = GROUP_CODE, .summary = "List the module's sections: where, how large, what",
	.flags = CMD_NEEDS_MODULE, .run = run_dump_sections,
};
