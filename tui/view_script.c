/* Panes that scripts define (repl/command/pane.h), each as a buffer *NAME*. */
#include "tui/view_script.h"

#include <stdio.h>
#include <stdlib.h>

#include "engine/base/err.h"
#include "repl/command/pane.h"
#include "tui/tui.h"
#include "tui/wat_paint.h"

struct script_view {
	struct view_ops ops;
	char name[64], pane[64];
};

static uint32_t one_chunk(struct view *v)
{
	return 1;
}

static void fill(struct view *v, uint32_t chunk, struct chunk *out)
{
	const struct script_view *x = (const struct script_view *)(const void *)v->ops;
	const struct pane *p = pane_named(v->t->s, str_of(x->pane));
	struct buf text = { 0 };
	struct err e = { 0 };

	if (!p)
		line_note(out, "the script took this pane back");
	else if (!p->lines(p->user, v->t->s, v->width, &text, &e))
		line_note(out, "%s", e.message);
	for (const char *at = buf_str(&text); *at;) {
		size_t n = strcspn(at, "\n");
		buf_escaped(&out->text, at, n, false);
		line_end(out);
		at += n + (at[n] == '\n');
	}
	buf_free(&text);
}

static void free_ops(struct view *v)
{
	free((void *)v->ops);
	v->ops = NULL;
}

const struct view_ops *script_view_ops(struct tui *t, struct str name)
{
	const struct pane *p = pane_named(t->s, name);
	struct script_view *x;

	if (!p && name.n > 2 && name.p[0] == '*')
		p = pane_named(t->s, (struct str){ name.p + 1, name.n - 2 });
	if (!p || !(x = calloc(1, sizeof *x)))
		return NULL;
	snprintf(x->pane, sizeof x->pane, "%s", p->name);
	snprintf(x->name, sizeof x->name, "*%s*", p->name);
	x->ops = (struct view_ops){ .name = x->name, .help = "a pane of a script", .kind = VIEW_STATE, .chunks = one_chunk,
		.fill = fill, .free = free_ops };
	return &x->ops;
}
