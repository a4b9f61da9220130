/*
 * Canonical types and their relations; see types.h.
 *
 * Types live in chunks that never move, so a reader that holds an id needs no lock:
 *
 *     chunk 0: 64 types   chunk 1: 128   chunk 2: 256 …   chunk k: 64 << k
 *
 * Groups are found through an open-addressing table keyed by a hash of their definitions in local form (members of
 * the group named by GROUP_LOCAL + position). A stored group is compared by turning its ids back into that form.
 */
#include "engine/types.h"

#include <assert.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "engine/base/arena.h"
#include "engine/base/buf.h"
#include "engine/base/err.h"
#include "engine/base/progress.h"
#include "engine/limits.h"

enum { CHUNK_FIRST = 64, CHUNKS = 17, MAX_ENGINE_TYPES = GROUP_LOCAL };

struct group_entry {
	uint64_t hash;
	uint32_t first, size;   /* size 0: free */
};

struct engine {
	pthread_mutex_t lock;
	struct arena arena;             /* parameter lists, fields, displays */
	struct deftype *chunks[CHUNKS];
	uint32_t count;
	struct group_entry *groups;
	uint32_t ngroups, groups_cap;   /* cap: a power of two, or 0 */
	struct progress progress;
};

struct progress *engine_progress(struct engine *en)
{
	return &en->progress;
}

struct engine *engine_new(void)
{
	struct engine *en = calloc(1, sizeof *en);

	if (en && pthread_mutex_init(&en->lock, NULL) != 0) {
		free(en);
		return NULL;
	}
	return en;
}

void engine_free(struct engine *en)
{
	if (!en)
		return;
	for (int i = 0; i < CHUNKS; i++)
		free(en->chunks[i]);
	free(en->groups);
	arena_free(&en->arena);
	pthread_mutex_destroy(&en->lock);
	free(en);
}

uint32_t engine_type_count(const struct engine *en)
{
	return __atomic_load_n(&en->count, __ATOMIC_ACQUIRE);
}

static unsigned chunk_of(uint32_t id, uint32_t *index)
{
	uint32_t n = id + CHUNK_FIRST;
	unsigned k = 25u - (unsigned)__builtin_clz(n);

	*index = n - ((uint32_t)CHUNK_FIRST << k);
	return k;
}

static struct deftype *type_at(const struct engine *en, uint32_t id)
{
	uint32_t index;
	unsigned k = chunk_of(id, &index);

	return &en->chunks[k][index];
}

const struct deftype *engine_type(const struct engine *en, uint32_t id)
{
	return type_at(en, id);
}

/* ---- canonical groups -------------------------------------------------------------------------------------- */

static uint64_t mix(uint64_t h, uint64_t v)
{
	h = (h ^ v) * 0x9e3779b97f4a7c15u;
	return h ^ h >> 29;
}

static uint64_t group_hash(const struct subtype_def *defs, uint32_t n)
{
	uint64_t h = n;

	for (uint32_t i = 0; i < n; i++) {
		const struct subtype_def *d = &defs[i];
		h = mix(h, d->kind | (uint64_t)d->final << 8 | (uint64_t)d->super << 16);
		h = mix(h, d->nparams | (uint64_t)d->nresults << 32);
		for (uint32_t j = 0; j < d->nparams; j++)
			h = mix(h, d->params[j]);
		for (uint32_t j = 0; j < d->nresults; j++)
			h = mix(h, d->results[j]);
		h = mix(h, d->nfields);
		for (uint32_t j = 0; j < d->nfields; j++)
			h = mix(h, d->fields[j].type | (uint64_t)d->fields[j].mut << 32);
	}
	return h;
}

/* A stored id as the definition of a member of the group [first, first + n) would name it. */
static uint32_t local_id(uint32_t id, uint32_t first, uint32_t n)
{
	return id != TYPE_NONE && id - first < n ? (uint32_t)GROUP_LOCAL + (id - first) : id;
}

static valtype local_type(valtype t, uint32_t first, uint32_t n)
{
	if (!vt_is_ref(t) || !heap_is_id(vt_heap(t)))
		return t;
	return vt_ref(HEAP_TYPES + local_id(heap_id(vt_heap(t)), first, n), vt_nullable(t));
}

