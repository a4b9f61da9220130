/*
 * What is printed parses back to an equivalent module: own modules in tests/wat/data, and when SHARED is set every
 * binary there and every module of its testsuite; flat and folded, with names and without. Also line maps, comments of
 * instructions, and the dumps.
 */
#include <dirent.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "engine/base/buf.h"
#include "engine/base/err.h"
#include "engine/base/source.h"
#include "engine/imm.h"
#include "engine/module.h"
#include "engine/names.h"
#include "tests/harness/tap.h"
#include "wat/disasm.h"
#include "wat/explain.h"
#include "wat/print.h"
#include "wat/wat.h"

struct tally { unsigned modules, printed, wrong; };

static char difference[256];    /* of the last comparison */

#define SAME(cond) ((cond) || (snprintf(difference, sizeof difference, "%s", #cond), false))

/* ---- comparing ------------------------------------------------------------------------------- */

static bool same_block(const struct block_type *a, const struct block_type *b)
{
	if (a->kind == b->kind)
		return SAME(a->value == b->value) && SAME(a->type == b->type);
	/* one says by index what the other says in short */
	const struct block_type *typed = a->kind == BLOCK_TYPE ? a : b, *other = a->kind == BLOCK_TYPE ? b : a;
	return SAME(typed->kind == BLOCK_TYPE && typed->type && !typed->type->nparams)
		&& SAME(typed->type->nresults == (other->kind == BLOCK_VALUE))
		&& SAME(!typed->type->nresults || typed->type->results[0] == other->value);
}

static bool same_list(const struct module *a, const struct instr *x, const struct module *b, const struct instr *y)
{
	struct err e = { 0 };
	struct cursor c = instr_list(a, x, &e), d = instr_list(b, y, &e);
	uint32_t k, l;
	struct catch_clause p, q;

	if (!SAME(x->count == y->count))
		return false;
	for (uint32_t i = 0; i < x->count + (x->op == OP_BR_TABLE); i++) {
		if (x->op == OP_BR_TABLE && !SAME(read_u32(&c, &k, "") && read_u32(&d, &l, "") && k == l))
			return false;
		if (x->op == OP_TRY_TABLE && !SAME(catch_read(&c, &p) && catch_read(&d, &q) && p.kind == q.kind
				&& p.tag == q.tag && p.label == q.label))
			return false;
	}
	return true;
}

static bool same_instr(const struct module *a, const struct instr *x, const struct module *b, const struct instr *y)
{
	return SAME(x->op == y->op) && SAME(x->index == y->index) && SAME(x->index2 == y->index2)
		&& same_block(&x->block, &y->block) && SAME(x->mem.align == y->mem.align)
		&& SAME(x->mem.memory == y->mem.memory) && SAME(x->mem.offset == y->mem.offset)
		&& SAME(x->heap.heap == y->heap.heap) && SAME(x->heap.nullable == y->heap.nullable)
		&& SAME(x->heap2.heap == y->heap2.heap) && SAME(x->heap2.nullable == y->heap2.nullable)
		&& SAME(x->type == y->type) && SAME(x->lane == y->lane) && SAME(x->number == y->number)
		&& SAME(!memcmp(x->bytes, y->bytes, 16)) && same_list(a, x, b, y);
}

static bool same_code(const struct module *a, struct cursor c, const struct module *b, struct cursor d)
{
	struct err e = { 0 };
	struct instr x, y;

	while (cursor_left(&c)) {
		if (!SAME(cursor_left(&d) > 0) || !SAME(instr_read(&c, &x, &e)) || !SAME(instr_read(&d, &y, &e)))
			return false;
		if (!same_instr(a, &x, b, &y)) {
			snprintf(difference + strlen(difference), 60, " at 0x%x, 0x%x", x.offset, y.offset);
			return false;
		}
	}
	return SAME(!cursor_left(&d));
}

static bool same_const(const struct module *a, struct const_expr x, const struct module *b, struct const_expr y)
{
	struct err e = { 0 };
	struct cursor c = cursor_at(a, x.start, &e), d = cursor_at(b, y.start, &e);

	c.end = c.base + x.end;
	d.end = d.base + y.end;
	return same_code(a, c, b, d);
}

/* The local declarations, spelled out. */
static uint32_t locals_of(const struct module *m, uint32_t func, valtype *out, uint32_t room)
{
	struct err e = { 0 };
	struct cursor c = cursor_at(m, m->funcs[func].body, &e);
	uint32_t groups, n, total = 0;
	valtype t;

	for (read_u32(&c, &groups, ""); groups && read_u32(&c, &n, "") && read_valtype(&c, &t); groups--)
		while (n-- && total < room)
			out[total++] = t;
	return total;
}

