/* The validator's stacks as lines; see validator.h. */
#include "repl/command/validator.h"

#include "engine/regir/walk.h"
#include "repl/command/check.h"
#include "repl/command/result.h"

static void put_types(const valtype *t, uint32_t n, struct buf *out)
{
	buf_putc(out, '[');
	valtypes_print(t, n, NULL, out);
	buf_putc(out, ']');
}

static void types_node(const valtype *t, uint32_t n, struct result *r, struct node *list)
{
	for (uint32_t i = 0; i < n; i++) {
		struct buf one = { 0 };
		valtype_print(t[i], NULL, &one);
		node_str(r, list, NULL, str_of_buf(&one));
		buf_free(&one);
	}
}

/* Behind the last instruction the function is left: its results are what there is. */
static void put_operands(const struct walk *w, struct buf *out, struct result *r, struct node *in)
{
	bool over = !w->controls.count;
	const valtype *t = over ? w->type->results : w->types.data;
	uint32_t n = over ? w->type->nresults : w->before;

	if (!over && vec_last(&w->controls).unreachable) {
		buf_puts(out, n ? "[… " : "[…");
		valtypes_print(t, n, NULL, out);
		buf_putc(out, ']');
	} else {
		put_types(t, n, out);
	}
	types_node(t, n, r, node_array(r, in, "operands"));
}

static const char *control_word(const struct control *c)
{
	return c->op == OP_END ? "func" : op_info[c->op].text;
}

static void put_controls(const struct walk *w, struct buf *out, struct result *r, struct node *in)
{
	struct node *list = node_array(r, in, "controls");

	for (size_t i = 0; i < w->controls.count; i++) {
		const struct control *c = &w->controls.data[i];
		uint32_t nresults = c->type ? c->type->nresults : c->single != VT_BOT;
		const valtype *results = c->type ? c->type->results : &c->single;
		buf_printf(out, "%s%s ", i ? " > " : "", control_word(c));
		put_types(c->type ? c->type->params : NULL, c->type ? c->type->nparams : 0, out);
		buf_puts(out, " -> ");
		put_types(results, nresults, out);
		buf_puts(out, c->unreachable ? " (unreachable)" : "");
		struct node *one = node_object(r, list, NULL);
		if (!one)
			return;
		node_str(r, one, "what", str_of(control_word(c)));
		types_node(results, nresults, r, node_array(r, one, "results"));
		node_int(r, one, "height", c->height);
		node_bool(r, one, "unreachable", c->unreachable);
	}
	if (!w->controls.count)
		buf_puts(out, "none");
}

bool validator_stacks(const struct module *m, uint32_t func, uint32_t offset, struct validator_stacks *out,
	struct result *r, struct node *in, struct err *e)
{
	struct walk w = { 0 };
	bool ok = check_walk(&w, m, func, offset, e);

	*out = (struct validator_stacks){ 0 };
	if (ok) {
		put_operands(&w, &out->operands, r, in);
		put_controls(&w, &out->controls, r, in);
	}
	walk_free(&w);
	return ok;
}

void validator_stacks_free(struct validator_stacks *s)
{
	buf_free(&s->operands);
	buf_free(&s->controls);
}
