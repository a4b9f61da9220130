/*
 * The type section: recursive groups are read with their members named GROUP_LOCAL + position, handed to the engine,
 * which gives canonical ids, and then each subtype is checked against its supertype (core specification 3.2.10).
 */
#include "engine/decode.h"

#include <string.h>

#include "engine/base/buf.h"
#include "engine/limits.h"

enum { FORM_FUNC = 0x60, FORM_STRUCT = 0x5f, FORM_ARRAY = 0x5e, FORM_SUB = 0x50, FORM_SUB_FINAL = 0x4f,
	FORM_REC = 0x4e };

static bool read_valtypes(struct cursor *c, struct arena *scratch, uint32_t limit, const char *what,
	uint32_t *n, const valtype **out)
{
	if (!read_count(c, n, limit, what))
		return false;
	valtype *types = arena_array(scratch, *n, sizeof *types);
	if (!types)
		return err_oom(c->e);
	for (uint32_t i = 0; i < *n; i++)
		if (!read_valtype(c, &types[i]))
			return false;
	*out = types;
	return true;
}

static bool read_func(struct cursor *c, struct arena *scratch, struct subtype_def *def)
{
	uint32_t offset = cursor_offset(c);

	if (!read_valtypes(c, scratch, MAX_PARAMS, "the number of parameters", &def->nparams, &def->params)
			|| !read_valtypes(c, scratch, MAX_RESULTS, "the number of results", &def->nresults,
				&def->results))
		return false;
	if (def->nresults > 1 && !c->lax && !features_has(c->m->features, FEATURE_MULTI_VALUE))
		return cursor_error(c, E_RESULT_ARITY, offset,
			"invalid result arity: a function with %u results, and the feature multi-value is off", def->nresults);
	return true;
}

static bool read_field(struct cursor *c, struct field_type *out)
{
	uint8_t mut;

	if (c->p < c->end && (*c->p == 0x78 || *c->p == 0x77))
		out->type = *c->p++ == 0x78 ? VT_I8 : VT_I16;
	else if (!read_valtype(c, &out->type))
		return false;
	uint32_t offset = cursor_offset(c);
	if (!read_byte(c, &mut, "the mutability of a field"))
		return false;
	out->mut = mut == 1;
	return mut <= 1 || cursor_error(c, E_MUTABILITY, offset, "malformed mutability 0x%02x", mut);
}

static bool read_fields(struct cursor *c, struct arena *scratch, struct subtype_def *def)
{
	def->nfields = 1;
	if (def->kind == TYPE_STRUCT && !read_count(c, &def->nfields, MAX_FIELDS, "the number of fields"))
		return false;
	struct field_type *fields = arena_array(scratch, def->nfields, sizeof *fields);
	if (!fields)
		return err_oom(c->e);
	for (uint32_t i = 0; i < def->nfields; i++)
		if (!read_field(c, &fields[i]))
			return false;
	def->fields = fields;
	return true;
}

static bool read_composite(struct cursor *c, struct arena *scratch, struct subtype_def *def)
{
	uint32_t offset = cursor_offset(c);
	uint8_t form;

	if (!read_byte(c, &form, "a type"))
		return false;
	switch (form) {
	case FORM_FUNC:
		def->kind = TYPE_FUNC;
		return read_func(c, scratch, def);
	case FORM_STRUCT: case FORM_ARRAY:
		def->kind = form == FORM_STRUCT ? TYPE_STRUCT : TYPE_ARRAY;
		return cursor_need(c, FEATURE_GC, offset, form == FORM_STRUCT ? "a struct type"
			: "an array type")
			&& read_fields(c, scratch, def);
	default:
		if (form >= 0x80)
			return cursor_error(c, E_LEB_LONG, offset,
				"integer representation too long: the form of a type is one byte, not 0x%02x…", form);
		return cursor_error(c, E_TYPE_FORM, offset, "malformed definition type: form 0x%02x", form);
	}
}

/* The supertype of the member at POSITION of the group: it must come before it. */
static bool read_super(struct cursor *c, uint32_t position, uint32_t *super)
{
	uint32_t offset = cursor_offset(c), n, index;

	if (!read_count(c, &n, UINT32_MAX, "the number of supertypes"))
		return false;
	for (uint32_t i = 0; i < n; i++)
		if (!read_u32(c, &index, "a supertype"))
			return false;
	if (n == 0)
		return true;
	if (n > 1)
		return cursor_error(c, E_SUB_TYPE, offset, "sub type with %u supertypes: one is the most", n);
	if (!read_type_id(c, index, offset, super))
		return false;
	if (*super != TYPE_NONE && *super >= GROUP_LOCAL && *super - GROUP_LOCAL >= position)
		return cursor_error(c, E_SUB_TYPE, offset,
			"sub type %u names type %u as its supertype, which does not come "
			"before it", c->m->ntypes + position, index);
	return true;
}