static bool same_func(const struct module *a, const struct module *b, uint32_t i)
{
	static valtype x[100000], y[100000];
	struct err e = { 0 };
	struct cursor c, d;
	uint32_t n;

	if (!SAME(a->funcs[i].type == b->funcs[i].type) || !SAME(a->funcs[i].import == b->funcs[i].import))
		return false;
	if (a->funcs[i].import >= 0)
		return true;
	n = locals_of(a, i, x, 100000);
	return SAME(n == locals_of(b, i, y, 100000)) && SAME(!memcmp(x, y, n * sizeof *x))
		&& SAME(disasm_start(a, i, &c, &e)) && SAME(disasm_start(b, i, &d, &e)) && same_code(a, c, b, d);
}

static bool same_limits(struct limits x, struct limits y)
{
	return SAME(x.min == y.min) && SAME(x.has_max == y.has_max) && SAME(!x.has_max || x.max == y.max)
		&& SAME(x.is64 == y.is64) && SAME(x.shared == y.shared);
}

static bool same_spaces(const struct module *a, const struct module *b)
{
	bool ok = SAME(a->ntypes == b->ntypes) && SAME(a->nfuncs == b->nfuncs) && SAME(a->ntables == b->ntables)
		&& SAME(a->nmemories == b->nmemories) && SAME(a->nglobals == b->nglobals) && SAME(a->ntags == b->ntags);

	for (uint32_t i = 0; ok && i < a->ntypes; i++)
		ok = SAME(a->types[i] == b->types[i]);
	for (uint32_t i = 0; ok && i < a->nfuncs; i++)
		ok = same_func(a, b, i);
	for (uint32_t i = 0; ok && i < a->ntables; i++)
		ok = SAME(a->tables[i].type == b->tables[i].type) && same_limits(a->tables[i].limits, b->tables[i].limits)
			&& SAME(a->tables[i].has_init == b->tables[i].has_init)
			&& (!a->tables[i].has_init || same_const(a, a->tables[i].init, b, b->tables[i].init));
	for (uint32_t i = 0; ok && i < a->nmemories; i++)
		ok = same_limits(a->memories[i].limits, b->memories[i].limits)
			&& SAME(a->memories[i].page_log2 == b->memories[i].page_log2);
	for (uint32_t i = 0; ok && i < a->nglobals; i++)
		ok = SAME(a->globals[i].type == b->globals[i].type) && SAME(a->globals[i].mut == b->globals[i].mut)
			&& (a->globals[i].import >= 0 || same_const(a, a->globals[i].init, b, b->globals[i].init));
	for (uint32_t i = 0; ok && i < a->ntags; i++)
		ok = SAME(a->tags[i].type == b->tags[i].type);
	return ok;
}

static bool same_elem(const struct module *a, const struct elem_decl *x, const struct module *b,
	const struct elem_decl *y)
{
	bool ok = SAME(x->mode == y->mode) && SAME(x->count == y->count) && SAME(x->type == y->type)
		&& SAME(!x->funcs == !y->funcs);

	if (ok && x->mode == SEGMENT_ACTIVE)
		ok = SAME(x->table == y->table) && same_const(a, x->at, b, y->at);
	for (uint32_t i = 0; ok && i < x->count; i++)
		ok = x->funcs ? SAME(x->funcs[i] == y->funcs[i]) : same_const(a, x->exprs[i], b, y->exprs[i]);
	return ok;
}

static bool same_segments(const struct module *a, const struct module *b)
{
	bool ok = SAME(a->nelems == b->nelems) && SAME(a->ndatas == b->ndatas);

	for (uint32_t i = 0; ok && i < a->nelems; i++)
		ok = same_elem(a, &a->elems[i], b, &b->elems[i]);
	for (uint32_t i = 0; ok && i < a->ndatas; i++) {
		const struct data_decl *x = &a->datas[i], *y = &b->datas[i];

		ok = SAME(x->mode == y->mode) && SAME(x->size == y->size)
			&& SAME(!memcmp(a->bytes + x->start, b->bytes + y->start, x->size))
			&& (x->mode != SEGMENT_ACTIVE || (SAME(x->memory == y->memory) && same_const(a, x->at, b, y->at)));
	}
	return ok;
}

static bool is_kept(const struct module *m, uint32_t i)
{
	return i < m->ncustoms && !str_is(m->customs[i].name, "name")
		&& !(m->nhints && str_is(m->customs[i].name, "metadata.code.branch_hint"));
}