static bool types_match(const valtype *stored, const valtype *defs, uint32_t count, uint32_t first,
	uint32_t n)
{
	for (uint32_t i = 0; i < count; i++)
		if (local_type(stored[i], first, n) != defs[i])
			return false;
	return true;
}

static bool def_matches(const struct deftype *t, const struct subtype_def *d, uint32_t first, uint32_t n)
{
	if (t->kind != d->kind || t->final != d->final || local_id(t->super, first, n) != d->super)
		return false;
	if (t->nparams != d->nparams || t->nresults != d->nresults || t->nfields != d->nfields)
		return false;
	for (uint32_t i = 0; i < d->nfields; i++)
		if (t->fields[i].mut != d->fields[i].mut
				|| local_type(t->fields[i].type, first, n) != d->fields[i].type)
			return false;
	return types_match(t->params, d->params, d->nparams, first, n)
		&& types_match(t->results, d->results, d->nresults, first, n);
}

static bool group_matches(const struct engine *en, uint32_t first, const struct subtype_def *defs, uint32_t n)
{
	for (uint32_t i = 0; i < n; i++)
		if (!def_matches(type_at(en, first + i), &defs[i], first, n))
			return false;
	return true;
}

static bool group_find(const struct engine *en, uint64_t hash, const struct subtype_def *defs, uint32_t n,
	uint32_t *first)
{
	if (!en->groups_cap)
		return false;
	for (uint32_t i = (uint32_t)hash & (en->groups_cap - 1);; i = (i + 1) & (en->groups_cap - 1)) {
		const struct group_entry *g = &en->groups[i];
		if (!g->size)
			return false;
		if (g->hash == hash && g->size == n && group_matches(en, g->first, defs, n)) {
			*first = g->first;
			return true;
		}
	}
}

static void groups_put(struct group_entry *groups, uint32_t cap, struct group_entry g)
{
	uint32_t i = (uint32_t)g.hash & (cap - 1);

	while (groups[i].size)
		i = (i + 1) & (cap - 1);
	groups[i] = g;
}

static bool groups_grow(struct engine *en)
{
	if ((uint64_t)en->ngroups * 4 < (uint64_t)en->groups_cap * 3)
		return true;
	uint32_t cap = en->groups_cap ? en->groups_cap * 2 : 64;
	struct group_entry *grown = calloc(cap, sizeof *grown);
	if (!grown)
		return false;
	for (uint32_t i = 0; i < en->groups_cap; i++)
		if (en->groups[i].size)
			groups_put(grown, cap, en->groups[i]);
	free(en->groups);
	en->groups = grown;
	en->groups_cap = cap;
	return true;
}

static bool chunks_reserve(struct engine *en, uint32_t count)
{
	uint32_t index;
	unsigned last = chunk_of(count - 1, &index);

	for (unsigned k = 0; k <= last; k++) {
		if (en->chunks[k])
			continue;
		en->chunks[k] = calloc((size_t)CHUNK_FIRST << k, sizeof *en->chunks[k]);
		if (!en->chunks[k])
			return false;
	}
	return true;
}

/* ---- adding a group ---------------------------------------------------------------------------------------- */

static uint32_t global_id(uint32_t id, uint32_t first)
{
	return id != TYPE_NONE && id >= GROUP_LOCAL ? first + (id - GROUP_LOCAL) : id;
}

static valtype global_type(valtype t, uint32_t first)
{
	if (!vt_is_ref(t) || !heap_is_id(vt_heap(t)))
		return t;
	return vt_ref(HEAP_TYPES + global_id(heap_id(vt_heap(t)), first), vt_nullable(t));
}

static const valtype *copy_types(struct engine *en, const valtype *from, uint32_t n, uint32_t first,
	uint32_t *slots)
{
	valtype *to = arena_array(&en->arena, n, sizeof *to);

	for (uint32_t i = 0; to && i < n; i++) {
		to[i] = global_type(from[i], first);
		*slots += vt_slots(to[i]);
	}
	return to;
}

