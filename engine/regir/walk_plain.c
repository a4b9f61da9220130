/* Translation to the plain body: one cell for each instruction (see walk.h). */
#define CHECK 0
#define FAST 1
#define PLAIN 2
#define MODE PLAIN

#include "engine/regir/walk_body.inc"

bool walk_plain(struct walk *w, const struct module *m, uint32_t func, struct err *e)
{
	return walk(w, m, func, e);
}