static bool same_customs(const struct module *a, const struct module *b)
{
	uint32_t j = 0;

	for (uint32_t i = 0; i < a->ncustoms; i++) {
		if (!is_kept(a, i))
			continue;
		while (j < b->ncustoms && !is_kept(b, j))
			j++;
		if (!SAME(j < b->ncustoms) || !SAME(str_eq(a->customs[i].name, b->customs[j].name))
				|| !SAME(a->customs[i].size == b->customs[j].size)
				|| !SAME(!memcmp(a->bytes + a->customs[i].start, b->bytes + b->customs[j].start,
					a->customs[i].size)))
			return false;
		j++;
	}
	return true;
}

static bool same_names(const struct module *a, const struct module *b)
{
	for (uint32_t i = 0; i < a->nfuncs; i++)
		if (name_of(a, NAME_FUNC, i).n && !SAME(str_eq(name_of(a, NAME_FUNC, i), name_of(b, NAME_FUNC, i))))
			return false;
	return true;
}

static bool same_module(const struct module *a, const struct module *b)
{
	bool ok = SAME(a->nimports == b->nimports) && SAME(a->nexports == b->nexports)
		&& SAME(a->has_start == b->has_start) && SAME(a->start == b->start) && SAME(a->nhints == b->nhints);

	for (uint32_t i = 0; ok && i < a->nimports; i++)
		ok = SAME(str_eq(a->imports[i].module, b->imports[i].module))
			&& SAME(str_eq(a->imports[i].name, b->imports[i].name))
			&& SAME(a->imports[i].kind == b->imports[i].kind);
	for (uint32_t i = 0; ok && i < a->nexports; i++)
		ok = SAME(str_eq(a->exports[i].name, b->exports[i].name))
			&& SAME(a->exports[i].kind == b->exports[i].kind) && SAME(a->exports[i].index == b->exports[i].index);
	for (uint32_t i = 0; ok && i < a->nhints; i++)
		ok = SAME(a->hints[i].func == b->hints[i].func) && SAME(a->hints[i].likely == b->hints[i].likely);
	return ok && same_spaces(a, b) && same_segments(a, b) && same_customs(a, b);
}

/* ---- round trips ----------------------------------------------------------------------------- */

static void complain(const char *what, const char *name, const struct err *e, const struct source *text)
{
	struct buf out = { 0 };

	if (e->code)
		err_print(e, text, &out);
	printf("# %s: %s %s\n", name, what, e->code ? buf_str(&out) : difference);
	buf_free(&out);
}

static struct module *encode(struct engine *en, const char *name, const struct buf *text)
{
	struct features f = features_all();
	struct err e = { 0 };
	struct buf binary = { 0 };
	struct module *m = NULL;
	struct source *s = source_copy(name, buf_str(text), text->size, &e), *b;

	if (s && wat_encode(s, &f, &binary, NULL, &e) && (b = source_copy(name, buf_str(&binary), binary.size, &e)))
		m = module_decode_take(en, b, &f, &e);
	if (!m || e.code)
		complain("what was printed is not read back:", name, &e, s);
	buf_free(&binary);
	source_free(s);
	return m;
}

static bool round_trip(struct engine *en, const struct module *m, const char *name, bool folded, bool names)
{
	struct wat_print_options o = wat_print_defaults();
	struct buf text = { 0 };
	struct err e = { 0 };
	struct module *back = NULL;
	bool ok;

	o.folded = folded;
	o.names = names;
	ok = wat_print(m, &o, &text, &e);
	if (!ok)
		complain("not printed:", name, &e, NULL);
	if (ok)
		back = encode(en, name, &text);
	ok = back && same_module(m, back) && (!names || same_names(m, back));
	if (back && !ok)
		complain(folded ? "differs, folded:" : "differs:", name, &e, NULL);
	module_free(back);
	buf_free(&text);
	return ok;
}

static bool dumps_work(const struct module *m, const char *name)
{
	struct buf out = { 0 };
	struct err e = { 0 };
	bool ok = dump_bytes(m, -1, &out, &e) && dump_sections(m, &out);

	for (uint32_t i = m->nimported_funcs; ok && i < m->nfuncs; i++) {
		buf_reset(&out);
		ok = disasm_func(m, i, true, &out, &e) && dump_cfg(m, i, &out, &e);
	}
	if (!ok)
		complain("not dumped:", name, &e, NULL);
	buf_free(&out);
	return ok;
}

