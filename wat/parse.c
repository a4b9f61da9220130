/*
 * The fields of a module (core specification 6.6), each written to its binary sections as it is read. Names and types
 * are known from scan.c by now.
 */
#include "wat/parse.h"

/* ---- what fields have in common --------------------------------------------------------------------------------- */

static const uint8_t extern_code[SPACE_COUNT] = {
	[SPACE_FUNC] = 0, [SPACE_TABLE] = 1, [SPACE_MEMORY] = 2, [SPACE_GLOBAL] = 3, [SPACE_TAG] = 4,
};

struct import_name {
	bool given;
	struct str module, name;
};

/* The entity that is being read. */
struct entity {
	enum space space;
	uint32_t keyword;       /* text position */
	uint32_t index;
	struct import_name import;
};

static bool export_add(struct parser *p, enum space space, uint32_t index, struct str name, uint32_t keyword)
{
	struct section_out *s = &p->sections[SECTION_EXPORT];

	s->count++;
	if (!map_here(p, s, keyword, true))
		return false;
	emit_str(&s->bytes, name);
	emit_u8(&s->bytes, extern_code[space]);
	emit_uleb(&s->bytes, index);
	return true;
}

static bool import_begin(struct parser *p, const struct entity *n)
{
	static const char *const words[SPACE_COUNT] = {
		[SPACE_FUNC] = "function", [SPACE_TABLE] = "table", [SPACE_MEMORY] = "memory", [SPACE_GLOBAL] = "global",
		[SPACE_TAG] = "tag",
	};
	struct section_out *s = &p->sections[SECTION_IMPORT];

	if (p->defined)
		return err_set(p->e, E_IMPORT_ORDER, place_text(n->keyword, 6),
			"import after %s definition: imports come first", words[__builtin_ctz(p->defined)]);
	s->count++;
	if (!map_here(p, s, n->keyword, true))
		return false;
	emit_str(&s->bytes, n->import.module);
	emit_str(&s->bytes, n->import.name);
	emit_u8(&s->bytes, extern_code[n->space]);
	return true;
}

static bool import_names(struct parser *p, struct import_name *out)
{
	out->given = true;
	return parse_name(p, &out->module) && parse_name(p, &out->name);
}

/* Identifier, @name and, unless IMPORTED, inline exports and import; behind the keyword. */
static bool entity_begin(struct parser *p, struct entity *n, bool imported)
{
	uint32_t ident;
	struct str name;
	bool yes;

	n->index = p->counts[n->space]++;
	if (!parse_id(p, &ident) || !annotation_at_id(p, n->space, n->index))
		return false;
	while (!imported) {
		if (!at_clause(p, W_export, &yes))
			return false;
		if (!yes)
			break;
		uint32_t keyword = p->next.start;
		if (!advance(p) || !advance(p) || !parse_name(p, &name) || !parse_rpar(p) ||
		    !export_add(p, n->space, n->index, name, keyword))
			return false;
	}
	if (!imported) {
		if (!at_clause(p, W_import, &yes))
			return false;
		if (yes && (!advance(p) || !advance(p) || !import_names(p, &n->import) || !parse_rpar(p)))
			return false;
	}
	if (!n->import.given)
		p->defined |= 1u << n->space;
	return !n->import.given || import_begin(p, n);
}

/* Start an entry of a section. */
static struct buf *entry_begin(struct parser *p, enum section_id id, uint32_t keyword)
{
	struct section_out *s = &p->sections[id];

	s->count++;
	return map_here(p, s, keyword, true) ? &s->bytes : NULL;
}

/* Append FROM's bytes and positions to TO. */
static bool section_append(struct parser *p, struct section_out *to, const struct section_out *from)
{
	uint32_t base = (uint32_t)to->bytes.size;

	for (size_t i = 0; i < from->pairs.count; i++) {
		struct text_pair pair = from->pairs.data[i];
		pair.offset += base;
		if (!vec_push(&to->pairs, pair))
			return err_oom(p->e);
	}
	emit_bytes(&to->bytes, from->bytes.data, from->bytes.size);
	return !from->bytes.failed || err_oom(p->e);
}

static void section_reset(struct section_out *s)
{
	buf_reset(&s->bytes);
	vec_clear(&s->pairs);
	s->count = 0;
}

/* ---- functions --------------------------------------------------------------------------------------------------- */