static const struct field_type *copy_fields(struct engine *en, const struct field_type *from, uint32_t n,
	uint32_t first)
{
	struct field_type *to = arena_array(&en->arena, n, sizeof *to);

	for (uint32_t i = 0; to && i < n; i++)
		to[i] = (struct field_type){ global_type(from[i].type, first), from[i].mut };
	return to;
}

static bool type_set_display(struct engine *en, struct deftype *t, struct err *e)
{
	const struct deftype *super = t->super == TYPE_NONE ? NULL : type_at(en, t->super);

	t->depth = super ? super->depth + 1 : 0;
	if (t->depth > MAX_SUBTYPE_DEPTH)
		return err_set(e, E_LIMIT, place_none(), "a type has more than %d supertypes above it",
			MAX_SUBTYPE_DEPTH);
	uint32_t *display = arena_array(&en->arena, t->depth + 1, sizeof *display);
	if (!display)
		return err_oom(e);
	if (super)
		memcpy(display, super->display, t->depth * sizeof *display);
	display[t->depth] = t->id;
	t->display = display;
	return true;
}

static bool type_fill(struct engine *en, struct deftype *t, uint32_t id, const struct subtype_def *d,
	uint32_t first, uint32_t n, struct err *e)
{
	*t = (struct deftype){
		.id = id, .kind = d->kind, .final = d->final, .super = global_id(d->super, first),
			.group = first,
		.group_size = n, .nparams = d->nparams, .nresults = d->nresults, .nfields = d->nfields,
	};
	assert(t->super == TYPE_NONE || t->super < id);
	t->params = copy_types(en, d->params, d->nparams, first, &t->param_slots);
	t->results = copy_types(en, d->results, d->nresults, first, &t->result_slots);
	t->fields = copy_fields(en, d->fields, d->nfields, first);
	if (!t->params || !t->results || !t->fields)
		return err_oom(e);
	return type_set_display(en, t, e);
}

static bool group_add(struct engine *en, uint64_t hash, const struct subtype_def *defs, uint32_t n,
	uint32_t *first, struct err *e)
{
	if (n > MAX_ENGINE_TYPES - en->count)
		return err_set(e, E_LIMIT, place_none(),
			"more than %d different types in all modules together",
			MAX_ENGINE_TYPES);
	if (!groups_grow(en) || !chunks_reserve(en, en->count + n))
		return err_oom(e);
	for (uint32_t i = 0; i < n; i++)
		if (!type_fill(en, type_at(en, en->count + i), en->count + i, &defs[i], en->count, n, e))
			return false;
	*first = en->count;
	groups_put(en->groups, en->groups_cap, (struct group_entry){ hash, en->count, n });
	en->ngroups++;
	__atomic_store_n(&en->count, en->count + n, __ATOMIC_RELEASE);
	return true;
}

bool engine_add_group(struct engine *en, const struct subtype_def *defs, uint32_t n, uint32_t *first,
	struct err *e)
{
	uint64_t hash = group_hash(defs, n);
	bool ok = true;

	*first = 0;
	if (n == 0)
		return true;
	pthread_mutex_lock(&en->lock);
	if (!group_find(en, hash, defs, n, first))
		ok = group_add(en, hash, defs, n, first, e);
	pthread_mutex_unlock(&en->lock);
	return ok;
}

const struct deftype *engine_func_type(struct engine *en, const valtype *params, uint32_t nparams,
	const valtype *results, uint32_t nresults)
{
	struct subtype_def d = {
		.kind = TYPE_FUNC, .final = true, .super = TYPE_NONE, .nparams = nparams, .params = params,
		.nresults = nresults, .results = results,
	};
	struct err e = { 0 };
	uint32_t id;

	return engine_add_group(en, &d, 1, &id, &e) ? engine_type(en, id) : NULL;
}

/* ---- relations --------------------------------------------------------------------------------------------- */

unsigned vt_bytes(valtype t)
{
	switch (vt_kind(t)) {
	case VT_BOT:
		return 0;
	case VT_I8:
		return 1;
	case VT_I16:
		return 2;
	case VT_I32: case VT_F32: case VT_REF:
		return 4;
	case VT_I64: case VT_F64:
		return 8;
	case VT_V128:
		return 16;
	}
	return 0;
}

