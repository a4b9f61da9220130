/* Reading locations; see location.h. Each form has a function that either takes the whole text or leaves it alone. */
#include "debugger/location.h"

#include <stdlib.h>
#include <string.h>

#include "debugger/dwarf.h"
#include "debugger/native_place.h"
#include "debugger/position.h"
#include "debugger/site.h"
#include "engine/base/arena.h"
#include "engine/base/buf.h"
#include "engine/base/err.h"
#include "engine/base/vec.h"
#include "engine/module.h"
#include "engine/names.h"
#include "engine/replace.h"
#include "engine/regir/code.h"

struct finder {
	const struct location_scope *sc;
	const struct module *module;
	VEC(struct location) found;
	struct err *e;
};

/* ---- numbers --------------------------------------------------------------------------------- */

/* Take a number, decimal or 0x, from the front. False: there is none, or it does not fit 32 bits. */
static bool take_number(struct str *s, uint32_t *out)
{
	bool hex = s->n > 2 && s->p[0] == '0' && (s->p[1] == 'x' || s->p[1] == 'X');
	size_t i = hex ? 2 : 0, first = i;
	uint64_t v = 0;

	for (; i < s->n; i++) {
		char c = s->p[i];
		int digit = c >= '0' && c <= '9' ? c - '0' : hex && c >= 'a' && c <= 'f' ? c - 'a' + 10 :
			hex && c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
		if (digit < 0)
			break;
		v = v * (hex ? 16 : 10) + (unsigned)digit;
		if (v > UINT32_MAX)
			return false;
	}
	if (i == first)
		return false;
	*out = (uint32_t)v;
	*s = (struct str){ s->p + i, s->n - i };
	return true;
}

static bool take_char(struct str *s, char c)
{
	if (!s->n || s->p[0] != c)
		return false;
	s->p++;
	s->n--;
	return true;
}

/* ---- places ---------------------------------------------------------------------------------- */

/*
 * A function may have another module's body (engine/replace.h). Its beginning is there, and so is a place in a body that is
 * the same in both; a place in an old body stays, for the frames that are still in it.
 */
static void follow(struct finder *f, uint32_t func, uint32_t *offset, bool exact)
{
	const struct module *now = module_running(f->module, func);
	const struct func_decl *old = &f->module->funcs[func], *new = &now->funcs[func];

	if (exact && now != f->module && (old->body_size != new->body_size ||
			memcmp(f->module->bytes + old->body, now->bytes + new->body, new->body_size) != 0))
		return;
	*offset += new->body - old->body;
	f->module = now;
}

/* The end of a block does nothing: what comes behind it is where one stops. That of a function returns. */
static void pass_ends(const struct module *m, uint32_t func, struct site *at)
{
	struct err ignored = { 0 };
	struct site next;

	while (at->op == OP_END && site_at(m, func, at->end, &next, &ignored))
		*at = next;
}

static bool add(struct finder *f, uint32_t func, uint32_t offset, bool exact)
{
	struct site at = { 0 };

	if (f->module->funcs[func].import >= 0) {
		struct buf name = { 0 };
		module_func_label(f->module, func, &name);
		err_set(f->e, E_USAGE, place_none(), "%s is imported: it has no instructions here", buf_str(&name));
		buf_free(&name);
		return false;
	}
	const struct module *asked = f->module;
	follow(f, func, &offset, exact);
	bool ok = exact ? site_at(f->module, func, offset, &at, f->e) : site_first(f->module, func, &at, f->e);
	if (ok)
		pass_ends(f->module, func, &at);
	struct location l = { f->module, func, at.offset, exact ? offset : at.offset };
	f->module = asked;
	if (!ok)
		return false;
	return vec_push(&f->found, l) || err_oom(f->e);
}

static bool check_func(struct finder *f, uint32_t func)
{
	if (func >= f->module->nfuncs)
		return err_set(f->e, E_UNKNOWN_NAME, place_none(), "no function #%u: the module has %u", func, f->module->nfuncs);
	return true;
}

