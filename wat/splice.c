/* A module with one function changed; see splice.h. */
#include "wat/splice.h"

#include <stdlib.h>

#include "engine/base/leb128.h"
#include "engine/base/source.h"
#include "engine/replace.h"
#include "wat/print_ctx.h"
#include "wat/wat.h"

enum { SECTION_CUSTOM, SECTION_TYPE, SECTION_CODE = 10, SECTION_DATA_COUNT = 12 };
enum { NAMES_LOCAL = 2, NAMES_LABEL = 3 };      /* subsections of the name section, by function */

/* What is under way: M's function FUNC becomes the last one of K, the skeleton with the text. */
struct splice {
	const struct module *m, *k;
	uint32_t func, last;
	size_t prefix;                  /* bytes of the skeleton before the text */
	struct buf out;
	struct err *e;
};

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
static size_t skip_brackets(const char *t, size_t n, size_t i)
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

/* Places behind the prefix are in the text that was given. */
static void move_places(struct err *e, size_t prefix, const char *name)
{
	if (e->place.kind == PLACE_TEXT && e->place.start >= prefix)
		e->place.start -= prefix;
	else
		e->place = place_none();
	for (int i = 0; i < e->nnotes; i++)
		if (e->notes[i].place.kind == PLACE_TEXT && e->notes[i].place.start >= prefix)
			e->notes[i].place.start -= prefix;
		else
			e->notes[i].place = place_none();
	e->evidence[0] = '\0';
	err_file(e, name);
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
	if (src && !k)
		move_places(s->e, s->prefix, text->name);
	return k;
}

static struct module *skeleton(struct splice *s, const struct source *text)
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

static bool check_skeleton(const struct splice *s)
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

/* ---- sections -------------------------------------------------------------------------------- */

static void put_section(struct buf *out, uint8_t id, const struct buf *contents)
{
	buf_u8(out, id);
	buf_uleb(out, contents->size);
	buf_put(out, buf_str(contents), contents->size);
}

static void put_code(struct splice *s)
{
	const struct module *m = s->m;
	struct buf code = { 0 };

	buf_uleb(&code, m->nfuncs - m->nimported_funcs);
	for (uint32_t i = m->nimported_funcs; i < m->nfuncs; i++) {
		const struct module *from = i == s->func ? s->k : m;
		const struct func_decl *f = &from->funcs[i == s->func ? s->last : i];
		buf_uleb(&code, f->body_size);
		buf_put(&code, from->bytes + f->body, f->body_size);
	}
	put_section(&s->out, SECTION_CODE, &code);
	s->out.failed |= code.failed;
	buf_free(&code);
}

/* A body that names data segments needs it. */
static void put_data_count(struct splice *s)
{
	struct buf b = { 0 };

	if (s->m->has_data_count || !s->k->has_data_count)
		return;
	buf_uleb(&b, s->m->ndatas);
	put_section(&s->out, SECTION_DATA_COUNT, &b);
	buf_free(&b);
}

/* Lists by function, as the name section and branch hints have them: entries of a number and a list of items. */
typedef bool skip_item(const uint8_t **p, const uint8_t *end);

static bool skip_u32(const uint8_t **p, const uint8_t *end, uint32_t *v)
{
	return leb_u32(p, end, v) == LEB_OK;
}

/* index, name */
static bool skip_name(const uint8_t **p, const uint8_t *end)
{
	uint32_t index, n;

	if (!skip_u32(p, end, &index) || !skip_u32(p, end, &n) || n > (size_t)(end - *p))
		return false;
	*p += n;
	return true;
}

/* offset, a size that is 1, the byte */
static bool skip_hint(const uint8_t **p, const uint8_t *end)
{
	return skip_name(p, end);
}

struct by_func {
	const uint8_t *p, *end;
	uint32_t left;
	skip_item *skip;
};

static bool list_begin(struct by_func *l, const uint8_t *p, const uint8_t *end, skip_item *skip)
{
	*l = (struct by_func){ p, end, 0, skip };
	return skip_u32(&l->p, end, &l->left);
}

/* The next entry: its function, and the bytes of its list. */
static bool list_next(struct by_func *l, uint32_t *func, struct str *list)
{
	uint32_t n;

	if (!l->left || !skip_u32(&l->p, l->end, func))
		return false;
	const uint8_t *start = l->p;
	if (!skip_u32(&l->p, l->end, &n))
		return false;
	while (n--)
		if (!l->skip(&l->p, l->end))
			return false;
	l->left--;
	*list = (struct str){ (const char *)start, (size_t)(l->p - start) };
	return true;
}

/* The list of function FUNC; empty: it has none. */
static struct str list_of(const uint8_t *p, const uint8_t *end, skip_item *skip, uint32_t func)
{
	struct by_func l;
	struct str list;
	uint32_t of;

