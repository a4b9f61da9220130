/* *help*: a text that help commands wrote. */
#include "tui/tui.h"

static uint32_t one_chunk(struct view *v)
{
	return 1;
}

static void fill(struct view *v, uint32_t chunk, struct chunk *out)
{
	for (const char *p = buf_str(&v->t->help); *p;) {
		size_t n = strcspn(p, "\n");
		buf_put(&out->text, p, n);
		line_end(out);
		p += n + (p[n] == '\n');
	}
	if (!v->t->help.size)
		line_note(out, "C-h k explains a key, C-h f a command, C-h b lists the keys.");
}

const struct view_ops view_help = {
	.name = "*help*", .help = "what help commands said", .kind = VIEW_TEXT, .wraps = true, .chunks = one_chunk, .fill = fill,
};