static void try_binary(const char *name, const void *bytes, size_t size, struct tally *t)
{
	struct engine *en = engine_new();
	struct features f = features_all();
	struct err e = { 0 };
	struct source *s = source_copy(name, bytes, size, &e);
	struct module *m = s ? module_load_take(en, s, &f, &e) : NULL;

	t->modules++;
	if (m) {
		t->printed++;
		t->wrong += !(round_trip(en, m, name, false, true) && round_trip(en, m, name, true, true)
			&& round_trip(en, m, name, false, false) && dumps_work(m, name));
		module_free(m);
	}
	engine_free(en);
}

/* The end of the form that begins at P: strings, comments and brackets are all that matters. */
static const char *form_end(const char *p, const char *end)
{
	int depth = 0;

	while (p < end) {
		if (*p == '"') {
			for (p++; p < end && *p != '"'; p++)
				p += *p == '\\';
		} else if (p[0] == ';' && p[1] == ';') {
			while (p < end && *p != '\n')
				p++;
		} else if (p[0] == '(' && p[1] == ';') {
			int comments = 0;

			do {
				comments += (p[0] == '(' && p[1] == ';') - (p[0] == ';' && p[1] == ')');
				p++;
			} while (p < end && comments);
		} else if (*p == '(') {
			depth++;
		} else if (*p == ')' && --depth == 0) {
			return p + 1;
		}
		p++;
	}
	return end;
}

/* The modules written out as text among the forms of a script. */
static void try_script(const char *name, struct tally *t)
{
	struct features f = features_all();
	struct err e = { 0 };
	struct source *s = source_read(name, &e);
	const char *p = s ? s->bytes : "", *end = p + (s ? s->size : 0), *next;

	for (; p < end; p = next) {
		next = p + 1;
		if (p[0] == ';' && p[1] == ';') {
			while (next < end && *next != '\n')
				next++;
		} else if (*p == '(') {
			struct buf binary = { 0 };
			struct buf place = { 0 };
			struct err ignored = { 0 };

			next = form_end(p, end);
			buf_printf(&place, "%s at byte %zu", name, (size_t)(p - s->bytes));
			if (!strncmp(p, "(module", 7) && wat_encode_span(s, (uint64_t)(p - s->bytes),
					(uint64_t)(next - s->bytes), &f, NULL, &binary, NULL, &ignored))
				try_binary(buf_str(&place), buf_str(&binary), binary.size, t);
			buf_free(&binary);
			buf_free(&place);
		}
	}
	source_free(s);
}

static bool ends_in(const char *s, const char *end)
{
	size_t n = strlen(s), k = strlen(end);

	return n >= k && !strcmp(s + n - k, end);
}

static void try_file(const char *name, struct tally *t)
{
	struct err e = { 0 };

	if (ends_in(name, ".wast") || ends_in(name, ".wat")) {
		try_script(name, t);
	} else if (ends_in(name, ".wasm")) {
		struct source *s = source_read(name, &e);

		if (s)
			try_binary(name, s->bytes, s->size, t);
		source_free(s);
	}
}

/* Folders below one another, at most LEVELS deep. */
static void try_folder(const char *name, int levels, struct tally *t)
{
	DIR *dir = opendir(name);
	struct dirent *d;
	struct stat st;

	while (dir && (d = readdir(dir))) {
		struct buf path = { 0 };

		if (d->d_name[0] == '.')
			continue;
		buf_printf(&path, "%s/%s", name, d->d_name);
		if (stat(buf_str(&path), &st))
			st.st_mode = 0;
		if (S_ISREG(st.st_mode))
			try_file(buf_str(&path), t);
		else if (S_ISDIR(st.st_mode) && levels)
			try_folder(buf_str(&path), levels - 1, t);
		buf_free(&path);
	}
	if (dir)
		closedir(dir);
}

static void check_folder(const char *name, unsigned least)
{
	struct tally t = { 0 };

	try_folder(name, 3, &t);
	CHECK(t.wrong == 0 && t.printed >= least, "%u of %u modules below %s printed and read back, %u wrong",
		t.printed, t.modules, name, t.wrong);
}

/* ---- single functions ------------------------------------------------------------------------ */

static const char fac_text[] =
	"(module (func $fac (export \"fac\") (param $n i64) (result i64)\n"
	"  (if (result i64) (i64.eqz (local.get $n)) (then (i64.const 1))\n"
	"    (else (i64.mul (local.get $n) (call $fac (i64.sub (local.get $n) (i64.const 1))))))))";

static const char fac_folded[] =
	"(func $fac (;0;) (type 0) (param $n i64) (result i64)\n"
	"  (if (result i64) (i64.eqz (local.get $n))\n"
	"    (then (i64.const 1))\n"
	"    (else (i64.mul (local.get $n) (call $fac (i64.sub (local.get $n) (i64.const 1)))))\n"
	"  )\n"
	")\n";