static bool local_add(struct parser *p, uint32_t ident, struct place at, uint32_t index)
{
	if (!ident)
		return true;
	struct ident *id = &p->idents.list.data[ident - 1];
	if (id->local_func == p->func)
		return err_set(p->e, E_DUPLICATE_ID, at, "duplicate local $%.*s: it already names local %u", STR_ARGS(id->name),
			id->local);
	id->local_func = p->func;
	id->local = index;
	emit_uleb(&p->fn_locals, index);
	emit_str(&p->fn_locals, id->name);
	p->fn_nlocals++;
	return true;
}

/* (local …)*, written as runs of equal types. */
static bool locals(struct parser *p, struct buf *b)
{
	uint32_t groups = 0;
	bool yes;

	vec_clear(&p->scratch);
	for (;;) {
		if (!at_clause(p, W_local, &yes))
			return false;
		if (!yes)
			break;
		vec_clear(&p->params);
		if (!advance(p) || !advance(p))
			return false;
		struct place at = place_of(&p->tok);
		if (!parse_typed_list(p, true))
			return false;
		for (size_t i = 0; i < p->params.count; i++)
			if (!local_add(p, p->params.data[i], at, p->nlocals++))
				return false;
	}
	const val *v = p->scratch.data;
	size_t n = p->scratch.count;
	for (size_t i = 0; i < n; i++)
		groups += i == 0 || v[i] != v[i - 1];
	emit_uleb(b, groups);
	for (size_t i = 0, end; i < n; i = end) {
		for (end = i; end < n && v[end] == v[i];)
			end++;
		emit_uleb(b, end - i);
		emit_val(b, v[i]);
	}
	return true;
}

/* Put the body's size before it, and its names into the name section. */
static bool body_finish(struct parser *p, size_t first_pair, size_t end)
{
	struct section_out *s = &p->sections[SECTION_CODE];
	size_t start = p->body, size = end - start;

	p->bytes.size = 0;
	emit_uleb(&p->bytes, size);
	size_t shift = p->bytes.size;
	if (s->bytes.failed || p->bytes.failed || !buf_reserve(&s->bytes, shift))
		return err_oom(p->e);
	memmove(s->bytes.data + start + shift, s->bytes.data + start, size);
	memcpy(s->bytes.data + start, p->bytes.data, shift);
	s->bytes.size += shift;
	for (size_t i = first_pair; i < s->pairs.count; i++)
		s->pairs.data[i].offset += (uint32_t)shift;
	if (p->fn_nlocals) {
		emit_uleb(&p->local_names, p->func - 1);
		emit_uleb(&p->local_names, p->fn_nlocals);
		emit_bytes(&p->local_names, p->fn_locals.data, p->fn_locals.size);
		p->local_name_funcs++;
	}
	if (p->fn_nlabels) {
		emit_uleb(&p->label_names, p->func - 1);
		emit_uleb(&p->label_names, p->fn_nlabels);
		emit_bytes(&p->label_names, p->fn_labels.data, p->fn_labels.size);
		p->label_name_funcs++;
	}
	return (!p->fn_locals.failed && !p->fn_labels.failed) || err_oom(p->e);
}

static bool function_body(struct parser *p, const struct entity *n, const struct type_use *use, struct place at)
{
	struct section_out *s = &p->sections[SECTION_CODE];
	size_t first_pair = s->pairs.count;

	p->func = n->index + 1;
	p->fn_nlocals = p->fn_nlabels = 0;
	buf_reset(&p->fn_locals);
	buf_reset(&p->fn_labels);
	for (uint32_t i = 0; i < p->params.count; i++)
		if (!local_add(p, p->params.data[i], at, i))
			return false;
	p->nlocals = use->nparams;
	p->body = s->bytes.size;
	bool ok = entry_begin(p, SECTION_CODE, n->keyword) && locals(p, &s->bytes) && parse_expr(p, s) &&
		body_finish(p, first_pair, s->bytes.size);
	p->func = 0;
	return ok;
}

static bool function(struct parser *p, struct entity *n, bool imported)
{
	struct place at;
	struct type_use use;
	struct buf *b;

	if (!entity_begin(p, n, imported))
		return false;
	at = place_of(&p->tok);
	if (!parse_type_use(p, true, &use) || !type_use_index(p, &use, at))
		return false;
	if (n->import.given) {
		emit_uleb(&p->sections[SECTION_IMPORT].bytes, use.index);
		return true;
	}
	if (!(b = entry_begin(p, SECTION_FUNC, n->keyword)))
		return false;
	emit_uleb(b, use.index);
	return function_body(p, n, &use, at);
}