bool type_id_sub(const struct engine *en, uint32_t sub, uint32_t super)
{
	if (sub == super)
		return true;
	const struct deftype *a = type_at(en, sub), *b = type_at(en, super);
	return b->depth < a->depth && a->display[b->depth] == super;
}

/* The abstract type right above a defined type. */
static uint32_t kind_heap(const struct engine *en, uint32_t id)
{
	switch (type_at(en, id)->kind) {
	case TYPE_STRUCT:
		return HEAP_STRUCT;
	case TYPE_ARRAY:
		return HEAP_ARRAY;
	default:
		return HEAP_FUNC;
	}
}

uint32_t heap_top(const struct engine *en, uint32_t heap)
{
	if (heap_is_id(heap))
		heap = kind_heap(en, heap_id(heap));
	switch (heap) {
	case HEAP_FUNC: case HEAP_NOFUNC:
		return HEAP_FUNC;
	case HEAP_EXTERN: case HEAP_NOEXTERN:
		return HEAP_EXTERN;
	case HEAP_EXN: case HEAP_NOEXN:
		return HEAP_EXN;
	default:
		return HEAP_ANY;
	}
}

static bool abstract_sub(uint32_t sub, uint32_t super)
{
	switch (super) {
	case HEAP_ANY:
		return sub == HEAP_EQ || sub == HEAP_I31 || sub == HEAP_STRUCT || sub == HEAP_ARRAY
			|| sub == HEAP_NONE;
	case HEAP_EQ:
		return sub == HEAP_I31 || sub == HEAP_STRUCT || sub == HEAP_ARRAY || sub == HEAP_NONE;
	case HEAP_I31: case HEAP_STRUCT: case HEAP_ARRAY:
		return sub == HEAP_NONE;
	case HEAP_FUNC:
		return sub == HEAP_NOFUNC;
	case HEAP_EXTERN:
		return sub == HEAP_NOEXTERN;
	case HEAP_EXN:
		return sub == HEAP_NOEXN;
	default:
		return false;
	}
}

bool heap_sub(const struct engine *en, uint32_t sub, uint32_t super)
{
	if (sub == super || sub == HEAP_BOT)
		return true;
	if (heap_is_id(sub) && heap_is_id(super))
		return type_id_sub(en, heap_id(sub), heap_id(super));
	if (heap_is_id(super))
		return sub == (kind_heap(en, heap_id(super)) == HEAP_FUNC ? HEAP_NOFUNC : HEAP_NONE);
	if (heap_is_id(sub)) {
		sub = kind_heap(en, heap_id(sub));
		return sub == super || abstract_sub(sub, super);
	}
	return abstract_sub(sub, super);
}

bool valtype_sub(const struct engine *en, valtype sub, valtype super)
{
	if (sub == super || sub == VT_BOT)
		return true;
	if (!vt_is_ref(sub) || !vt_is_ref(super) || (vt_nullable(sub) && !vt_nullable(super)))
		return false;
	return heap_sub(en, vt_heap(sub), vt_heap(super));
}

static bool field_fits(const struct engine *en, struct field_type sub, struct field_type super)
{
	if (sub.mut != super.mut)
		return false;
	return sub.mut ? sub.type == super.type : valtype_sub(en, sub.type, super.type);
}

static bool func_fits(const struct engine *en, const struct deftype *sub, const struct deftype *super)
{
	if (sub->nparams != super->nparams || sub->nresults != super->nresults)
		return false;
	for (uint32_t i = 0; i < sub->nparams; i++)
		if (!valtype_sub(en, super->params[i], sub->params[i]))
			return false;
	for (uint32_t i = 0; i < sub->nresults; i++)
		if (!valtype_sub(en, sub->results[i], super->results[i]))
			return false;
	return true;
}

bool deftype_fits(const struct engine *en, const struct deftype *sub, const struct deftype *super)
{
	if (sub->kind != super->kind)
		return false;
	if (sub->kind == TYPE_FUNC)
		return func_fits(en, sub, super);
	if (sub->nfields < super->nfields)
		return false;
	for (uint32_t i = 0; i < super->nfields; i++)
		if (!field_fits(en, sub->fields[i], super->fields[i]))
			return false;
	return true;
}

