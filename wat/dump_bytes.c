/*
 * Annotated bytes: offset, bytes and what they mean, for one body or for the module from its first byte to its last.
 *
 *     00000025  20 00                    local.get 0
 *
 * Sections that were decoded to entries are shown entry by entry; what follows their last one, and whatever could not
 * be read, as plain bytes.
 */
#include "wat/print_ctx.h"

#include "wat/disasm.h"

enum { A_LINE = 8, PLAIN_A_LINE = 16 };

struct dump {
	const struct module *m;
	struct buf *out;
	struct err *e;
	uint32_t at;            /* next byte to be shown */
	struct buf words;       /* what it means */
	struct type_names names;
};

/* ---- lines ----------------------------------------------------------------------------------- */

static void line(struct dump *d, uint32_t start, uint32_t n, const char *words)
{
	buf_printf(d->out, "%08x  ", start);
	for (uint32_t i = 0; i < n; i++)
		buf_printf(d->out, "%02x ", d->m->bytes[start + i]);
	if (words[0]) {
		buf_fill(d->out, ' ', 3 * (A_LINE - n) + 1);
		buf_puts(d->out, words);
	} else if (d->out->data && d->out->size) {
		buf_truncate(d->out, d->out->size - 1);
	}
	buf_putc(d->out, '\n');
}

/* The bytes up to END with the words collected so far, which stand on the first line. */
static void show(struct dump *d, uint32_t end)
{
	bool first = true;

	if (end > d->m->size)
		end = d->m->size;
	while (d->at < end) {
		uint32_t n = end - d->at < A_LINE ? end - d->at : A_LINE;

		line(d, d->at, n, first ? buf_str(&d->words) : "");
		d->at += n;
		first = false;
	}
	buf_reset(&d->words);
}

static void show_plain(struct dump *d, uint32_t end)
{
	if (end > d->m->size)
		end = d->m->size;
	while (d->at < end) {
		uint32_t n = end - d->at < PLAIN_A_LINE ? end - d->at : PLAIN_A_LINE;
		const uint8_t *p = d->m->bytes + d->at;

		buf_printf(d->out, "%08x  ", d->at);
		for (uint32_t i = 0; i < n; i++)
			buf_printf(d->out, "%02x ", p[i]);
		buf_fill(d->out, ' ', 3 * (PLAIN_A_LINE - n) + 1);
		for (uint32_t i = 0; i < n; i++)
			buf_putc(d->out, p[i] >= 0x20 && p[i] < 0x7f ? (char)p[i] : '.');
		buf_putc(d->out, '\n');
		d->at += n;
	}
	buf_reset(&d->words);
}

static struct cursor cursor_here(struct dump *d, uint32_t end)
{
	struct cursor c = cursor_at(d->m, d->at, d->e);

	c.lax = true;
	if (end < d->m->size)
		c.end = c.base + end;
	return c;
}

/* ---- bodies ---------------------------------------------------------------------------------- */

static bool show_locals(struct dump *d, struct cursor *c)
{
	uint32_t groups, n;
	valtype t;

	if (!read_count(c, &groups, UINT32_MAX, "the number of local declarations"))
		return false;
	buf_printf(&d->words, "%u local declaration%s", groups, groups == 1 ? "" : "s");
	show(d, cursor_offset(c));
	for (uint32_t i = 0; i < groups; i++) {
		if (!read_u32(c, &n, "a number of locals") || !read_valtype(c, &t))
			return false;
		buf_printf(&d->words, "%u × ", n);
		valtype_print(t, &d->names, &d->words);
		show(d, cursor_offset(c));
	}
	return true;
}

static bool show_instrs(struct dump *d, struct cursor *c)
{
	uint32_t depth = 0;
	struct instr in;

	while (cursor_left(c)) {
		bool inner;

		if (!instr_read(c, &in, d->e))
			return false;
		inner = in.op == OP_ELSE || in.op == OP_CATCH || in.op == OP_CATCH_ALL;
		depth -= depth && (in.op == OP_END || in.op == OP_DELEGATE);
		buf_fill(&d->words, ' ', 2 * (depth - (inner && depth) < 16 ? depth - (inner && depth) : 16));
		if (!disasm_text(d->m, &in, &d->words))
			return err_oom(d->e);
		show(d, in.end);
		depth += op_opens(in.op);
	}
	return true;
}

static bool show_body(struct dump *d, uint32_t func)
{
	const struct func_decl *f = &d->m->funcs[func];
	struct cursor c;
	bool ok;

	buf_printf(&d->words, "function %u", func);
	if (name_of(d->m, NAME_FUNC, func).n) {
		buf_puts(&d->words, " ");
		print_id_text(&d->words, name_of(d->m, NAME_FUNC, func));
	}
	buf_printf(&d->words, ": a body of %u bytes", f->body_size);
	if (d->at < f->body)
		show(d, f->body);
	else
		buf_reset(&d->words);
	c = cursor_here(d, f->body + f->body_size);
	ok = show_locals(d, &c) && show_instrs(d, &c);
	if (!ok)
		show_plain(d, f->body + f->body_size);
	return ok;
}

