/*
 * Types of the text format (core specification 6.4): value types, type definitions, and type uses, which name a type,
 * spell it out, or both. A spelled-out type means the first equal one; when there is none, one is added at the end.
 */
#include "wat/parse.h"

/* ---- value types --------------------------------------------------------------------------------------------- */

/* A val of an abstract heap type or number type is its code; of a reference to type N it is VAL_INDEXED | N. */

void emit_heap(struct buf *b, val v)
{
	if (v & VAL_INDEXED)
		emit_sleb(b, (uint32_t)v);
	else
		emit_u8(b, (uint8_t)v);
}

void emit_val(struct buf *b, val v)
{
	if (v & VAL_NON_NULL)
		emit_u8(b, 0x64);
	else if (v & VAL_INDEXED)
		emit_u8(b, 0x63);
	emit_heap(b, v);
}

bool parse_heaptype(struct parser *p, val *out)
{
	const struct word_info *w = &word_info[p->tok.kind == TK_WORD ? p->tok.id : W_module];

	if (w->class == WORD_HEAP || (w->class == WORD_FIELD && w->value)) {
		*out = w->value;
		return advance(p);
	}
	if (!parse_at_index(p))
		return parse_unexpected(p, "a heap type");
	uint32_t index;
	if (!parse_index(p, SPACE_TYPE, &index))
		return false;
	*out = VAL_INDEXED | index;
	return true;
}

/* "(ref null? ht)"; the current token is "(". */
static bool long_reftype(struct parser *p, val *out)
{
	bool nullable;

	if (!parse_open(p, W_ref))
		return false;
	nullable = at_word(p, W_null);
	if ((nullable && !advance(p)) || !parse_heaptype(p, out))
		return false;
	if (!nullable)
		*out |= VAL_NON_NULL;
	return parse_rpar(p);
}

bool parse_at_reftype(struct parser *p, bool *yes)
{
	*yes = p->tok.kind == TK_WORD && word_info[p->tok.id].class == WORD_REF;
	return *yes || at_clause(p, W_ref, yes);
}

bool parse_reftype(struct parser *p, val *out)
{
	bool yes;

	if (!parse_at_reftype(p, &yes))
		return false;
	if (!yes)
		return parse_unexpected(p, "a reference type");
	if (p->tok.kind == TK_LPAR)
		return long_reftype(p, out);
	*out = word_info[p->tok.id].value;
	return advance(p);
}

bool parse_valtype(struct parser *p, val *out)
{
	if (p->tok.kind == TK_WORD && word_info[p->tok.id].class == WORD_NUM) {
		*out = word_info[p->tok.id].value;
		return advance(p);
	}
	if (p->tok.kind != TK_LPAR && (p->tok.kind != TK_WORD || word_info[p->tok.id].class != WORD_REF))
		return parse_unexpected(p, "a value type");
	return parse_reftype(p, out);
}

/* ---- parameters and results ------------------------------------------------------------------------------------ */

/* What follows "(param" or "(result" or "(local" up to ")": types, or one identifier and a type. */
bool parse_typed_list(struct parser *p, bool ids)
{
	uint32_t id = 0;
	val v;

	if (ids && p->tok.kind == TK_ID) {
		if (!parse_id(p, &id) || !parse_valtype(p, &v))
			return false;
		if (!vec_push(&p->scratch, v) || !vec_push(&p->params, id))
			return err_oom(p->e);
		return parse_rpar(p);
	}
	while (p->tok.kind != TK_RPAR) {
		if (!parse_valtype(p, &v))
			return false;
		if (!vec_push(&p->scratch, v) || (ids && !vec_push(&p->params, 0)))
			return err_oom(p->e);
	}
	return advance(p);
}

bool parse_results(struct parser *p)
{
	bool yes;

	for (;;) {
		if (!at_clause(p, W_result, &yes))
			return false;
		if (!yes)
			return true;
		if (!advance(p) || !advance(p) || !parse_typed_list(p, false))
			return false;
	}
}

/* (param …)* (result …)* into p->scratch. IDS: parameters may have identifiers, p->params gets them. */
static bool signature(struct parser *p, bool ids, uint32_t *nparams, uint32_t *nresults)
{
	size_t start = p->scratch.count;
	bool yes;

	vec_clear(&p->params);
	for (;;) {
		if (!at_clause(p, W_param, &yes))
			return false;
		if (!yes)
			break;
		if (!advance(p) || !advance(p) || !parse_typed_list(p, ids))
			return false;
	}
	*nparams = (uint32_t)(p->scratch.count - start);
	if (!parse_results(p))
		return false;
	*nresults = (uint32_t)(p->scratch.count - start) - *nparams;
	if (!at_clause(p, W_param, &yes))
		return false;
	return !yes || (advance(p) && parse_unexpected(p, "parameters before results"));
}

