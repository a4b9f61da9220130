/* The tree of calls; see calltree.h. */
#include "trace/calltree.h"

static bool has_root(struct calltree *t)
{
	return t->nodes.count || vec_push(&t->nodes, ((struct call_node){ .func = NO_PLACE }));
}

static struct call_cursor *cursor(struct calltree *t, uint16_t thread, uint64_t step)
{
	for (size_t i = 0; i < t->cursors.count; i++)
		if (t->cursors.data[i].thread == thread)
			return &t->cursors.data[i];
	struct call_cursor c = { .thread = thread, .step = step };
	return vec_push(&t->cursors, c) ? &vec_last(&t->cursors) : NULL;
}

/* The node below PARENT for FUNC, moved to the front: the next look finds it at once. 0: out of memory. */
static uint32_t child(struct calltree *t, uint32_t parent, uint32_t func)
{
	struct call_node *n = t->nodes.data;
	uint32_t before = 0, i = n[parent].child;

	while (i && n[i].func != func) {
		before = i;
		i = n[i].sibling;
	}
	if (i && before) {
		n[before].sibling = n[i].sibling;
		n[i].sibling = n[parent].child;
		n[parent].child = i;
	}
	if (i)
		return i;
	struct call_node made = { .func = func, .parent = parent, .sibling = n[parent].child };
	if (!vec_push(&t->nodes, made))
		return 0;
	return t->nodes.data[parent].child = (uint32_t)t->nodes.count - 1;
}

static void leave(struct calltree *t, struct call_cursor *c)
{
	if (!c->node)
		return;
	c->node = t->nodes.data[c->node].parent;
	c->depth--;
}

static void pass_time(struct calltree *t, struct call_cursor *c, uint64_t step)
{
	if (step > c->step)
		t->nodes.data[c->node].self += step - c->step;
	c->step = step;
}

void calltree_event(struct calltree *t, const struct trace_event *e, uint32_t func)
{
	struct call_cursor *c = has_root(t) ? cursor(t, e->thread, e->step) : NULL;

	if (!c)
		return;
	pass_time(t, c, e->step);
	if (e->id == TE_RETURN || e->id == TE_TAIL)
		leave(t, c);
	for (uint64_t i = 0; e->id == TE_UNWIND && i < e->a; i++)
		leave(t, c);
	if (e->id != TE_CALL && e->id != TE_TAIL)
		return;
	uint32_t to = child(t, c->node, func);
	if (!to)
		return;
	c->node = to;
	c->depth++;
	t->nodes.data[to].calls++;
}

void calltree_sum(struct calltree *t)
{
	for (size_t i = 0; i < t->nodes.count; i++)
		t->nodes.data[i].total = t->nodes.data[i].self;
	/* children come behind their parents */
	for (size_t i = t->nodes.count; i-- > 1;)
		t->nodes.data[t->nodes.data[i].parent].total += t->nodes.data[i].total;
}

void calltree_free(struct calltree *t)
{
	vec_free(&t->nodes);
	vec_free(&t->cursors);
}