/* ---- entries --------------------------------------------------------------------------------- */

static bool skip_field(struct cursor *c)
{
	uint8_t b;
	valtype t;

	if (cursor_left(c) && (*c->p == 0x78 || *c->p == 0x77))
		c->p++;
	else if (!read_valtype(c, &t))
		return false;
	return read_byte(c, &b, "a mutability");
}

static bool skip_valtypes(struct cursor *c)
{
	uint32_t n;
	valtype t;

	if (!read_count(c, &n, UINT32_MAX, "a number of types"))
		return false;
	while (n--)
		if (!read_valtype(c, &t))
			return false;
	return true;
}

static bool skip_subtype(struct cursor *c)
{
	uint32_t n, index;
	uint8_t form;

	if (!read_byte(c, &form, "a type"))
		return false;
	if (form == 0x50 || form == 0x4f) {
		if (!read_count(c, &n, UINT32_MAX, "a number of types"))
			return false;
		while (n--)
			if (!read_u32(c, &index, "a type index"))
				return false;
		if (!read_byte(c, &form, "a type"))
			return false;
	}
	if (form == 0x60)
		return skip_valtypes(c) && skip_valtypes(c);
	if (form == 0x5e)
		return skip_field(c);
	if (form != 0x5f || !read_count(c, &n, UINT32_MAX, "a number of fields"))
		return false;
	while (n--)
		if (!skip_field(c))
			return false;
	return true;
}

static bool show_types(struct dump *d, uint32_t end)
{
	struct cursor c = cursor_here(d, end);
	uint32_t index = 0, n;

	while (cursor_left(&c) && index < d->m->ntypes) {
		n = 1;
		if (*c.p == 0x4e) {
			c.p++;
			if (!read_count(&c, &n, UINT32_MAX, "the number of types in a group"))
				return false;
			buf_printf(&d->words, "a recursive group of %u", n);
			show(d, cursor_offset(&c));
		}
		for (; n && index < d->m->ntypes; n--, index++) {
			if (!skip_subtype(&c))
				return false;
			buf_printf(&d->words, "type %u: ", index);
			deftype_print(d->m->types[index], &d->names, &d->words);
			show(d, cursor_offset(&c));
		}
	}
	return true;
}

static bool show_funcs(struct dump *d, uint32_t end)
{
	struct cursor c = cursor_here(d, end);
	uint32_t type;

	for (uint32_t i = d->m->nimported_funcs; i < d->m->nfuncs && cursor_left(&c); i++) {
		if (!read_u32(&c, &type, "a type index"))
			return false;
		buf_printf(&d->words, "function %u: type %u", i, type);
		show(d, cursor_offset(&c));
	}
	return true;
}

/* Where entry I of a section begins and what it is; false: there is no such entry. */
typedef bool entry_at(const struct dump *d, uint32_t i, uint32_t *offset, struct buf *words);

static bool import_at(const struct dump *d, uint32_t i, uint32_t *offset, struct buf *words)
{
	if (i >= d->m->nimports)
		return false;
	*offset = d->m->imports[i].offset;
	buf_printf(words, "import %s %u: ", extern_kind_name(d->m->imports[i].kind), d->m->imports[i].index);
	print_string(words, d->m->imports[i].module.p, d->m->imports[i].module.n, true);
	buf_putc(words, ' ');
	print_string(words, d->m->imports[i].name.p, d->m->imports[i].name.n, true);
	return true;
}

static bool export_at(const struct dump *d, uint32_t i, uint32_t *offset, struct buf *words)
{
	if (i >= d->m->nexports)
		return false;
	*offset = d->m->exports[i].offset;
	buf_puts(words, "export ");
	print_string(words, d->m->exports[i].name.p, d->m->exports[i].name.n, true);
	buf_printf(words, " of %s %u", extern_kind_name(d->m->exports[i].kind), d->m->exports[i].index);
	return true;
}

static bool table_at(const struct dump *d, uint32_t i, uint32_t *offset, struct buf *words)
{
	i += d->m->nimported_tables;
	if (i >= d->m->ntables)
		return false;
	*offset = d->m->tables[i].offset;
	buf_printf(words, "table %u:", i);
	print_limits(&d->m->tables[i].limits, words);
	buf_putc(words, ' ');
	valtype_print(d->m->tables[i].type, &d->names, words);
	return true;
}

static bool memory_at(const struct dump *d, uint32_t i, uint32_t *offset, struct buf *words)
{
	i += d->m->nimported_memories;
	if (i >= d->m->nmemories)
		return false;
	*offset = d->m->memories[i].offset;
	buf_printf(words, "memory %u:", i);
	print_limits(&d->m->memories[i].limits, words);
	buf_puts(words, d->m->memories[i].page_log2 == 16 ? " (pages)" : " (pages of its own size)");
	return true;
}