/* ---- function types by value ------------------------------------------------------------------------------------ */

static uint32_t signature_hash(const val *v, uint32_t nparams, uint32_t nresults)
{
	uint64_t h = nparams * 31 + nresults;

	for (uint32_t i = 0; i < nparams + nresults; i++)
		h = (h ^ v[i]) * 0x9e3779b97f4a7c15u, h ^= h >> 29;
	return (uint32_t)(h >> 16);
}

static uint32_t *type_slot(struct parser *p, const val *v, uint32_t nparams, uint32_t nresults)
{
	size_t at = signature_hash(v, nparams, nresults) & (p->type_cap - 1);

	for (; p->type_slots[at]; at = (at + 1) & (p->type_cap - 1)) {
		const struct type_entry *t = &p->types.data[p->type_slots[at] - 1];
		if (t->nparams == nparams && t->nresults == nresults &&
		    (nparams + nresults == 0 || memcmp(p->vals.data + t->first, v, (nparams + nresults) * sizeof *v) == 0))
			break;
	}
	return &p->type_slots[at];
}

static bool type_slots_grow(struct parser *p)
{
	size_t cap = p->type_cap ? p->type_cap * 2 : 64;
	uint32_t *slots = calloc(cap, sizeof *slots), *old = p->type_slots;
	size_t old_cap = p->type_cap;

	if (!slots)
		return err_oom(p->e);
	p->type_slots = slots;
	p->type_cap = cap;
	for (size_t i = 0; i < old_cap; i++) {
		if (!old[i])
			continue;
		const struct type_entry *t = &p->types.data[old[i] - 1];
		*type_slot(p, p->vals.data + t->first, t->nparams, t->nresults) = old[i];
	}
	free(old);
	return true;
}

/* Make the plain function type at INDEX findable unless an equal one comes before it. */
static bool type_publish(struct parser *p, uint32_t index)
{
	const struct type_entry *t = &p->types.data[index];

	if (p->type_used * 2 >= p->type_cap && !type_slots_grow(p))
		return false;
	uint32_t *slot = type_slot(p, p->vals.data + t->first, t->nparams, t->nresults);
	if (*slot == 0) {
		*slot = index + 1;
		p->type_used++;
	}
	return true;
}

/* Append a function type's values from p->scratch; NULL: out of memory. */
static struct type_entry *type_add_func(struct parser *p, size_t start, uint32_t nparams, uint32_t nresults)
{
	struct type_entry t = { COMP_FUNC, false, (uint32_t)p->vals.count, nparams, nresults, 0, 0 };

	if (!vec_reserve(&p->vals, p->vals.count + nparams + nresults + 1) || !vec_push(&p->types, t)) {
		err_oom(p->e);
		return NULL;
	}
	if (nparams + nresults > 0)
		memcpy(p->vals.data + p->vals.count, p->scratch.data + start, (nparams + nresults) * sizeof(val));
	p->vals.count += nparams + nresults;
	return &vec_last(&p->types);
}

static void emit_func_type(struct parser *p, const struct type_entry *t)
{
	struct buf *b = &p->sections[SECTION_TYPE].bytes;
	const val *v = p->vals.data + t->first;

	emit_u8(b, 0x60);
	emit_uleb(b, t->nparams);
	for (uint32_t i = 0; i < t->nparams; i++)
		emit_val(b, v[i]);
	emit_uleb(b, t->nresults);
	for (uint32_t i = 0; i < t->nresults; i++)
		emit_val(b, v[t->nparams + i]);
}

/* ---- definitions ---------------------------------------------------------------------------------------------- */

static bool field_type(struct parser *p)
{
	struct buf *b = &p->sections[SECTION_TYPE].bytes;
	bool mut;
	val v;

	if (!at_clause(p, W_mut, &mut))
		return false;
	if (mut && (!advance(p) || !advance(p)))
		return false;
	if (p->tok.kind == TK_WORD && word_info[p->tok.id].class == WORD_PACKED) {
		v = word_info[p->tok.id].value;
		if (!advance(p))
			return false;
	} else if (!parse_valtype(p, &v)) {
		return false;
	}
	emit_val(b, v);
	emit_u8(b, mut);
	return !mut || parse_rpar(p);
}

static bool field_add(struct parser *p, struct type_entry *t, uint32_t id, struct place at)
{
	for (uint32_t i = 0; id && i < t->nfields; i++)
		if (p->fields.data[t->first_field + i] == id)
			return err_set(p->e, E_DUPLICATE_ID, at, "duplicate field $%.*s", STR_ARGS(p->idents.list.data[id - 1].name));
	t->nfields++;
	return vec_push(&p->fields, id) || err_oom(p->e);
}

