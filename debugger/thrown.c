/* The exception that nobody caught; see thrown.h. */
#include "debugger/thrown.h"

#include "engine/base/buf.h"
#include "engine/ctx.h"
#include "engine/exn.h"
#include "engine/module.h"
#include "engine/names.h"

bool thrown(const struct ctx *c)
{
	return c->exception != NULL;
}

/* What instance IN calls its tag I: the name section's name, else an export's; empty: nothing. */
static struct str name_in(const struct instance *in, uint32_t i)
{
	const struct module *m = in->module;
	struct str name = name_of(m, NAME_TAG, i);

	for (uint32_t k = 0; !name.n && k < m->nexports; k++)
		if (m->exports[k].kind == EXTERN_TAG && m->exports[k].index == i)
			name = m->exports[k].name;
	return name;
}

void thrown_tag(const struct ctx *c, struct buf *out)
{
	const struct exn *x = c->exception;
	struct store *s = c->store;
	uint32_t number = 0;

	for (size_t k = 0; k < s->instances.count; k++) {
		const struct instance *in = s->instances.data[k];
		for (uint32_t i = 0; in->module && i < in->module->ntags; i++) {
			if (in->tags[i] != x->tag)
				continue;
			struct str name = name_in(in, i);
			if (name.n) {
				buf_escaped(out, name.p, name.n, false);
				return;
			}
			number = i;
		}
	}
	buf_printf(out, "tag %u", number);
}

bool thrown_value(const struct ctx *c, uint32_t i, struct value *out)
{
	const struct exn *x = c->exception;
	const struct deftype *t = x->tag->type;
	const slot *p = x->payload;

	if (i >= t->nparams)
		return false;
	for (uint32_t k = 0; k < i; k++)
		p += vt_slots(t->params[k]);
	*out = (struct value){ .type = t->params[i], .lo = p[0], .hi = vt_slots(t->params[i]) == 2 ? p[1] : 0 };
	return true;
}

void thrown_print(const struct ctx *c, struct buf *out)
{
	struct value v;

	thrown_tag(c, out);
	buf_puts(out, " (");
	for (uint32_t i = 0; thrown_value(c, i, &v); i++) {
		buf_puts(out, i ? ", " : "");
		value_print(v, c->store, out);
	}
	buf_puts(out, ")");
}