/* ---- tables and memories ------------------------------------------------------------------------------------------ */

struct limits_text {
	uint64_t min, max;
	bool has_max, is64, shared, has_page;
	uint32_t page_log2;
};

static bool address_type(struct parser *p, bool *is64)
{
	*is64 = at_word(p, W_i64);
	return (!*is64 && !at_word(p, W_i32)) || advance(p);
}

/* As in the binary format, both limits may take 64 bits; the validator checks what a memory or table can have. */
static bool limits(struct parser *p, struct limits_text *l)
{
	if (!parse_u64(p, &l->min))
		return false;
	l->has_max = p->tok.kind == TK_NAT;
	return !l->has_max || parse_u64(p, &l->max);
}

static void emit_limits(struct buf *b, const struct limits_text *l)
{
	emit_u8(b, (uint8_t)(l->has_max | l->shared << 1 | l->is64 << 2 | l->has_page << 3));
	emit_uleb(b, l->min);
	if (l->has_max)
		emit_uleb(b, l->max);
	if (l->has_page)
		emit_uleb(b, l->page_log2);
}

/* (item expr) or one folded instruction, or a function's index; up to ")" into p->list. EXPRS: an expression each. */
static bool elem_items(struct parser *p, bool exprs)
{
	uint32_t index;
	bool item;

	section_reset(&p->list);
	for (; p->tok.kind != TK_RPAR; p->list.count++) {
		if (!exprs) {
			if (!parse_index(p, SPACE_FUNC, &index))
				return false;
			emit_uleb(&p->list.bytes, index);
			continue;
		}
		if (!at_clause(p, W_item, &item))
			return false;
		if (item && (!advance(p) || !advance(p) || !parse_expr(p, &p->list) || !parse_rpar(p)))
			return false;
		if (!item && !parse_folded_expr(p, &p->list))
			return false;
	}
	return true;
}

/* Make `ref.func` expressions of the indices in p->list: for tables whose type is not funcref. */
static bool elem_expressions(struct parser *p)
{
	struct section_out *s = &p->list;
	struct buf out = { 0 };
	size_t at = 0;

	while (at < s->bytes.size) {
		emit_op(&out, OP_REF_FUNC);
		do
			emit_u8(&out, (uint8_t)s->bytes.data[at]);
		while (s->bytes.data[at++] & 0x80);
		emit_op(&out, OP_END);
	}
	buf_free(&s->bytes);
	s->bytes = out;
	return !out.failed || err_oom(p->e);
}

/* "(elem …)" of a table: its type is known, its size follows. */
static bool table_elems(struct parser *p, const struct entity *n, val type, struct limits_text *l)
{
	struct section_out *s = &p->sections[SECTION_ELEM];
	uint32_t keyword;
	bool exprs, plain = type == 0x70;

	keyword = p->next.start;
	if (!parse_open(p, W_elem))
		return false;
	exprs = p->tok.kind == TK_LPAR;
	if (!elem_items(p, exprs))
		return false;
	if (!plain && !exprs) {
		if (!elem_expressions(p))
			return false;
		exprs = true;
	}
	l->min = l->max = p->list.count;
	l->has_max = true;
	p->counts[SPACE_ELEM]++;
	if (!entry_begin(p, SECTION_ELEM, keyword))
		return false;
	bool explicit = n->index != 0 || !plain;
	emit_u8(&s->bytes, (uint8_t)((exprs ? 4 : 0) | (explicit ? 2 : 0)));
	if (explicit)
		emit_uleb(&s->bytes, n->index);
	emit_op(&s->bytes, l->is64 ? OP_I64_CONST : OP_I32_CONST);
	emit_u8(&s->bytes, 0);
	emit_op(&s->bytes, OP_END);
	if (explicit && exprs)
		emit_val(&s->bytes, type);
	else if (explicit)
		emit_u8(&s->bytes, 0);
	emit_uleb(&s->bytes, p->list.count);
	return section_append(p, s, &p->list) && parse_rpar(p);
}

