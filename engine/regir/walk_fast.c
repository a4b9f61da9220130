/* Translation to the fast body: aliased and fused (see walk.h). */
#define CHECK 0
#define FAST 1
#define PLAIN 2
#define MODE FAST

#include "engine/regir/walk_body.inc"

bool walk_fast(struct walk *w, const struct module *m, uint32_t func, struct err *e)
{
	return walk(w, m, func, e);
}