static const char fac_flat[] =
	"(func $fac (;0;) (type 0) (param $n i64) (result i64)\n"
	"  local.get $n\n"
	"  i64.eqz\n"
	"  if (result i64)\n"
	"    i64.const 1\n"
	"  else\n"
	"    local.get $n\n"
	"    local.get $n\n"
	"    i64.const 1\n"
	"    i64.sub\n"
	"    call $fac\n"
	"    i64.mul\n"
	"  end\n"
	")\n";

static void check_places(const struct module *m, const char *text, const struct line_map *map)
{
	struct err e = { 0 };
	struct cursor c;
	struct instr in;
	unsigned found = 0, all = 0;

	CHECK(disasm_start(m, 0, &c, &e), "the body is found");
	while (cursor_left(&c) && instr_read(&c, &in, &e)) {
		const struct wat_place *at = line_map_find(map, in.offset);
		const char *p = text, *word = op_info[in.op].text;

		for (uint32_t line = 1; at && line < at->line; line++)
			p = strchr(p, '\n') + 1;
		all++;
		found += at && at->offset == in.offset
			&& (in.op == OP_END ? p[at->column - 1] == ')' || !strncmp(p + at->column - 1, "end", 3)
				: !strncmp(p + at->column - 1, word, strlen(word)));
	}
	CHECK(found == all && all == 13, "%u of %u instructions are at their places in the text", found, all);
}

static void check_func(const struct module *m, bool folded)
{
	struct wat_print_options o = wat_print_defaults();
	struct line_map map = { 0 };
	struct buf out = { 0 };
	struct err e = { 0 };

	o.folded = folded;
	CHECK(wat_print_func(m, 0, &o, &out, &map, &e), "one function is printed");
	if (!CHECK(!strcmp(buf_str(&out), folded ? fac_folded : fac_flat), "as expected, %s", folded ? "folded" : "flat"))
		printf("# %s\n", buf_str(&out));
	check_places(m, buf_str(&out), &map);
	line_map_free(&map);
	buf_free(&out);
}

static void check_instr(const struct module *m)
{
	struct err e = { 0 };
	struct buf out = { 0 };
	struct cursor c;
	struct instr in;

	disasm_start(m, 0, &c, &e);
	instr_read(&c, &in, &e);
	disasm_instr(m, 0, &in, &out);
	CHECK(!strcmp(buf_str(&out), "local.get 0        ;; push local 0 (n)"), "'%s'", buf_str(&out));
	CHECK(!disasm_at(m, 0, 4, &in, &e) && e.code == E_UNKNOWN_NAME, "a byte outside of the body is no instruction");
	buf_free(&out);
}

static void check_fac(void)
{
	struct engine *en = engine_new();
	struct buf text = { 0 };
	struct module *m;

	buf_puts(&text, fac_text);
	m = encode(en, "fac", &text);
	if (CHECK(m != NULL, "fac is read")) {
		check_func(m, false);
		check_func(m, true);
		check_instr(m);
	}
	module_free(m);
	engine_free(en);
	buf_free(&text);
}

static void check_explain(void)
{
	struct buf out = { 0 };
	unsigned wrong = 0;

	for (int op = 0; op < OP_COUNT; op++) {
		buf_reset(&out);
		wrong += !explain_op((enum op)op, &out) || !strstr(buf_str(&out), op_info[op].help);
	}
	CHECK(wrong == 0 && !explain_op(OP_NONE, &out), "every instruction is explained");
	buf_reset(&out);
	explain_signature(OP_I32_ADD, &out);
	buf_putc(&out, ' ');
	explain_encoding(OP_I32X4_ADD, &out);
	CHECK(!strcmp(buf_str(&out), "[i32 i32] -> [i32] fd ae 01"), "'%s'", buf_str(&out));
	buf_free(&out);
}

int main(void)
{
	const char *shared = getenv("SHARED");
	struct buf path = { 0 };

	check_explain();
	check_fac();
	check_folder("tests/wat/data", 3);
	for (int i = 0; shared && i < 4; i++) {
		static const char *const folders[] = { "bench", "programs", "wasi-testsuite", "testsuite" };
		struct stat st;

		buf_reset(&path);
		buf_printf(&path, "%s/%s", shared, folders[i]);
		if (!stat(buf_str(&path), &st))
			check_folder(buf_str(&path), 1);
	}
	buf_free(&path);
	return tap_done();
}