/* A place that a table of lines gives: if it is inside of an instruction, nobody asked for that. */
static bool add_moved(struct finder *f, uint32_t func, uint32_t offset)
{
	if (!add(f, func, offset, true))
		return false;
	vec_last(&f->found).asked = vec_last(&f->found).offset;
	return true;
}

/* Where somebody who names a function wants to stop: with a source language, behind what prepares the frame. */
static bool add_entry(struct finder *f, uint32_t func)
{
	struct dwarf *d = f->module->text_map || f->module->funcs[func].import >= 0 || module_running(f->module, func) != f->module ? NULL : dwarf_of(f->module);
	uint32_t offset;

	return d && dwarf_prologue_end(d, func, &offset) ? add_moved(f, func, offset) : add(f, func, 0, false);
}

/* Every function NAME; an export's name, then DWARF's, counts where no function has it by itself. */
static bool add_named(struct finder *f, struct str name)
{
	const struct module *m = f->module;
	const struct export *x = module_export_kind(m, name, EXTERN_FUNC);

	for (uint32_t i = 0; i < m->nfuncs; i++)
		if (m->funcs[i].import < 0 && str_eq(name_of(m, NAME_FUNC, i), name) && !add_entry(f, i))
			return false;
	if (f->found.count || x)
		return f->found.count || add_entry(f, x->index);
	struct dwarf *d = dwarf_of(m);
	uint32_t func;
	return !d || !dwarf_func_named(d, name, &func) || add_entry(f, func);
}

static void nearest_name(struct finder *f, struct str name)
{
	struct str best = { NULL, 0 };
	size_t least = name.n / 3 + 2;

	for (uint32_t i = 0; i < f->module->nfuncs; i++) {
		struct str other = name_of(f->module, NAME_FUNC, i);
		size_t d = other.n ? str_distance(name, other, least) : least;
		if (d < least)
			least = d, best = other;
	}
	const char *in = f->module->name.n ? f->module->name.p : NULL;
	struct buf words = { 0 };
	buf_puts(&words, "no function '");
	buf_escaped(&words, name.p, name.n, false);
	buf_puts(&words, "'");
	if (in) {
		buf_puts(&words, " in ");
		buf_escaped(&words, in, f->module->name.n, false);
	}
	if (best.n) {
		buf_puts(&words, "; did you mean '$");
		buf_escaped(&words, best.p, best.n, false);
		buf_puts(&words, "'?");
	}
	err_set(f->e, E_UNKNOWN_NAME, place_none(), "%s", buf_str(&words));
	buf_free(&words);
}

static bool find_name(struct finder *f, struct str name)
{
	take_char(&name, '$');
	if (!add_named(f, name))
		return false;
	if (!f->found.count)
		nearest_name(f, name);
	return f->found.count > 0;
}

/* #12, #12+0x1f */
static bool find_index(struct finder *f, struct str text)
{
	uint32_t func, more;

	if (!take_number(&text, &func))
		return err_set(f->e, E_USAGE, place_none(), "a function's number must follow '#'");
	if (!check_func(f, func))
		return false;
	if (!text.n)
		return add(f, func, 0, false);
	f->module = module_running(f->module, func);
	if (!take_char(&text, '+') || !take_number(&text, &more) || text.n)
		return err_set(f->e, E_USAGE, place_none(), "'#%u' may be followed by '+' and a number of bytes", func);
	return add(f, func, f->module->funcs[func].body + more, true);
}

/* @0x3ac */
static bool find_offset(struct finder *f, struct str text)
{
	uint32_t offset, func;

	if (!take_number(&text, &offset) || text.n)
		return err_set(f->e, E_USAGE, place_none(), "a byte's number must follow '@'");
	if (!module_func_at(f->module, offset, &func))
		return err_set(f->e, E_USAGE, place_none(), "no function has its code at 0x%x", offset);
	return add(f, func, offset, true);
}