static bool table(struct parser *p, struct entity *n, bool imported)
{
	struct limits_text l = { 0 };
	struct section_out *s = &p->sections[SECTION_TABLE];
	struct buf *b = &p->sections[SECTION_IMPORT].bytes;
	bool elems;
	val type;

	if (!entity_begin(p, n, imported) || !address_type(p, &l.is64) || !parse_at_reftype(p, &elems))
		return false;
	if (elems && n->import.given)
		return parse_unexpected(p, "the table's size");
	if (elems && (!parse_reftype(p, &type) || !table_elems(p, n, type, &l)))
		return false;
	if (!elems && (!limits(p, &l) || !parse_reftype(p, &type)))
		return false;
	if (!n->import.given && !(b = entry_begin(p, SECTION_TABLE, n->keyword)))
		return false;
	bool init = !elems && !n->import.given && p->tok.kind != TK_RPAR;
	if (init) {
		emit_u8(b, 0x40);
		emit_u8(b, 0x00);
	}
	emit_val(b, type);
	emit_limits(b, &l);
	return !init || parse_expr(p, s);
}

static bool page_size(struct parser *p, struct limits_text *l)
{
	struct place at;
	uint64_t size;

	if (!at_clause(p, W_pagesize, &l->has_page) || !l->has_page)
		return p->e->code == E_NONE;
	if (!advance(p) || !advance(p))
		return false;
	at = place_of(&p->tok);
	if (!parse_u64(p, &size))
		return false;
	if (size == 0 || (size & (size - 1)) != 0)
		return err_set(p->e, E_PAGE_SIZE, at, "invalid custom page size: %llu is no power of two",
			(unsigned long long)size);
	l->page_log2 = (uint32_t)__builtin_ctzll(size);
	return parse_rpar(p);
}

/* "(data …)" of a memory, which tells its size. */
static bool memory_data(struct parser *p, const struct entity *n, struct limits_text *l)
{
	struct section_out *s = &p->sections[SECTION_DATA];
	uint32_t keyword = p->next.start;
	unsigned page = l->has_page ? l->page_log2 : 16;
	struct buf bytes = { 0 };

	if (!parse_open(p, W_data) || !entry_begin(p, SECTION_DATA, keyword))
		return false;
	bool ok = parse_strings(p, &bytes);
	l->min = l->max = page < 64 ? (bytes.size >> page) + ((bytes.size & (((uint64_t)1 << page) - 1)) != 0) : 0;
	l->has_max = true;
	p->counts[SPACE_DATA]++;
	emit_u8(&s->bytes, n->index ? 2 : 0);
	if (n->index)
		emit_uleb(&s->bytes, n->index);
	emit_op(&s->bytes, l->is64 ? OP_I64_CONST : OP_I32_CONST);
	emit_u8(&s->bytes, 0);
	emit_op(&s->bytes, OP_END);
	emit_str(&s->bytes, (struct str){ bytes.data, bytes.size });
	buf_free(&bytes);
	return ok && parse_rpar(p);
}

static bool memory(struct parser *p, struct entity *n, bool imported)
{
	struct limits_text l = { 0 };
	struct buf *b = &p->sections[SECTION_IMPORT].bytes;
	bool data;

	if (!entity_begin(p, n, imported) || !address_type(p, &l.is64))
		return false;
	if (p->tok.kind == TK_LPAR && !n->import.given) {
		if (!page_size(p, &l) || !at_clause(p, W_data, &data))
			return false;
		if (!data)
			return parse_unexpected(p, "the memory's size");
		if (!memory_data(p, n, &l))
			return false;
	} else {
		if (!limits(p, &l))
			return false;
		l.shared = at_word(p, W_shared);
		if ((l.shared && !advance(p)) || !page_size(p, &l))
			return false;
	}
	if (!n->import.given && !(b = entry_begin(p, SECTION_MEMORY, n->keyword)))
		return false;
	emit_limits(b, &l);
	return true;
}

/* ---- globals and tags ---------------------------------------------------------------------------------------------- */

static bool global(struct parser *p, struct entity *n, bool imported)
{
	struct section_out *s = &p->sections[SECTION_GLOBAL];
	struct buf *b = &p->sections[SECTION_IMPORT].bytes;
	bool mut;
	val type;

	if (!entity_begin(p, n, imported) || !at_clause(p, W_mut, &mut))
		return false;
	if ((mut && (!advance(p) || !advance(p))) || !parse_valtype(p, &type) || (mut && !parse_rpar(p)))
		return false;
	if (!n->import.given && !(b = entry_begin(p, SECTION_GLOBAL, n->keyword)))
		return false;
	emit_val(b, type);
	emit_u8(b, mut);
	return n->import.given || parse_expr(p, s);
}

