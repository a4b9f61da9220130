/*
 * The DWARF reader: tables of small modules that are kept beside the transcripts, and damaged ones. With arguments it is a
 * tool of dwarf_oracle.t:
 *
 *	dwarf_test lines FILE    the rows of all line tables: ADDRESS LINE COLUMN FLAGS FILE
 *	dwarf_test vars FILE     variables: ENTRY NAME | TYPE
 *	dwarf_test funcs FILE    functions: LOW HIGH NAME
 */
#include "debugger/dwarf_scope.h"
#include "engine/base/buf.h"
#include "engine/base/err.h"
#include "engine/base/source.h"
#include "engine/module.h"
#include "tests/harness/tap.h"

#define FOLDER "tests/transcripts/source/"

static struct module *load(struct engine *en, const char *file)
{
	struct features f = features_all();
	struct err e = { 0 };
	struct source *s = source_read(file, &e);
	struct module *m = s ? module_load_take(en, s, &f, &e) : NULL;

	if (!m)
		tap_note("%s: %s", file, e.message);
	return m;
}

/* ---- tables for comparing -------------------------------------------------------------------- */

static void print_lines(struct dwarf *d)
{
	for (size_t i = 0; i < d->units.count; i++) {
		struct dwarf_unit *u = &d->units.data[i];
		if (!dwarf_lines_read(d, u, true))
			continue;
		for (size_t k = 0; k < u->lines->rows.count; k++) {
			const struct dwarf_row *r = &u->lines->rows.data[k];
			printf("%x %u %u %s%s%s %s\n", r->address, r->line, r->column, r->statement ? "s" : "-",
				r->prologue_end ? "p" : "-", r->end ? "e" : "-", dwarf_file(d, r->file).p);
		}
	}
}

static void print_entries(struct dwarf *d, bool funcs)
{
	for (size_t i = 0; i < d->units.count; i++) {
		struct dwarf_die die;
		struct buf type = { 0 };
		bool more = dwarf_die_at(d, d->units.data[i].entries, &die);
		for (; more; more = dwarf_die_after(d, &die, &die)) {
			struct str name = die.tag ? dwarf_die_name(d, &die) : (struct str){ NULL, 0 };
			struct dwarf_spans spans = { 0 };
			if (!funcs && name.n && (die.tag == DW_TAG_variable || die.tag == DW_TAG_formal_parameter)) {
				buf_reset(&type);
				type_print(dwarf_type_of(d, &die), &type);
				printf("%x %.*s | %s\n", die.entry, STR_ARGS(name), buf_str(&type));
			}
			if (funcs && die.tag == DW_TAG_subprogram)
				dwarf_die_spans(d, &die, &spans);
			for (size_t k = 0; k < spans.count; k++)
				printf("%llx %llx %.*s\n", (unsigned long long)spans.data[k].low, (unsigned long long)spans.data[k].high,
					STR_ARGS(name));
			free(spans.data);
		}
		buf_free(&type);
	}
}

static int tool(const char *what, const char *file)
{
	struct engine *en = engine_new();
	struct module *m = load(en, file);
	struct dwarf *d = m ? dwarf_of(m) : NULL;

	if (d && what[0] == 'l')
		print_lines(d);
	else if (d)
		print_entries(d, what[0] == 'f');
	if (d && dwarf_problem(d)[0])
		fprintf(stderr, "%s\n", dwarf_problem(d));
	module_free(m);
	engine_free(en);
	return !d;
}

/* ---- what the small modules say -------------------------------------------------------------- */

