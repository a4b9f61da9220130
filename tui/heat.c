/* Counts beside code; see heat.h. */
#include "tui/heat.h"

#include <inttypes.h>
#include <stdio.h>

#include "repl/command/tracing.h"

/* What counts now comes before what has counted. */
static const struct monitor *counter_of(const struct tui *t)
{
	const struct tracing *x = t->s->tracing;
	const struct monitor *found = x && x->profile && x->profile->info->counts ? x->profile : NULL;

	for (size_t i = 0; x && i < x->monitors.count; i++) {
		const struct monitor *m = x->monitors.data[i];
		if (m->info->counts && (!found || (m->on && !found->on)))
			found = m;
	}
	return found;
}

bool heat_known(const struct tui *t)
{
	return counter_of(t) != NULL;
}

static const struct traced_func *traced(const struct places *p, const struct func *f)
{
	uint32_t at = f->number < p->by_number.count ? p->by_number.data[f->number] : 0;

	return at ? &p->funcs.data[at - 1] : NULL;
}

bool heat_at(const struct tui *t, uint32_t func, uint32_t offset, uint64_t *count)
{
	const struct monitor *m = counter_of(t);
	const struct session_module *sm = session_module_of(t->s, t->module);

	if (!m || !sm || !sm->instance || func >= t->module->nfuncs)
		return false;
	const struct places *p = monitor_places(m);
	const struct traced_func *f = traced(p, sm->instance->funcs[func]);
	*count = 0;
	for (uint32_t i = 0; f && i < f->count; i++)
		if (p->all.data[f->first + i].offset == offset && place_is_code(p, f->first + i)) {
			*count = monitor_count(m, f->first + i);
			break;
		}
	return true;
}

enum { SPELLED = 32 };

static void spell(uint64_t n, char out[SPELLED])
{
	static const char units[] = " kMGTPE";
	unsigned unit = 0;
	uint64_t tenths = 0;

	for (; n >= 1000; unit++) {
		tenths = n % 1000 / 100;
		n /= 1000;
	}
	if (!unit)
		snprintf(out, SPELLED, "%5" PRIu64, n);
	else if (n < 10)
		snprintf(out, SPELLED, "%2u.%u%c", (unsigned)(n % 10), (unsigned)tenths, units[unit]);
	else
		snprintf(out, SPELLED, "%4u%c", (unsigned)(n % 1000), units[unit]);
}

void heat_put(struct pen *p, uint64_t count, uint64_t most)
{
	char text[SPELLED] = "    .";

	if (count)
		spell(count, text);
	p->style = !count ? STYLE_DIM : count > most / 2 ? STYLE_HEAT3 : count > most / 20 ? STYLE_HEAT2 : STYLE_HEAT1;
	pen_puts(p, text);
	pen_puts(p, " ");
	p->style = STYLE_TEXT;
}