/* One "(field …)" behind its keyword. */
static bool field_clause(struct parser *p, struct type_entry *t)
{
	struct place at = place_of(&p->tok);
	uint32_t id;

	if (!parse_id(p, &id))
		return false;
	if (id)
		return field_add(p, t, id, at) && field_type(p) && parse_rpar(p);
	while (p->tok.kind != TK_RPAR)
		if (!field_add(p, t, 0, at) || !field_type(p))
			return false;
	return advance(p);
}

static bool struct_type(struct parser *p, uint32_t index)
{
	struct type_entry t = { .kind = COMP_STRUCT, .first_field = (uint32_t)p->fields.count };
	struct buf *b = &p->sections[SECTION_TYPE].bytes;

	emit_u8(b, 0x5f);
	size_t start = b->size;
	while (p->tok.kind != TK_RPAR)
		if (!parse_open(p, W_field) || !field_clause(p, &t))
			return false;
	/* the count goes before the fields */
	size_t size = b->size - start;
	buf_reset(&p->bytes);
	if (size)
		emit_bytes(&p->bytes, b->data + start, size);
	b->size = start;
	emit_uleb(b, t.nfields);
	emit_bytes(b, p->bytes.data, size);
	p->types.data[index] = t;
	return !p->bytes.failed || err_oom(p->e);
}

/* "(func …)", "(struct …)" or "(array …)" as type INDEX, whose entry exists. */
static bool composite_type(struct parser *p, uint32_t index)
{
	uint32_t nparams, nresults;

	if (!parse_lpar(p))
		return false;
	if (at_word(p, W_struct))
		return advance(p) && struct_type(p, index) && parse_rpar(p);
	if (at_word(p, W_array)) {
		p->types.data[index].kind = COMP_ARRAY;
		emit_u8(&p->sections[SECTION_TYPE].bytes, 0x5e);
		return advance(p) && field_type(p) && parse_rpar(p);
	}
	if (!at_word(p, W_func))
		return parse_unexpected(p, "func, struct or array");
	vec_clear(&p->scratch);
	if (!advance(p) || !signature(p, true, &nparams, &nresults))
		return false;
	struct type_entry *t = type_add_func(p, 0, nparams, nresults);
	if (!t)
		return false;
	p->types.data[index] = *t;
	p->types.count--;
	emit_func_type(p, &p->types.data[index]);
	return parse_rpar(p);
}

/* "(sub final? $super* comptype)"; without sub, the type is final and has no supertype. */
static bool sub_type(struct parser *p, uint32_t index, bool *plain)
{
	struct buf *b = &p->sections[SECTION_TYPE].bytes;
	uint32_t super;
	bool sub, final;

	*plain = true;
	if (!at_clause(p, W_sub, &sub))
		return false;
	if (!sub)
		return composite_type(p, index);
	if (!advance(p) || !advance(p))
		return false;
	final = at_word(p, W_final);
	if (final && !advance(p))
		return false;
	*plain = final && !parse_at_index(p);
	if (!*plain) {
		emit_u8(b, final ? 0x4f : 0x50);
		vec_clear(&p->targets);
		while (parse_at_index(p))
			if (!parse_index(p, SPACE_TYPE, &super) || !(vec_push(&p->targets, super) || err_oom(p->e)))
				return false;
		emit_uleb(b, p->targets.count);
		for (size_t i = 0; i < p->targets.count; i++)
			emit_uleb(b, p->targets.data[i]);
	}
	return composite_type(p, index) && parse_rpar(p);
}

/* "type $id? subtype )" behind its parenthesis. */
static bool type_definition(struct parser *p, bool *plain)
{
	uint32_t index = (uint32_t)p->types.count, id;

	if (!parse_word(p, W_type) || !parse_id(p, &id) || !annotation_at_id(p, SPACE_TYPE, index))
		return false;
	if (!vec_push(&p->types, ((struct type_entry){ 0 })))
		return err_oom(p->e);
	return sub_type(p, index, plain) && parse_rpar(p);
}

static bool rec_group(struct parser *p)
{
	struct section_out *s = &p->sections[SECTION_TYPE];
	size_t start = s->bytes.size, pairs = s->pairs.count;
	uint32_t first = (uint32_t)p->types.count;
	bool plain = false;
	struct buf group = { 0 };

	if (!advance(p))
		return false;
	while (p->tok.kind == TK_LPAR) {
		if (!advance(p) || !map_here(p, s, p->tok.start, true) || !type_definition(p, &plain))
			return false;
	}
	uint32_t n = (uint32_t)p->types.count - first;
	emit_u8(&group, 0x4e);
	emit_uleb(&group, n);
	size_t header = group.size;
	if (s->bytes.size > start)
		emit_bytes(&group, s->bytes.data + start, s->bytes.size - start);
	s->bytes.size = start;
	emit_bytes(&s->bytes, group.data, group.size);
	bool failed = group.failed;
	buf_free(&group);
	for (size_t i = pairs; i < s->pairs.count; i++)
		s->pairs.data[i].offset += (uint32_t)header;
	if (n == 1 && plain && p->types.data[first].kind == COMP_FUNC) {
		p->types.data[first].plain = true;
		if (!type_publish(p, first))
			return false;
	}
	return failed ? err_oom(p->e) : parse_rpar(p);
}