/* i:12.7 */
static bool find_cell(struct finder *f, struct str text)
{
	uint32_t func, number, at;
	struct body *b;

	if (!take_number(&text, &func) || !take_char(&text, '.') || !take_number(&text, &number) || text.n)
		return err_set(f->e, E_USAGE, place_none(), "a place in the register IR is written i:FUNCTION.CELL, as in i:12.7");
	if (!check_func(f, func))
		return false;
	if (f->module->funcs[func].import >= 0)
		return add(f, func, 0, false);
	f->module = module_running(f->module, func);
	b = code_body(f->module, func, BODY_FAST, f->sc->checked ? MEMORY_CHECKED : MEMORY_GUARDED, f->sc->fuse, f->e);
	const struct body_map *map = b ? body_map(b, f->e) : NULL;
	if (!map)
		return false;
	const struct map_row *row = body_cell_offset(b, number, &at) ? body_map_at(map, at) : NULL;
	if (!row)
		return err_set(f->e, E_USAGE, place_none(), "function %u has no cell %u", func, number);
	return row->start <= f->module->funcs[func].body ? add(f, func, 0, false) : add(f, func, row->start, true);
}

static bool add_native(struct finder *f, const struct module *m, uint64_t address, bool *found)
{
	struct native_place_of at;

	*found = false;
	if (!native_place_find(m, address, &at, f->e))
		return !f->e->code;
	const struct listed_part *p = &at.listing.parts.data[at.part];
	const struct body_map *map = body_map(at.listing.body, f->e);
	const struct map_row *row = map ? body_map_at(map, p->at) : NULL;
	uint32_t func = at.listing.body->func;
	bool entry = row && row->start <= m->funcs[func].body, common = p->part == PART_COMMON;
	listing_free(&at.listing);
	*found = true;
	if (common)
		return err_set(f->e, E_USAGE, place_none(), "what lies there is shared by all ways out of the function: it stands for no instruction");
	const struct module *asked = f->module;
	f->module = m;
	bool ok = row && (entry ? add(f, func, 0, false) : add(f, func, row->start, true));
	f->module = asked;
	return ok;
}

/* *0x7f…: an address of machine code. */
static bool find_native(struct finder *f, struct str text)
{
	uint64_t address;
	bool found;

	if (!native_address(text, &address))
		return err_set(f->e, E_USAGE, place_none(), "an address of machine code must follow '*', as in *0x7f12");
	if (!add_native(f, f->module, address, &found) || found)
		return found && !f->e->code;
	for (uint32_t i = 0; i < f->sc->nmodules; i++)
		if (!add_native(f, f->sc->modules[i], address, &found) || found)
			return found && !f->e->code;
	return err_set(f->e, E_USAGE, place_none(), "no function has its machine code at 0x%llx", (unsigned long long)address);
}

/* Of one module; *KNOWN: it has the file. False without E: no code is there. */
static bool add_source_line(struct finder *f, struct str file, uint32_t line, uint32_t column, bool *known)
{
	struct dwarf *d = f->module->text_map ? NULL : dwarf_of(f->module);
	struct dwarf_stop *stops = NULL;
	uint32_t n = 0;

	bool ok = d && dwarf_line_find(d, file, line, column, &stops, &n, known);
	for (uint32_t i = 0; ok && i < n; i++)
		ok = add_moved(f, stops[i].func, site_entered(f->module, stops[i].func, stops[i].offset));
	free(stops);
	return ok;
}

static bool no_code(struct finder *f, struct str file, uint32_t line)
{
	return err_set(f->e, E_USAGE, place_none(), "%.*s has no code on line %u or after it", STR_ARGS(file), line);
}

/* The file that bare lines belong to: where the guest is, else that of main, else of the first function with lines. */
static struct str current_file(const struct finder *f)
{
	struct dwarf *d = dwarf_of(f->module);
	struct dwarf_place at;
	uint32_t func = 0, offset;