valtype valtype_diff(valtype t1, valtype t2)
{
	return vt_ref(vt_heap(t1), vt_nullable(t1) && !vt_nullable(t2));
}

/* ---- text -------------------------------------------------------------------------------------------------- */

static const struct { const char *name, *null_ref; } heap_names[] = {
	[HEAP_BOT] = { NULL, NULL },
	[HEAP_FUNC] = { "func", "funcref" }, [HEAP_NOFUNC] = { "nofunc", "nullfuncref" },
	[HEAP_EXTERN] = { "extern", "externref" }, [HEAP_NOEXTERN] = { "noextern", "nullexternref" },
	[HEAP_ANY] = { "any", "anyref" }, [HEAP_EQ] = { "eq", "eqref" }, [HEAP_I31] = { "i31", "i31ref" },
	[HEAP_STRUCT] = { "struct", "structref" }, [HEAP_ARRAY] = { "array", "arrayref" },
	[HEAP_NONE] = { "none", "nullref" }, [HEAP_EXN] = { "exn", "exnref" }, [HEAP_NOEXN] = { "noexn",
	"nullexnref" },
};

const char *heap_name(uint32_t heap)
{
	return heap < sizeof heap_names / sizeof heap_names[0] ? heap_names[heap].name : NULL;
}

void heap_print(uint32_t heap, const struct type_names *names, struct buf *out)
{
	if (heap_is_id(heap) && names && names->name)
		names->name(names->user, heap_id(heap), out);
	else if (heap_is_id(heap))
		buf_printf(out, "type#%u", heap_id(heap));
	else
		buf_puts(out, heap_name(heap) ? heap_name(heap) : "unknown");
}

static void ref_print(valtype t, const struct type_names *names, struct buf *out)
{
	if (vt_nullable(t) && heap_name(vt_heap(t))) {
		buf_puts(out, heap_names[vt_heap(t)].null_ref);
		return;
	}
	buf_puts(out, vt_nullable(t) ? "(ref null " : "(ref ");
	heap_print(vt_heap(t), names, out);
	buf_putc(out, ')');
}

void valtype_print(valtype t, const struct type_names *names, struct buf *out)
{
	static const char *const kinds[] = {
		[VT_BOT] = "unknown", [VT_I32] = "i32", [VT_I64] = "i64", [VT_F32] = "f32", [VT_F64] = "f64",
		[VT_V128] = "v128", [VT_I8] = "i8", [VT_I16] = "i16",
	};

	if (vt_is_ref(t))
		ref_print(t, names, out);
	else
		buf_puts(out, kinds[vt_kind(t)]);
}

void valtypes_print(const valtype *t, uint32_t n, const struct type_names *names, struct buf *out)
{
	for (uint32_t i = 0; i < n; i++) {
		if (i)
			buf_putc(out, ' ');
		valtype_print(t[i], names, out);
	}
}

static void field_print(struct field_type f, const struct type_names *names, struct buf *out)
{
	if (f.mut)
		buf_puts(out, "(mut ");
	valtype_print(f.type, names, out);
	if (f.mut)
		buf_putc(out, ')');
}

static void struct_print(const struct deftype *t, const struct type_names *names, struct buf *out)
{
	buf_puts(out, "(struct");
	for (uint32_t i = 0; i < t->nfields; i++) {
		buf_puts(out, " (field ");
		field_print(t->fields[i], names, out);
		buf_putc(out, ')');
	}
	buf_putc(out, ')');
}

void deftype_print(const struct deftype *t, const struct type_names *names, struct buf *out)
{
	switch (t->kind) {
	case TYPE_STRUCT:
		struct_print(t, names, out);
		return;
	case TYPE_ARRAY:
		buf_puts(out, "(array ");
		field_print(t->fields[0], names, out);
		buf_putc(out, ')');
		return;
	default:
		buf_putc(out, '(');
		valtypes_print(t->params, t->nparams, names, out);
		buf_puts(out, ") -> (");
		valtypes_print(t->results, t->nresults, names, out);
		buf_putc(out, ')');
	}
}