	if (p && list_begin(&l, p, end, skip))
		while (list_next(&l, &of, &list))
			if (of == func)
				return list;
	return (struct str){ NULL, 0 };
}

static void put_entry(struct buf *out, uint32_t *count, uint32_t func, struct str list)
{
	buf_uleb(out, func);
	buf_put(out, list.p, list.n);
	++*count;
}

/* M's lists [p, end) with OWN for the function. False: they cannot be read. */
static bool put_lists(const struct splice *s, const uint8_t *p, const uint8_t *end, skip_item *skip, struct str own,
	struct buf *out)
{
	struct buf entries = { 0 };
	struct by_func l = { 0 };
	uint32_t count = 0, of;
	struct str list;
	bool put = !own.n, ok = !p || list_begin(&l, p, end, skip);

	while (ok && list_next(&l, &of, &list)) {
		if (!put && of >= s->func) {
			put_entry(&entries, &count, s->func, own);
			put = true;
		}
		if (of != s->func)
			put_entry(&entries, &count, of, list);
	}
	if (!put)
		put_entry(&entries, &count, s->func, own);
	ok = ok && !l.left;
	if (ok && count) {
		buf_uleb(out, count);
		buf_put(out, buf_str(&entries), entries.size);
	}
	buf_free(&entries);
	return ok;
}

static const struct custom *find_custom(const struct module *m, const char *name)
{
	for (uint32_t i = m->ncustoms; i-- > 0;)
		if (str_is(m->customs[i].name, name))
			return &m->customs[i];
	return NULL;
}

/* The contents of subsection ID of M's name section. */
static bool subsection(const struct module *m, uint8_t id, const uint8_t **p, const uint8_t **end)
{
	const struct custom *c = find_custom(m, "name");
	const uint8_t *at = c ? m->bytes + c->start : NULL, *stop = c ? at + c->size : NULL;
	uint32_t size;

	while (at < stop) {
		uint8_t is = *at++;
		if (!skip_u32(&at, stop, &size) || size > (size_t)(stop - at))
			return false;
		if (is == id) {
			*p = at;
			*end = at + size;
			return true;
		}
		at += size;
	}
	return false;
}

static void put_names_of(const struct splice *s, uint8_t id, struct buf *out)
{
	const uint8_t *p = NULL, *end = NULL, *kp = NULL, *kend = NULL;
	struct buf lists = { 0 };

	subsection(s->m, id, &p, &end);
	subsection(s->k, id, &kp, &kend);
	if (put_lists(s, p, end, skip_name, list_of(kp, kend, skip_name, s->last), &lists) && lists.size)
		put_section(out, id, &lists);
	out->failed |= lists.failed;
	buf_free(&lists);
}

/* The name section, with local names and labels of the new body. */
static void put_names(struct splice *s)
{
	const struct custom *c = find_custom(s->m, "name");
	const uint8_t *at = c ? s->m->bytes + c->start : NULL, *stop = c ? at + c->size : NULL;
	struct buf b = { 0 };
	uint8_t next = NAMES_LOCAL;
	uint32_t size;

	buf_uleb(&b, 4);
	buf_puts(&b, "name");
	while (at < stop) {
		uint8_t id = *at++;
		if (!skip_u32(&at, stop, &size) || size > (size_t)(stop - at))
			break;
		for (; next <= NAMES_LABEL && next <= id; next++)
			put_names_of(s, next, &b);
		if (id != NAMES_LOCAL && id != NAMES_LABEL) {
			buf_u8(&b, id);
			buf_uleb(&b, size);
			buf_put(&b, at, size);
		}
		at += size;
	}
	for (; next <= NAMES_LABEL; next++)
		put_names_of(s, next, &b);
	if (b.size > 5)
		put_section(&s->out, SECTION_CUSTOM, &b);
	s->out.failed |= b.failed;
	buf_free(&b);
}

static void put_hints(struct splice *s, const struct custom *c)
{
	const struct custom *own = find_custom(s->k, "metadata.code.branch_hint");
	const uint8_t *p = s->m->bytes + c->start, *kp = own ? s->k->bytes + own->start : NULL;
	struct buf b = { 0 };

	buf_uleb(&b, c->name.n);
	buf_put(&b, c->name.p, c->name.n);
	size_t head = b.size;
	if (put_lists(s, p, p + c->size, skip_hint, list_of(kp, own ? kp + own->size : NULL, skip_hint, s->last), &b) &&
	    b.size > head)
		put_section(&s->out, SECTION_CUSTOM, &b);
	s->out.failed |= b.failed;
	buf_free(&b);
}

/* Sections that name places in the code section. */
static bool names_places(struct str name)
{
	return str_starts(name, ".debug_") || str_starts(name, "reloc.") || str_is(name, "sourceMappingURL") ||
		str_is(name, "external_debug_info");
}

