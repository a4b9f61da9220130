/* Commands: map. Every representation of one place. */
#include <inttypes.h>

#include "debugger/position.h"
#include "engine/base/buf.h"
#include "repl/command/jit_text.h"
#include "wat/disasm.h"

static enum memory_mode mode_of(struct session *s, const struct module *m)
{
	const struct session_module *sm = session_module_of(s, m);

	return sm && sm->instance ? (enum memory_mode)sm->instance->code_mode : s->no_guard ? MEMORY_CHECKED : MEMORY_GUARDED;
}

static void map_text(struct session *s, const struct location *l, struct result *r)
{
	struct position at;
	struct str line;

	position_of(l->module, l->offset, &at);
	if (!at.has_line)
		return;
	if (at.source && sources_line(&s->dbg->sources, at.path, at.line, &line))
		at.text = position_text(line);
	buf_puts(&r->text, at.source ? "  source " : "  wat    ");
	position_print(l->module, l->offset, &r->text);
	if (at.text.n) {
		buf_puts(&r->text, " │ ");
		buf_escaped(&r->text, at.text.p, at.text.n, true);
	}
	buf_putc(&r->text, '\n');
	struct node *place = node_object(r, r->root, at.source ? "source" : "wat");
	if (at.source)
		node_str(r, place, "file", str_of(at.file));
	node_int(r, place, "line", at.line);
	if (at.column)
		node_int(r, place, "column", at.column);
}

static void map_wasm(const struct location *l, struct result *r)
{
	struct err e = { 0 };
	struct instr in;

	buf_printf(&r->text, "  wasm   @0x%x  #%u+0x%02x  ", l->offset, l->func, l->offset - l->module->funcs[l->func].body);
	if (disasm_at(l->module, l->func, l->offset, &in, &e)) {
		disasm_instr(l->module, l->func, &in, &r->text);
		buf_puts(&r->text, "\n  bytes ");
		for (uint32_t i = in.offset; i < in.end; i++)
			buf_printf(&r->text, " %02x", l->module->bytes[i]);
	}
	buf_putc(&r->text, '\n');
}

/* The cells of the fast body whose group covers the instruction: those that begin where the group begins. */
static void map_cells(struct session *s, const struct location *l, struct result *r)
{
	struct err e = { 0 };
	struct body *b = code_body(l->module, l->func, BODY_FAST, mode_of(s, l->module), !s->no_fuse, &e);
	const struct body_map *map = b ? body_map(b, &e) : NULL;
	const struct map_row *row = map ? body_map_offset(map, l->offset) : NULL;

	if (!row)
		return;
	struct node *list = node_array(r, r->root, "regir");
	for (uint32_t start = row->start; row < map->rows + map->nrows && row->start == start; row++) {
		uint32_t number = body_cell_number(b, row->at);
		node_int(r, list, NULL, number);
		buf_printf(&r->text, "  regir  i:%u.%u  ", l->func, number);
		body_print_cell(b, row->at, &r->text);
		if (row->count > 1)
			buf_printf(&r->text, "    (%u Wasm instructions, from @0x%x)", row->count, row->start);
		buf_putc(&r->text, '\n');
	}
}

static void map_cell_asm(const struct listing *l, uint32_t cell, struct result *r, struct node *list)
{
	const struct listed_part *p = listing_part_of(l, cell);
	struct listed_line line;

	for (uint32_t at = p ? p->code : 0; p && listing_next(l, (size_t)(p - l->parts.data), &at, &line);) {
		buf_printf(&r->text, "  asm    *0x%" PRIxPTR "  0x%x  %s\n", (uintptr_t)l->body->native->code + line.line.at, line.line.at,
			line.line.text);
		node_printf(r, list, NULL, "0x%x", line.line.at);
	}
}

/* Machine code of the cells, where the function is compiled. */
static void map_asm(struct session *s, const struct location *l, struct result *r)
{
	struct err e = { 0 };
	const struct native_code *n = jit_native(s, l->module, l->func);
	const struct body_map *map = n ? body_map(n->body, &e) : NULL;
	const struct map_row *row = map ? body_map_offset(map, l->offset) : NULL;
	struct listing code;

	if (row && listing_make(&code, n->body, MACHINE_HOST, &e)) {
		struct node *list = node_array(r, r->root, "asm");
		for (uint32_t start = row->start; row < map->rows + map->nrows && row->start == start; row++)
			map_cell_asm(&code, row->at, r, list);
		listing_free(&code);
	}
}

static bool run_map(struct session *s, const struct args *a, struct result *r, struct err *e)
{
	struct location l;

	if (!debug_locate_one(s, arg_get(a, "where")->text, r, &l, e))
		return false;
	func_member(l.module, l.func, r, r->root);
	node_printf(r, r->root, "offset", "0x%x", l.offset);
	func_display_name(l.module, l.func, &r->text);
	buf_printf(&r->text, " in module %u\n", l.module->number);
	map_text(s, &l, r);
	map_wasm(&l, r);
	map_cells(s, &l, r);
	map_asm(s, &l, r);
	return true;
}

const struct command cmd_map = {
	.name = "map", .group = GROUP_CODE, .summary = "Show every representation of one place: text, bytes, register IR, machine code",
	.example = "map fac",
	.args = (const struct arg_spec[]){
		{ "where", ARG_LOC, ARG_OPTIONAL, "a location; where the guest is stopped when left out", NULL }, { 0 } },
	.flags = CMD_NEEDS_MODULE, .run = run_map,
};