	if (d && f->sc->here && f->module == f->sc->module && dwarf_line_at(d, f->sc->offset, &at))
		return dwarf_file(d, at.file);
	bool found = d && dwarf_func_named(d, STR("main"), &func) && dwarf_prologue_end(d, func, &offset);
	for (func = f->module->nimported_funcs; d && !found && func < f->module->nfuncs; func++)
		found = dwarf_prologue_end(d, func, &offset);
	if (found && dwarf_line_at(d, offset, &at))
		return dwarf_file(d, at.file);
	return (struct str){ NULL, 0 };
}

static bool add_line(struct finder *f, uint32_t line, uint32_t column)
{
	struct str file = f->module->text_map ? (struct str){ NULL, 0 } : current_file(f);
	uint32_t offset, func;
	bool known;

	if (file.n)
		return add_source_line(f, file, line, column, &known) || no_code(f, file, line);
	if (!f->module->text_map)
		return err_set(f->e, E_USAGE, place_none(), "line %u: the module was not read from text; #12+0x1f, @0x3ac and "
			"i:12.7 name its places", line);
	if (!position_find(f->module, line, column, &offset))
		return err_set(f->e, E_USAGE, place_none(), "no instruction on line %u", line);
	if (!module_func_at(f->module, offset, &func))
		return err_set(f->e, E_USAGE, place_none(), "line %u is in no function", line);
	return offset <= f->module->funcs[func].body ? add(f, func, 0, false) : add(f, func, offset, true);
}

/* 12, 12:5 */
static bool find_line(struct finder *f, struct str text)
{
	uint32_t line, column = 0;

	if (!take_number(&text, &line) || (text.n && (!take_char(&text, ':') || !take_number(&text, &column) || text.n)))
		return err_set(f->e, E_USAGE, place_none(), "a place in the text is written LINE or LINE:COLUMN");
	return add_line(f, line, column);
}

/* "+2": lines further on, instructions where there is no text. */
static bool find_further(struct finder *f, struct str text)
{
	uint32_t n;
	struct position here;
	struct site at;

	if (!take_number(&text, &n) || text.n)
		return err_set(f->e, E_USAGE, place_none(), "a number must follow '+'");
	position_of(f->module, f->sc->offset, &here);
	if (here.has_line)
		return add_line(f, here.line + n, 0);
	return site_after(f->module, f->sc->func, f->sc->offset, n, &at, f->e) && add(f, f->sc->func, at.offset, true);
}

/* FILE:12[:5]: the file is what stands before one or two numbers. False without E: it is not of this form. */
static bool split_file(struct str text, struct str *file, struct str *rest)
{
	for (size_t i = 1; i + 1 < text.n; i++) {
		struct str numbers = { text.p + i + 1, text.n - i - 1 };
		uint32_t n;
		if (text.p[i] != ':' || !take_number(&numbers, &n))
			continue;
		if (numbers.n && (!take_char(&numbers, ':') || !take_number(&numbers, &n) || numbers.n))
			continue;
		*file = (struct str){ text.p, i };
		*rest = (struct str){ text.p + i + 1, text.n - i - 1 };
		return true;
	}
	return false;
}

/* In all modules whose debugging information knows the file. False without E: none does. */
static bool find_in_sources(struct finder *f, struct str file, struct str rest)
{
	uint32_t line, column = 0;
	bool any = false;

	if (!take_number(&rest, &line) || (take_char(&rest, ':') && !take_number(&rest, &column)))
		return err_set(f->e, E_USAGE, place_none(), "a place in a file is written FILE:LINE or FILE:LINE:COLUMN");
	for (uint32_t i = 0; i < f->sc->nmodules && !f->e->code; i++) {
		bool known = false;
		f->module = f->sc->modules[i];
		add_source_line(f, file, line, column, &known);
		any |= known;
	}
	if (f->found.count && !f->e->code)
		return true;
	return any ? no_code(f, file, line) : false;
}