bool parse_type_field(struct parser *p)
{
	struct section_out *s = &p->sections[SECTION_TYPE];
	uint32_t index = (uint32_t)p->types.count;
	bool plain;

	s->count++;
	if (!map_here(p, s, p->tok.start, true))
		return false;
	if (at_word(p, W_rec))
		return rec_group(p);
	if (!type_definition(p, &plain))
		return false;
	p->types.data[index].plain = plain;
	return !plain || p->types.data[index].kind != COMP_FUNC || type_publish(p, index);
}

/* ---- uses ------------------------------------------------------------------------------------------------------ */

bool parse_type_use(struct parser *p, bool bind, struct type_use *use)
{
	*use = (struct type_use){ 0 };
	vec_clear(&p->scratch);
	vec_clear(&p->params);
	if (p->tok.kind != TK_LPAR)
		return true;
	if (!at_clause(p, W_type, &use->has_index))
		return false;
	if (use->has_index && (!advance(p) || !advance(p) || !parse_index(p, SPACE_TYPE, &use->index) || !parse_rpar(p)))
		return false;
	return signature(p, bind, &use->inline_params, &use->inline_results);
}

static bool use_mismatch(struct parser *p, const struct type_use *use, struct place at)
{
	const struct type_entry *t = &p->types.data[use->index];

	if (t->kind != COMP_FUNC)
		return err_set(p->e, E_INLINE_TYPE, at, "inline function type does not match type %u, which is no function type",
			use->index);
	return err_set(p->e, E_INLINE_TYPE, at,
		"inline function type (%u parameters, %u results) does not match type %u (%u parameters, %u results)",
		use->inline_params, use->inline_results, use->index, t->nparams, t->nresults);
}

static bool use_check(struct parser *p, struct type_use *use, struct place at)
{
	uint32_t n = use->inline_params + use->inline_results;

	if (use->index >= p->types.count) {
		if (n == 0)
			return true;            /* the validator's business */
		return err_set(p->e, E_UNKNOWN_TYPE, at, "unknown type %u", use->index);
	}
	const struct type_entry *t = &p->types.data[use->index];
	if (n > 0 && (t->kind != COMP_FUNC || t->nparams != use->inline_params || t->nresults != use->inline_results ||
	    memcmp(p->vals.data + t->first, p->scratch.data, n * sizeof(val)) != 0))
		return use_mismatch(p, use, at);
	use->nparams = t->nparams;
	use->nresults = t->nresults;
	return true;
}

bool type_use_index(struct parser *p, struct type_use *use, struct place at)
{
	uint32_t nparams = use->inline_params, nresults = use->inline_results;

	if (use->has_index)
		return use_check(p, use, at);
	if (p->type_used * 2 >= p->type_cap && !type_slots_grow(p))
		return false;
	uint32_t found = *type_slot(p, p->scratch.data, nparams, nresults);
	if (!found) {
		struct type_entry *t = type_add_func(p, 0, nparams, nresults);
		if (!t)
			return false;
		t->plain = true;
		found = (uint32_t)p->types.count;
		if (!map_here(p, &p->sections[SECTION_TYPE], (uint32_t)at.start, true) || !type_publish(p, found - 1))
			return false;
		emit_func_type(p, t);
		p->sections[SECTION_TYPE].count++;
	}
	use->index = found - 1;
	use->nparams = nparams;
	use->nresults = nresults;
	return true;
}

bool parse_block_type(struct parser *p)
{
	struct place at = place_of(&p->tok);
	struct buf *b = &p->out->bytes;
	struct type_use use;

	if (p->tok.kind != TK_LPAR) {
		emit_u8(b, 0x40);
		return true;
	}
	if (!parse_type_use(p, false, &use))
		return false;
	if (!use.has_index && use.inline_params == 0 && use.inline_results <= 1) {
		if (use.inline_results == 0)
			emit_u8(b, 0x40);
		else
			emit_val(b, p->scratch.data[0]);
		return true;
	}
	if (!type_use_index(p, &use, at))
		return false;
	emit_sleb(b, use.index);
	return true;
}
