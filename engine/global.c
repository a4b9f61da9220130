/* Globals; see store.h. */
#include "engine/base/err.h"
#include "engine/entity.h"

struct global *global_new(struct store *s, valtype type, bool mut, struct value v, struct err *e)
{
	struct global *g = store_alloc(s, 1, sizeof *g);

	if (!g)
		return err_oom(e), NULL;
	g->value[0] = slot_normal(type, v.lo);
	g->value[1] = vt_kind(type) == VT_V128 ? v.hi : 0;
	g->type = type;
	g->mut = mut;
	return store_add(s, globals, g) ? g : (err_oom(e), NULL);
}