static bool find_in_file(struct finder *f, struct str file, struct str rest, bool *pending)
{
	for (uint32_t i = 0; i < f->sc->nmodules; i++)
		if (position_is_file(f->sc->modules[i], file)) {
			f->module = f->sc->modules[i];
			return find_line(f, rest);
		}
	if (find_in_sources(f, file, rest))
		return true;
	if (f->e->code)
		return false;
	*pending = true;
	for (uint32_t i = 0; i < f->sc->nmodules; i++) {
		const struct dwarf *d = f->sc->modules[i]->text_map ? NULL : dwarf_of(f->sc->modules[i]);
		if (d && dwarf_problem(d)[0])
			return err_set(f->e, E_UNKNOWN_NAME, place_none(), "no file '%.*s' is loaded; debugging information is damaged: %s",
				STR_ARGS(file), dwarf_problem(d));
	}
	return err_set(f->e, E_UNKNOWN_NAME, place_none(), "no file '%.*s' is loaded", STR_ARGS(file));
}

/* ---- all forms ------------------------------------------------------------------------------- */

static bool find_here(struct finder *f, struct str text)
{
	if (!f->sc->here || f->module != f->sc->module)
		return err_set(f->e, E_NOT_RUNNING, place_none(), "'%.*s' is relative to where the guest is stopped, but it is not",
			STR_ARGS(text));
	if (text.p[0] == '.')
		return add(f, f->sc->func, f->sc->offset, true);
	return find_further(f, (struct str){ text.p + 1, text.n - 1 });
}

static bool find(struct finder *f, struct str text, bool *pending)
{
	struct str file, rest;
	const char *bang = memchr(text.p, '!', text.n);

	if (!bang && split_file(text, &file, &rest) && !(text.p[0] >= '0' && text.p[0] <= '9') && !str_is(file, "i"))
		return find_in_file(f, file, rest, pending);
	if (bang && bang != text.p) {
		if (!f->sc->find_module(f->sc->user, (struct str){ text.p, (size_t)(bang - text.p) }, &f->module, f->e)) {
			*pending = true;
			return false;
		}
		text = (struct str){ bang + 1, text.n - (size_t)(bang + 1 - text.p) };
	}
	if (!f->module) {
		*pending = true;
		return err_set(f->e, E_NO_MODULE, place_none(), "no valid module is loaded");
	}
	if (!text.n)
		return err_set(f->e, E_USAGE, place_none(), "a location is missing after '!'");
	if (str_is(text, ".") || text.p[0] == '+')
		return find_here(f, text);
	if (text.p[0] == '#')
		return find_index(f, (struct str){ text.p + 1, text.n - 1 });
	if (text.p[0] == '@')
		return find_offset(f, (struct str){ text.p + 1, text.n - 1 });
	if (str_starts(text, "i:"))
		return find_cell(f, (struct str){ text.p + 2, text.n - 2 });
	if (text.p[0] == '*')
		return find_native(f, text);
	if (text.p[0] >= '0' && text.p[0] <= '9')
		return find_line(f, text);
	return find_name(f, text);
}

bool location_find(struct str text, const struct location_scope *sc, struct arena *a, struct location **out,
	uint32_t *n, bool *pending, struct err *e)
{
	struct finder f = { .sc = sc, .module = sc->module, .e = e };

	*pending = false;
	if (!text.n)
		return err_set(e, E_USAGE, place_none(), "a location is missing");
	bool ok = find(&f, text, pending);
	if (ok) {
		*out = arena_copy(a, f.found.data, f.found.count * sizeof *f.found.data);
		*n = (uint32_t)f.found.count;
		ok = *out || err_oom(e);
	}
	vec_free(&f.found);
	return ok;
}

bool location_moved(const struct location *l, struct buf *out)
{
	struct site at;
	struct err e = { 0 };

	if (l->asked == l->offset || !site_at(l->module, l->func, l->offset, &at, &e))
		return false;
	if (l->asked < l->offset)
		buf_printf(out, "0x%x is where a block ends, which is not executed; moved to 0x%x, %s", l->asked, l->offset,
			op_info[at.op].text);
	else
		buf_printf(out, "0x%x is inside an instruction; moved to 0x%x, the first byte of %s", l->asked, l->offset,
			op_info[at.op].text);
	return true;
}