static bool tag(struct parser *p, struct entity *n, bool imported)
{
	struct buf *b = &p->sections[SECTION_IMPORT].bytes;
	struct type_use use;

	if (!entity_begin(p, n, imported))
		return false;
	struct place at = place_of(&p->tok);
	if (!parse_type_use(p, true, &use) || !type_use_index(p, &use, at))
		return false;
	if (!n->import.given && !(b = entry_begin(p, SECTION_TAG, n->keyword)))
		return false;
	emit_u8(b, 0);
	emit_uleb(b, use.index);
	return true;
}

/* ---- entities by keyword -------------------------------------------------------------------------------------------- */

/* What is behind "(func" and the like, up to its ")". */
static bool entity(struct parser *p, struct entity *n, bool imported, bool *known)
{
	enum word w = p->tok.kind == TK_WORD ? p->tok.id : W_COUNT;
	bool (*read)(struct parser *, struct entity *, bool) = NULL;

	switch (w) {
	case W_func:   n->space = SPACE_FUNC; read = function; break;
	case W_table:  n->space = SPACE_TABLE; read = table; break;
	case W_memory: n->space = SPACE_MEMORY; read = memory; break;
	case W_global: n->space = SPACE_GLOBAL; read = global; break;
	case W_tag:    n->space = SPACE_TAG; read = tag; break;
	default: break;
	}
	*known = read != NULL;
	if (!read)
		return true;
	n->keyword = p->tok.start;
	return advance(p) && read(p, n, imported);
}

static bool import(struct parser *p)
{
	struct entity n = { 0 };
	bool known;

	if (!advance(p) || !import_names(p, &n.import) || !parse_lpar(p) || !entity(p, &n, true, &known))
		return false;
	if (!known)
		return parse_unexpected(p, "func, table, memory, global or tag");
	return parse_rpar(p);
}

static bool export(struct parser *p)
{
	uint32_t keyword = p->tok.start, index;
	enum space space = SPACE_TYPE;
	struct str name;

	if (!advance(p) || !parse_name(p, &name) || !parse_lpar(p))
		return false;
	switch (p->tok.kind == TK_WORD ? p->tok.id : W_COUNT) {
	case W_func:   space = SPACE_FUNC; break;
	case W_table:  space = SPACE_TABLE; break;
	case W_memory: space = SPACE_MEMORY; break;
	case W_global: space = SPACE_GLOBAL; break;
	case W_tag:    space = SPACE_TAG; break;
	default:       return parse_unexpected(p, "func, table, memory, global or tag");
	}
	return advance(p) && parse_index(p, space, &index) && parse_rpar(p) && export_add(p, space, index, name, keyword);
}

static bool start(struct parser *p)
{
	struct section_out *s = &p->sections[SECTION_START];
	struct place at = place_of(&p->tok);
	uint32_t index;

	if (p->has_start)
		return err_set(p->e, E_MULTIPLE_START, at, "multiple start sections: a module has one start function at most");
	p->has_start = true;
	if (!map_here(p, s, p->tok.start, true) || !advance(p) || !parse_index(p, SPACE_FUNC, &index))
		return false;
	emit_uleb(&s->bytes, index);
	return true;
}

/* ---- segments -------------------------------------------------------------------------------------------------------- */

/* "(offset expr)" or one folded instruction into p->offset; *active says whether there was one. */
static bool segment_offset(struct parser *p, bool *active)
{
	bool clause;

	section_reset(&p->offset);
	if (!at_clause(p, W_offset, &clause))
		return false;
	*active = clause || (p->tok.kind == TK_LPAR && p->next.kind == TK_OP);
	if (clause)
		return advance(p) && advance(p) && parse_expr(p, &p->offset) && parse_rpar(p);
	return !*active || parse_folded_expr(p, &p->offset);
}

/* (table x), (memory x), or as in older texts just x, in front of an offset. */
static bool segment_owner(struct parser *p, enum word w, enum space space, bool *given, uint32_t *index)
{
	*index = 0;
	if (parse_at_index(p)) {
		*given = true;
		return parse_index(p, space, index);
	}
	if (!at_clause(p, w, given))
		return false;
	return !*given || (advance(p) && advance(p) && parse_index(p, space, index) && parse_rpar(p));
}

