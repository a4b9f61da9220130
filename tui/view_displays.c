/* *displays*: expressions that `display` keeps, with their values now. */
#include "repl/command/debug.h"
#include "repl/command/result.h"
#include "tui/tui.h"

static uint32_t one_chunk(struct view *v)
{
	return 1;
}

static void fill(struct view *v, uint32_t chunk, struct chunk *out)
{
	const struct display *d = v->t->s->displays;
	struct result r;

	if (!d || !result_init(&r)) {
		line_note(out, "no displays: display EXPR adds one");
		return;
	}
	show_displays(v->t->s, &r);
	for (const char *p = buf_str(&r.text); *p && d; d = d->next) {
		size_t n = strcspn(p, "\n");
		buf_put(&out->text, p, n);
		line_end_item(out, d->number);
		p += n + (p[n] == '\n');
	}
	result_free(&r);
}

const struct view_ops view_displays = {
	.name = "*displays*", .help = "expressions shown at every stop", .kind = VIEW_STATE, .chunks = one_chunk, .fill = fill,
};
