/*
 * A module's debugging information, damaged: questions about it have answers or none, offsets are within the code, and
 * nothing is read outside of the sections.
 */
#include "debugger/dwarf_expr.h"
#include "engine/base/buf.h"
#include "engine/base/err.h"
#include "engine/base/source.h"
#include "engine/module.h"
#include "tests/fuzz/fuzz.h"

const enum fuzz_input fuzz_wants = FUZZ_MODULE;

enum { PLACES_MAX = 400, ENTRIES_MAX = 3000 };

static bool any_value(void *user, enum dwarf_wasm_location kind, uint32_t index, struct value *out)
{
	*out = index % 3 ? value_i32((int32_t)index) : value_i64((int64_t)index << 33);
	return index < 1000;
}

static bool any_memory(void *user, uint64_t at, void *out, size_t n)
{
	memset(out, (int)(at & 0xff), n);
	return at < 1 << 20;
}

static void look_at_place(struct dwarf *d, uint32_t offset)
{
	const struct module *m = dwarf_module(d);
	struct dwarf_call calls[DWARF_CALLS];
	struct dwarf_bytes *bytes;
	struct dwarf_unit_info unit;
	struct buf name = { 0 };
	struct dwarf_place at;
	uint32_t n = dwarf_calls_at(d, offset, calls), nbytes;

	for (uint32_t i = 0; i < n; i++)
		dwarf_print_name(d, calls[i].entry, &name);
	if (dwarf_line_at(d, offset, &at) && (!at.line || offset < at.start || offset >= at.end || at.end > m->size))
		FUZZ_FAIL("a row that does not hold what was asked for");
	dwarf_inlined_elsewhere(d, offset, &bytes, &nbytes);
	free(bytes);
	dwarf_unit_at(d, offset, &unit);
	buf_free(&name);
}

static void look_at_type(struct dwarf_type t, unsigned depth, struct buf *text)
{
	struct type_member member;
	uint64_t size, count;
	unsigned n = 0;

	type_print(t, text);
	type_size(t, &size);
	type_count(t, &count);
	type_number(t);
	type_enumerator(t, 5);
	if (depth == 4)
		return;
	for (bool more = type_member_first(t, &member); more && n < 8; more = type_member_next(t, &member), n++)
		look_at_type(member.type, depth + 1, text);
	if (type_kind(t) != KIND_BASE && type_kind(t) != KIND_VOID)
		look_at_type(type_target(t), depth + 1, text);
}

static void look_at_entry(struct dwarf *d, const struct dwarf_die *die)
{
	struct dwarf_env env = { .address = 5, .wasm = any_value, .memory = any_memory };
	struct dwarf_location where;
	struct dwarf_attr at;
	struct buf text = { 0 };
	const char *why;
	struct str expr;

	dwarf_die_name(d, die);
	look_at_type(dwarf_type_of(d, die), 0, &text);
	for (uint64_t address = 0; address < 200 && dwarf_die_attr(d, die, DW_AT_location, &at); address += 40)
		if (dwarf_location_at(d, die->unit, &at, address, &expr) && dwarf_evaluate(d, die->unit, expr, &env, &where, &why) &&
				where.nbytes > WHERE_BYTES_MAX)
			FUZZ_FAIL("a location with too many bytes");
	buf_free(&text);
}

static void look_at_entries(struct dwarf *d)
{
	struct dwarf_die die;
	unsigned n = 0;

	for (size_t i = 0; i < d->units.count; i++)
		for (bool more = dwarf_die_at(d, d->units.data[i].entries, &die); more && n < ENTRIES_MAX; n++) {
			if (die.tag)
				look_at_entry(d, &die);
			more = dwarf_die_after(d, &die, &die);
		}
}

static void look_for_lines(struct dwarf *d)
{
	struct dwarf_stop *stops;
	uint32_t n, func;
	bool known;

	for (uint32_t line = 1; line < 80; line += 13) {
		dwarf_line_find(d, STR("shapes.c"), line, 0, &stops, &n, &known);
		for (uint32_t i = 0; i < n; i++)
			if (stops[i].func >= dwarf_module(d)->nfuncs || stops[i].offset >= dwarf_module(d)->size)
				FUZZ_FAIL("a line in no function");
		free(stops);
	}
	dwarf_func_named(d, STR("total"), &func);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct features f = features_all();
	struct engine *en = engine_new();
	struct err e = { 0 };
	struct source *s = source_copy("fuzz.wasm", data, size, &e);
	struct module *m = s ? module_load_take(en, s, &f, &e) : NULL;
	struct dwarf *d = m ? dwarf_of(m) : NULL;

	if (d) {
		struct dwarf_place *rows;
		uint32_t n, offset;
		for (uint32_t at = d->code; at < d->code + d->code_size && at < d->code + PLACES_MAX; at += 3)
			look_at_place(d, at);
		for (uint32_t i = 0; i < m->nfuncs; i++) {
			if (dwarf_line_rows(d, i, &rows, &n))
				free(rows);
			if (dwarf_prologue_end(d, i, &offset) && offset >= m->size)
				FUZZ_FAIL("a prologue that ends outside of the module");
		}
		look_for_lines(d);
		look_at_entries(d);
	}
	module_free(m);
	engine_free(en);
	return 0;
}