static void check_lines(struct engine *en, const char *file)
{
	struct module *m = load(en, file);
	struct dwarf *d = m ? dwarf_of(m) : NULL;
	struct dwarf_stop *stops = NULL;
	struct dwarf_place at;
	uint32_t n = 0, func, offset;
	bool known = false;

	if (!CHECK(d && !dwarf_problem(d)[0], "%s has debugging information", file))
		return;
	CHECK(!d->units.data[0].lines && !d->units.data[0].indexed, "only the heads of units are read at first");
	CHECK(dwarf_line_find(d, STR("shapes.c"), 41, 0, &stops, &n, &known) && known && n == 1 && stops[0].line == 41,
		"a line has its code");
	CHECK(n && dwarf_line_at(d, stops[0].offset, &at) && at.line == 41 && at.start == stops[0].offset, "and code its line");
	free(stops);
	CHECK(!dwarf_line_find(d, STR("shapes.c"), 4000, 0, &stops, &n, &known) && known, "a file has an end");
	CHECK(!dwarf_line_find(d, STR("apes.c"), 41, 0, &stops, &n, &known) && !known, "half of a file's name is not its name");
	CHECK(dwarf_func_named(d, STR("total"), &func) && dwarf_prologue_end(d, func, &offset) &&
		dwarf_line_at(d, offset, &at) && at.line == 59, "a function's own work begins at line 59");
	CHECK(str_is(dwarf_file(d, at.file), "/src/shapes.c"), "paths are whole: %s", dwarf_file(d, at.file).p);
	CHECK(!dwarf_line_at(d, 0, &at) && !dwarf_line_at(d, UINT32_MAX, &at), "bytes outside of the code have no line");
	module_free(m);
}

static void check_inlined(struct engine *en)
{
	struct module *m = load(en, FOLDER "shapes-o2.wasm");
	struct dwarf *d = m ? dwarf_of(m) : NULL;
	struct dwarf_call calls[DWARF_CALLS];
	struct dwarf_stop *stops = NULL;
	struct buf name = { 0 };
	uint32_t n = 0;
	bool known;

	if (!CHECK(d && dwarf_line_find(d, STR("shapes.c"), 62, 0, &stops, &n, &known), "an inlined function has its lines"))
		return;
	CHECK(dwarf_calls_at(d, stops[0].offset, calls) == 2 && calls[0].inlined && !calls[1].inlined, "two functions run there");
	dwarf_print_name(d, calls[0].entry, &name);
	CHECK(str_is(str_of(buf_str(&name)), "total"), "the inner one is total: %s", buf_str(&name));
	CHECK(calls[1].line == 80, "it is called on line 80: %u", calls[1].line);
	buf_free(&name);
	free(stops);
	module_free(m);
}

/* Every byte of the debugging sections made 0xff, one at a time: answers or none, but no harm (sanitizers watch). */
static void check_damage(struct engine *en, const char *file)
{
	struct features f = features_all();
	struct err e = { 0 };
	struct source *s = source_read(file, &e);
	struct module *whole = load(en, file);
	struct dwarf_place at;
	unsigned tried = 0;

	for (uint32_t i = 0; s && whole && i < whole->ncustoms; i++) {
		const struct custom *c = &whole->customs[i];
		for (uint32_t k = 0; str_starts(c->name, ".debug") && k < c->size; k += 7, tried++) {
			struct source *copy = source_copy(file, s->bytes, s->size, &e);
			copy->bytes[c->start + k] = (char)0xff;
			struct module *m = module_load_take(en, copy, &f, &e);
			struct dwarf *d = m ? dwarf_of(m) : NULL;
			for (uint32_t n = 0; d && n < m->nfuncs; n++)
				dwarf_line_at(d, m->funcs[n].body, &at);
			uint32_t func;
			if (d)
				dwarf_func_named(d, STR("total"), &func);
			module_free(m);
		}
	}
	CHECK(tried > 100, "%u damaged modules are survived", tried);
	module_free(whole);
	source_free(s);
}

int main(int argc, char **argv)
{
	struct engine *en;

	if (argc == 3)
		return tool(argv[1], argv[2]);
	en = engine_new();
	check_lines(en, FOLDER "shapes4.wasm");
	check_lines(en, FOLDER "shapes5.wasm");
	check_inlined(en);
	check_damage(en, FOLDER "shapes4.wasm");
	check_damage(en, FOLDER "shapes-o2.wasm");
	engine_free(en);
	return tap_done();
}