static bool elem(struct parser *p)
{
	struct section_out *s = &p->sections[SECTION_ELEM];
	uint32_t keyword = p->tok.start, ident, owner, index = p->counts[SPACE_ELEM]++;
	bool owned, active, declared, exprs;
	val type = 0x70;

	if (!advance(p) || !parse_id(p, &ident) || !annotation_at_id(p, SPACE_ELEM, index))
		return false;
	declared = at_word(p, W_declare);
	if (declared && !advance(p))
		return false;
	owned = active = false;
	if (!declared && (!segment_owner(p, W_table, SPACE_TABLE, &owned, &owner) || !segment_offset(p, &active)))
		return false;
	if (owned && !active)
		return parse_unexpected(p, "(offset");
	if (!parse_at_reftype(p, &exprs))
		return false;
	if (exprs && !parse_reftype(p, &type))
		return false;
	if (!exprs && at_word(p, W_func)) {
		if (!advance(p))
			return false;
	} else if (!exprs && !active) {
		return parse_unexpected(p, "func or a reference type");
	}
	if (!elem_items(p, exprs) || !entry_begin(p, SECTION_ELEM, keyword))
		return false;
	bool explicit = !active || owner != 0 || (exprs && type != 0x70);
	uint8_t flags = (uint8_t)((exprs ? 4 : 0) | (active ? (explicit ? 2 : 0) : declared ? 3 : 1));
	emit_u8(&s->bytes, flags);
	if (active && explicit)
		emit_uleb(&s->bytes, owner);
	if (active && !section_append(p, s, &p->offset))
		return false;
	if (explicit && exprs)
		emit_val(&s->bytes, type);
	else if (explicit)
		emit_u8(&s->bytes, 0);
	emit_uleb(&s->bytes, p->list.count);
	return section_append(p, s, &p->list);
}

static bool data(struct parser *p)
{
	struct section_out *s = &p->sections[SECTION_DATA];
	uint32_t keyword = p->tok.start, ident, owner, index = p->counts[SPACE_DATA]++;
	bool owned, active;

	if (!advance(p) || !parse_id(p, &ident) || !annotation_at_id(p, SPACE_DATA, index))
		return false;
	if (!segment_owner(p, W_memory, SPACE_MEMORY, &owned, &owner) || !segment_offset(p, &active))
		return false;
	if (owned && !active)
		return parse_unexpected(p, "(offset");
	if (!entry_begin(p, SECTION_DATA, keyword))
		return false;
	emit_u8(&s->bytes, !active ? 1 : owner ? 2 : 0);
	if (active && owner)
		emit_uleb(&s->bytes, owner);
	if (active && !section_append(p, s, &p->offset))
		return false;
	buf_reset(&p->bytes);
	if (!parse_strings(p, &p->bytes))
		return false;
	emit_str(&s->bytes, (struct str){ p->bytes.data, p->bytes.size });
	return true;
}

/* ---- the module ------------------------------------------------------------------------------------------------------ */

/* Types have been read by scan.c. */
static bool skip_type(struct parser *p)
{
	p->peeked = false;
	lex_skip(&p->lx, 1);
	return lex_next(&p->lx, &p->tok);
}

static bool field(struct parser *p)
{
	struct entity n = { 0 };
	bool known, ok;

	if (!peek(p))
		return false;
	if (p->next.kind == TK_WORD && (p->next.id == W_type || p->next.id == W_rec))
		return skip_type(p);
	if (!advance(p) || !entity(p, &n, false, &known))
		return false;
	if (known)
		return parse_rpar(p);
	switch (p->tok.kind == TK_WORD ? p->tok.id : W_COUNT) {
	case W_import: ok = import(p); break;
	case W_export: ok = export(p); break;
	case W_start:  ok = start(p); break;
	case W_elem:   ok = elem(p); break;
	case W_data:   ok = data(p); break;
	default:       return parse_unexpected(p, "a module field such as func or memory");
	}
	return ok && parse_rpar(p);
}

/* "(module definition? $id?"; *wrapped says whether there was one. */
static bool header(struct parser *p, bool *wrapped)
{
	uint32_t ident;

	if (!at_clause(p, W_module, wrapped))
		return false;
	if (!*wrapped)
		return true;
	if (!advance(p) || !advance(p) || (at_word(p, W_definition) && !advance(p)) || !parse_id(p, &ident))
		return false;
	if (ident)
		p->module_name = p->idents.list.data[ident - 1].name;
	return true;
}

bool parse_module(struct parser *p)
{
	bool wrapped;

	if (!advance(p) || !header(p, &wrapped) || !annotations_at_field(p, true))
		return false;
	while (p->tok.kind == TK_LPAR)
		if (!parser_reach(p) || !field(p) || !annotations_at_field(p, false))
			return false;
	if (wrapped && !parse_rpar(p))
		return false;
	return (p->tok.kind == TK_EOF && p->tok.annotation == 0) || parse_unexpected(p, "the end of the text");
}
