/* The text of one function in a module that declares what another one does; see splice_parts.h. */
#include "wat/splice_parts.h"

#include <stdlib.h>
#include <string.h>

#include "engine/base/source.h"
#include "wat/print_ctx.h"
#include "wat/wat.h"

/* ---- the text -------------------------------------------------------------------------------- */

static bool is_space(char c)
{
	return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

/* Behind blanks and comments from I on. */
static size_t skip_blanks(const char *t, size_t n, size_t i)
{
	while (i < n) {
		if (is_space(t[i])) {
			i++;
		} else if (i + 1 < n && t[i] == ';' && t[i + 1] == ';') {
			while (i < n && t[i] != '\n')
				i++;
		} else if (i + 1 < n && t[i] == '(' && t[i + 1] == ';') {
			unsigned depth = 0;
			do {
				bool opens = i + 1 < n && t[i] == '(' && t[i + 1] == ';', closes = i + 1 < n && t[i] == ';' && t[i + 1] == ')';
				depth += opens;
				depth -= closes;
				i += opens || closes ? 2 : 1;
			} while (depth && i < n);
		} else {
			break;
		}
	}
	return i;
}

static size_t skip_string(const char *t, size_t n, size_t i)
{
	for (i++; i < n && t[i] != '"'; i++)
		i += t[i] == '\\';
	return i < n ? i + 1 : n;
}

/* Behind the bracket that closes the one at I. */
size_t splice_skip_brackets(const char *t, size_t n, size_t i)
{
	unsigned depth = 0;

	while (i < n) {
		size_t next = skip_blanks(t, n, i);
		if (next > i) {
			i = next;
			continue;
		}
		if (t[i] == '"') {
			i = skip_string(t, n, i);
			continue;
		}
		depth += t[i] == '(';
		if (t[i++] == ')' && --depth == 0)
			break;
	}
	return i;
}

/* The identifier at I: "$name", "$\"a name\"", or nothing. */
static struct str identifier(const char *t, size_t n, size_t i)
{
	size_t end = i;

	if (i < n && t[i] == '$')
		for (end = i + 1; end < n && !is_space(t[end]) && !strchr("(),;[]{}\"", t[end]);)
			end++;
	if (end == i + 1 && end < n && t[end] == '"')
		end = skip_string(t, n, end);
	return (struct str){ t + i, end - i };
}

/* Whether identifier ID is another function's. One that nobody has may stand there. */
static bool names_other(const struct module *m, uint32_t func, struct str id)
{
	uint32_t index;
	bool several;

	return id.n > 1 && name_find(m, NAME_FUNC, (struct str){ id.p + 1, id.n - 1 }, &index, &several) && index != func && !several;
}

/* In COPY, the bytes of TEXT, the function's identifier becomes blanks: it is declared already. */
static bool take_name(struct printer *p, uint32_t func, const struct source *text, char *copy, struct err *e)
{
	size_t n = text->size, i = skip_blanks(text->bytes, n, 0);
	struct buf own = { 0 };

	if (i + 5 > n || memcmp(text->bytes + i, "(func", 5) != 0)
		return err_set(e, E_TOKEN, place_text(i, 1), "a function is written (func …)");
	i = skip_blanks(text->bytes, n, i + 5);
	struct str id = identifier(text->bytes, n, i);
	print_ref(p, NAME_FUNC, func, &own);
	bool ok = !names_other(p->m, func, id);
	if (!ok)
		err_set(e, E_USAGE, place_text(i, id.n), "this is %.*s: it cannot replace %s%s", STR_ARGS(id),
			own.data && own.data[0] == '$' ? "" : "#", buf_str(&own));
	buf_free(&own);
	memset(copy + i, ' ', id.n);
	return ok;
}

/* ---- the skeleton ---------------------------------------------------------------------------- */

static void begin_import(struct printer *p, const char *what, enum name_kind kind, uint32_t i)
{
	print_line(p, 1);
	buf_printf(p->out, "(import \"\" \"\" (%s", what);
	print_def(p, kind, i, p->out);
}

/* Everything that a body can name is imported, in order, so that all indices are M's. */
static void print_declarations(struct printer *p)
{
	const struct module *m = p->m;

	print_types(p);
	for (uint32_t i = 0; i < m->nfuncs; i++) {
		begin_import(p, "func", NAME_FUNC, i);
		print_type_use(p, m->funcs[i].type, m->funcs[i].type_index, p->out);
		buf_puts(p->out, "))");
	}
	for (uint32_t i = 0; i < m->ntables; i++) {
		begin_import(p, "table", NAME_TABLE, i);
		print_table_type(p, &m->tables[i]);
		buf_puts(p->out, "))");
	}
	for (uint32_t i = 0; i < m->nmemories; i++) {
		begin_import(p, "memory", NAME_MEMORY, i);
		print_memory_type(p, &m->memories[i]);
		buf_puts(p->out, "))");
	}
	for (uint32_t i = 0; i < m->nglobals; i++) {
		begin_import(p, "global", NAME_GLOBAL, i);
		print_global_type(p, &m->globals[i]);
		buf_puts(p->out, "))");
	}
	for (uint32_t i = 0; i < m->ntags; i++) {
		begin_import(p, "tag", NAME_TAG, i);
		print_type_use(p, m->tags[i].type, m->tags[i].type_index, p->out);
		buf_puts(p->out, "))");
	}
}

/* Segments without contents; and what ref.func may name. */
static void print_segments(struct printer *p)
{
	const struct module *m = p->m;

	for (uint32_t i = 0; i < m->nelems; i++) {
		print_line(p, 1);
		buf_puts(p->out, "(elem");
		print_def(p, NAME_ELEM, i, p->out);
		buf_putc(p->out, ' ');
		print_valtype(p, m->elems[i].type, p->out);
		buf_putc(p->out, ')');
	}
	for (uint32_t i = 0; i < m->ndatas; i++) {
		print_line(p, 1);
		buf_puts(p->out, "(data");
		print_def(p, NAME_DATA, i, p->out);
		buf_puts(p->out, " \"\")");
	}
	print_line(p, 1);
	buf_puts(p->out, "(elem declare func");
	for (uint32_t i = 0; i < m->nfuncs; i++)
		if (m->funcs[i].declared)
			buf_printf(p->out, " %u", i);
	buf_puts(p->out, ")\n");
}

/* The skeleton's text with COPY in it. */
static struct module *load_skeleton(struct splice *s, struct printer *p, const struct source *text, const char *copy)
{
	struct buf *b = p->out;
	struct module *k = NULL;

	buf_puts(b, "(module");
	print_declarations(p);
	print_segments(p);
	s->prefix = b->size;
	buf_put(b, copy, text->size);
	buf_puts(b, "\n)\n");
	if (b->failed || s->e->code)
		return err_oom(s->e), NULL;
	struct source *src = source_copy(text->name, buf_str(b), b->size, s->e);
	if (src)
		k = wat_load_take(s->m->engine, src, &s->m->features, s->e);
	if (src && !k) {
		err_move_places(s->e, s->prefix, text->size);
		err_file(s->e, text->name);
	}
	return k;
}

struct module *splice_skeleton(struct splice *s, const struct source *text)
{
	struct wat_print_options o = wat_print_defaults();
	char *copy = malloc(text->size + 1);
	struct buf b = { 0 };
	struct printer p;
	struct module *k = NULL;

	if (!copy)
		return err_oom(s->e), NULL;
	memcpy(copy, text->bytes, text->size);
	bool ok = printer_init(&p, s->m, &o, &b, s->e);
	if (ok && take_name(&p, s->func, text, copy, s->e))
		k = load_skeleton(s, &p, text, copy);
	printer_free(&p);
	free(copy);
	buf_free(&b);
	return k;
}

/* ---- what it may be -------------------------------------------------------------------------- */

static bool is_exported(const struct module *m, struct str name, uint32_t func)
{
	const struct export *x = module_export_kind(m, name, EXTERN_FUNC);

	return x && x->index == func;
}

static bool fail_type(const struct splice *s)
{
	struct buf want = { 0 }, got = { 0 };

	deftype_print(s->m->funcs[s->func].type, NULL, &want);
	deftype_print(s->k->funcs[s->last].type, NULL, &got);
	err_set(s->e, E_TYPE, place_none(), "the function's type must stay %s; the new one's is %s", buf_str(&want), buf_str(&got));
	buf_free(&want);
	buf_free(&got);
	return false;
}

bool splice_check(const struct splice *s)
{
	const struct module *m = s->m, *k = s->k;

	if (k->nimported_funcs != m->nfuncs || k->nfuncs != m->nfuncs + 1 || k->ntables != m->ntables ||
	    k->nmemories != m->nmemories || k->nglobals != m->nglobals || k->ntags != m->ntags || k->ndatas != m->ndatas ||
	    k->nelems != m->nelems + 1 || k->has_start)
		return err_set(s->e, E_USAGE, place_none(), "one function is swapped, nothing else: no imports, no other fields");
	for (uint32_t i = 0; i < k->nexports; i++)
		if (!is_exported(m, k->exports[i].name, s->func))
			return err_set(s->e, E_USAGE, place_none(), "exports stay as they are: \"%.*s\" is none of this function's",
				STR_ARGS(k->exports[i].name));
	for (uint32_t i = 0; i < m->ntypes; i++)
		if (i >= k->ntypes || k->types[i] != m->types[i])
			return err_set(s->e, E_INTERNAL, place_none(), "type %u of the skeleton is not the module's", i);
	return k->funcs[s->last].type == m->funcs[s->func].type || fail_type(s);
}