static bool read_subtype(struct cursor *c, struct arena *scratch, uint32_t position, struct subtype_def *def)
{
	uint32_t offset = cursor_offset(c);

	*def = (struct subtype_def){ .final = true, .super = TYPE_NONE };
	if (c->p < c->end && (*c->p == FORM_SUB || *c->p == FORM_SUB_FINAL)) {
		def->final = *c->p++ == FORM_SUB_FINAL;
		if (!cursor_need(c, FEATURE_GC, offset, "a subtype") || !read_super(c, position, &def->super))
			return false;
	}
	return read_composite(c, scratch, def);
}

static bool sub_error(struct decoder *d, uint32_t offset, uint32_t index, const struct deftype *t,
	const struct deftype *super)
{
	struct type_names names = { module_type_name, d->m };
	struct buf sub_text = { 0 }, super_text = { 0 };

	deftype_print(t, &names, &sub_text);
	deftype_print(super, &names, &super_text);
	cursor_error(&d->c, E_SUB_TYPE, offset, "sub type %u %.200s does not match its supertype %.200s",
		index, buf_str(&sub_text), buf_str(&super_text));
	buf_free(&sub_text);
	buf_free(&super_text);
	return false;
}

static bool check_subtype(struct decoder *d, uint32_t offset, uint32_t index)
{
	const struct engine *en = d->m->engine;
	const struct deftype *t = d->types.data[index];

	if (t->super == TYPE_NONE)
		return true;
	const struct deftype *super = engine_type(en, t->super);
	if (super->final)
		return cursor_error(&d->c, E_SUB_TYPE, offset,
			"sub type %u has a final type as its supertype", index);
	return deftype_fits(en, t, super) || sub_error(d, offset, index, t, super);
}

/* Name the group's types by their ids, then check what they were declared to be. */
static bool add_group(struct decoder *d, uint32_t offset, const struct subtype_def *defs, uint32_t n)
{
	uint32_t first, start = (uint32_t)d->types.count;

	if (!engine_add_group(d->m->engine, defs, n, &first, d->c.e)) {
		if (d->c.e->place.kind == PLACE_NONE)
			d->c.e->place = place_offset(offset);
		return false;
	}
	for (uint32_t i = 0; i < n; i++)
		if (!vec_push(&d->types, engine_type(d->m->engine, first + i)))
			return err_oom(d->c.e);
	d->m->types = d->types.data;
	d->m->ntypes = (uint32_t)d->types.count;
	for (uint32_t i = 0; i < n; i++)
		if (!check_subtype(d, offset, start + i))
			return false;
	return true;
}

static bool read_group(struct decoder *d, struct arena *scratch)
{
	struct cursor *c = &d->c;
	uint32_t offset = cursor_offset(c), n = 1;

	if (c->p < c->end && *c->p == FORM_REC) {
		c->p++;
		if (!cursor_need(c, FEATURE_GC, offset, "a recursive group")
				|| !read_count(c, &n, MAX_GROUP, "the number of types in a group"))
			return false;
	}
	if (n > MAX_TYPES - d->types.count)
		return cursor_error(c, E_LIMIT, offset, "more than %d types", MAX_TYPES);
	struct subtype_def *defs = arena_array(scratch, n, sizeof *defs);
	if (!defs)
		return err_oom(c->e);
	c->group = n;
	bool ok = true;
	for (uint32_t i = 0; ok && i < n; i++)
		ok = read_subtype(c, scratch, i, &defs[i]);
	c->group = 0;
	return ok && add_group(d, offset, defs, n);
}

bool decode_types(struct decoder *d)
{
	struct arena scratch = { 0 };
	uint32_t n;
	bool ok = read_count(&d->c, &n, MAX_TYPES, "the number of types");

	for (uint32_t i = 0; ok && i < n; i++)
		ok = read_group(d, &scratch);
	arena_free(&scratch);
	return ok;
}

bool read_func_type(struct decoder *d, uint32_t *index, const struct deftype **type)
{
	struct cursor *c = &d->c;
	uint32_t offset = cursor_offset(c), id;

	if (!read_u32(c, index, "a type index") || !read_type_id(c, *index, offset, &id))
		return false;
	*type = engine_type(d->m->engine, id);
	return (*type)->kind == TYPE_FUNC
		|| cursor_error(c, E_UNKNOWN_TYPE, offset, "unknown type: type %u is not a function type",
			*index);
}