static void put_custom(struct splice *s, const struct section *x)
{
	const struct module *m = s->m;
	const struct custom *c = NULL;

	for (uint32_t i = 0; i < m->ncustoms; i++)
		if (m->customs[i].start >= x->start && m->customs[i].start + m->customs[i].size == x->start + x->size)
			c = &m->customs[i];
	if (!c || str_is(c->name, "name") || names_places(c->name))
		return;
	if (str_is(c->name, "metadata.code.branch_hint")) {
		put_hints(s, c);
		return;
	}
	buf_u8(&s->out, SECTION_CUSTOM);
	buf_uleb(&s->out, x->size);
	buf_put(&s->out, m->bytes + x->start, x->size);
}

static const struct section *find_section(const struct module *m, uint8_t id)
{
	for (uint32_t i = 0; i < m->nsections; i++)
		if (m->sections[i].id == id)
			return &m->sections[i];
	return NULL;
}

/* All of M, with what is new; the names come last, where tools put them. */
static void put_module(struct splice *s)
{
	const struct module *m = s->m;
	enum { HEADER = 8 };

	buf_put(&s->out, m->bytes, HEADER);
	for (uint32_t i = 0; i < m->nsections; i++) {
		const struct section *x = &m->sections[i];
		const struct module *from = x->id == SECTION_TYPE && s->k->ntypes > m->ntypes ? s->k : m;
		if (from == s->k)
			x = find_section(s->k, SECTION_TYPE);
		if (x->id == SECTION_CODE) {
			put_data_count(s);
			put_code(s);
		} else if (x->id == SECTION_CUSTOM) {
			put_custom(s, x);
		} else {
			buf_u8(&s->out, x->id);
			buf_uleb(&s->out, x->size);
			buf_put(&s->out, from->bytes + x->start, x->size);
		}
	}
	put_names(s);
}

/* ---- the new module -------------------------------------------------------------------------- */

static void free_text(struct module *m)
{
	text_map_free(m->text_map);
	source_free(m->text);
}

/* The body's places in TEXT. */
static struct text_map *map_of(const struct splice *s, const struct module *n, const struct source *text)
{
	const struct func_decl *from = &s->k->funcs[s->last], *to = &n->funcs[s->func];
	struct text_map *map = calloc(1, sizeof *map);

	if (!map)
		return NULL;
	map->source = text;
	for (size_t i = 0; i < s->k->text_map->pairs.count; i++) {
		struct text_pair pair = s->k->text_map->pairs.data[i];
		uint32_t at = pair.text & ~TEXT_PAIR_FIELD;
		if (pair.offset < from->body || pair.offset - from->body >= from->body_size || at < s->prefix)
			continue;
		pair.offset += to->body - from->body;
		pair.text = (at - (uint32_t)s->prefix) | (pair.text & TEXT_PAIR_FIELD);
		if (!vec_push(&map->pairs, pair)) {
			text_map_free(map);
			return NULL;
		}
	}
	return map;
}

static struct module *load_new(struct splice *s, const struct source *text)
{
	struct module *n = NULL;

	put_module(s);
	struct source *src = s->out.failed ? NULL : source_copy(s->m->source->name, buf_str(&s->out), s->out.size, s->e);
	if (s->out.failed)
		err_oom(s->e);
	if (src)
		n = module_load_take(s->m->engine, src, &s->m->features, s->e);
	if (n && !(n->text_map = map_of(s, n, text))) {
		module_free(n);
		n = NULL;
		err_oom(s->e);
	}
	return n;
}

struct module *wat_splice_take(const struct module *m, uint32_t func, struct source *text, struct err *e)
{
	struct splice s = { .m = m, .func = func, .last = m->nfuncs, .e = e };
	struct module *k = skeleton(&s, text), *n = NULL;

	s.k = k;
	if (k && check_skeleton(&s))
		n = load_new(&s, text);
	module_free(k);
	buf_free(&s.out);
	if (!n) {
		if (e->place.kind == PLACE_TEXT)
			err_file(e, text->name);
		source_free(text);
		return NULL;
	}
	n->text = text;
	n->free_text = free_text;
	n->base = module_base(m);
	n->number = m->number;
	return n;
}

bool wat_func_text(const struct module *m, uint32_t func, struct buf *out, struct err *e)
{
	struct wat_print_options o = wat_print_defaults();
	const struct func_decl *f = &m->funcs[func];
	struct place at;

	/* where names are said by annotations, the text's identifiers are not the module's names */
	if (!m->text || !m->text_map || f->import >= 0 || memmem(m->text->bytes, m->text->size, "(@name", 6) ||
	    !text_map_find(m->text_map, f->body, &at))
		return wat_print_func(m, func, &o, out, NULL, e);
	const char *t = m->text->bytes;
	size_t start = at.start;
	while (start > 0 && t[start] != '(')
		start--;
	buf_put(out, t + start, skip_brackets(t, m->text->size, start) - start);
	buf_putc(out, '\n');
	return true;
}