static bool tag_at(const struct dump *d, uint32_t i, uint32_t *offset, struct buf *words)
{
	i += d->m->nimported_tags;
	if (i >= d->m->ntags)
		return false;
	*offset = d->m->tags[i].offset;
	buf_printf(words, "tag %u: type %u", i, d->m->tags[i].type_index);
	return true;
}

static bool global_at(const struct dump *d, uint32_t i, uint32_t *offset, struct buf *words)
{
	i += d->m->nimported_globals;
	if (i >= d->m->nglobals)
		return false;
	*offset = d->m->globals[i].offset;
	buf_printf(words, "global %u: %s", i, d->m->globals[i].mut ? "mut " : "");
	valtype_print(d->m->globals[i].type, &d->names, words);
	return true;
}

static bool elem_at(const struct dump *d, uint32_t i, uint32_t *offset, struct buf *words)
{
	if (i >= d->m->nelems)
		return false;
	*offset = d->m->elems[i].offset;
	buf_printf(words, "element segment %u: %u of ", i, d->m->elems[i].count);
	valtype_print(d->m->elems[i].type, &d->names, words);
	return true;
}

static bool data_at(const struct dump *d, uint32_t i, uint32_t *offset, struct buf *words)
{
	if (i >= d->m->ndatas)
		return false;
	*offset = d->m->datas[i].offset;
	buf_printf(words, "data segment %u: %u bytes", i, d->m->datas[i].size);
	return true;
}

static entry_at *const entries[] = {
	[2] = import_at, [4] = table_at, [5] = memory_at, [6] = global_at, [7] = export_at, [9] = elem_at,
	[11] = data_at, [13] = tag_at,
};

static void show_entries(struct dump *d, entry_at *at, uint32_t end)
{
	struct buf words = { 0 };
	uint32_t offset, next;
	bool more = at(d, 0, &offset, &words);

	for (uint32_t i = 0; more; i++) {
		buf_put(&d->words, buf_str(&words), words.size);
		buf_reset(&words);
		more = at(d, i + 1, &next, &words);
		if (at == data_at) {
			show(d, d->m->datas[i].start);
			show_plain(d, d->m->datas[i].start + d->m->datas[i].size);
		} else {
			show(d, more ? next : end);
		}
	}
	buf_free(&words);
}

/* ---- sections -------------------------------------------------------------------------------- */

static bool show_code(struct dump *d)
{
	for (uint32_t i = d->m->nimported_funcs; i < d->m->nfuncs && d->m->funcs[i].body; i++)
		if (!show_body(d, i))
			return false;
	return true;
}

static bool show_contents(struct dump *d, const struct section *s)
{
	uint32_t end = s->start + s->size, count;
	struct cursor c = cursor_here(d, end);
	struct str name;

	if (s->id == 0) {
		if (!read_name(&c, &name, "a section name"))
			return false;
		print_string(&d->words, name.p, name.n, true);
		show(d, cursor_offset(&c));
		return true;
	}
	if (!read_u32(&c, &count, "a count"))
		return false;
	buf_printf(&d->words, s->id == 8 ? "function %u" : "%u entr%s", count, count == 1 ? "y" : "ies");
	show(d, cursor_offset(&c));
	if (s->id == 1)
		return show_types(d, end);
	if (s->id == 3)
		return show_funcs(d, end);
	if (s->id == 10)
		return show_code(d);
	if (s->id < sizeof entries / sizeof *entries && entries[s->id])
		show_entries(d, entries[s->id], end);
	return true;
}

static bool show_module(struct dump *d)
{
	bool ok = true;

	buf_puts(&d->words, "magic \"\\0asm\"");
	show(d, 4);
	buf_puts(&d->words, "version 1");
	show(d, 8);
	for (uint32_t i = 0; i < d->m->nsections && ok; i++) {
		const struct section *s = &d->m->sections[i];

		buf_printf(&d->words, "section %u, %s: %u bytes", s->id, module_section_name(s->id), s->size);
		show(d, s->start);
		ok = show_contents(d, s);
		show_plain(d, s->start + s->size);
	}
	show_plain(d, d->m->size);
	return ok;
}

bool dump_bytes(const struct module *m, int64_t func, struct buf *out, struct err *e)
{
	struct dump d = { .m = m, .out = out, .e = e, .names = { module_type_name, (void *)(uintptr_t)m } };
	bool ok;

	if (func >= (int64_t)m->nfuncs)
		return err_set(e, E_UNKNOWN_NAME, place_none(), "no function %lld: the module has %u", (long long)func,
			m->nfuncs);
	if (func >= 0 && m->funcs[func].import >= 0)
		return err_set(e, E_UNSUPPORTED, place_none(), "function %lld is imported: it has no bytes here",
			(long long)func);
	if (func >= 0)
		d.at = m->funcs[func].body;
	ok = func >= 0 ? show_body(&d, (uint32_t)func) : show_module(&d);
	buf_free(&d.words);
	return ok && (!out->failed || err_oom(e));
}
