/* Edit and continue; see swap.h. */
#include "debugger/swap.h"

#include "engine/base/err.h"
#include "engine/replace.h"
#include "wat/splice.h"

const struct module *swaps_newest(const struct swaps *w, const struct module *base)
{
	for (size_t i = w->list.count; i-- > 0;)
		if (w->list.data[i].base == base)
			return w->list.data[i].made;
	return base;
}

static void run_instead(struct store *s, struct module *base, uint32_t func, const struct module *by)
{
	module_replace(base, func, by == base ? NULL : by);     /* its table is there since the first swap */
	if (s)
		store_replaced(s, base, func);
}

struct module *swap_func(struct swaps *w, struct store *s, struct module *base, uint32_t func, struct source *text,
	struct err *e)
{
	const struct module *before = module_running(base, func);
	struct module *made = wat_splice_take(swaps_newest(w, base), func, text, e);

	if (!made)
		return NULL;
	if (!vec_reserve(&w->list, w->list.count + 1) || !module_replace(base, func, made)) {
		module_free(made);
		return err_oom(e), NULL;
	}
	run_instead(s, base, func, made);
	vec_push(&w->list, ((struct swap){ base, made, before, func, false }));
	w->count++;
	return made;
}

bool swap_undo(struct swaps *w, struct store *s, struct swap *undone)
{
	if (!w->list.count)
		return false;
	*undone = vec_pop(&w->list);
	run_instead(s, undone->base, undone->func, undone->before);
	return true;
}

void swaps_written(struct swaps *w, const struct module *base)
{
	for (size_t i = 0; i < w->list.count; i++)
		if (w->list.data[i].base == base)
			w->list.data[i].written = true;
}

const struct swap *swaps_unwritten(const struct swaps *w)
{
	for (size_t i = 0; i < w->list.count; i++)
		if (!w->list.data[i].written)
			return &w->list.data[i];
	return NULL;
}
