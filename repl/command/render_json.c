/* Results as JSON; see render.h. */
#include "repl/command/render.h"

#include <math.h>

#include "engine/base/source.h"
#include "repl/command/guest_output.h"

static void json_str(struct str s, struct buf *out)
{
	buf_json(out, s.p ? s.p : "", s.n);
}

/* The shortest text that reads back as the same number. */
static void put_real(double v, struct buf *out)
{
	char text[40];
	uint64_t bits;

	memcpy(&bits, &v, sizeof bits);
	buf_put(out, text, float_print64(bits, text));
}

void json_node(const struct node *n, struct buf *out)
{
	switch (n->kind) {
	case NODE_STRING:
		json_str(n->string, out);
		return;
	case NODE_INT:
		buf_printf(out, "%lld", (long long)n->number);
		return;
	case NODE_FLOAT:
		if (isfinite(n->real))
			put_real(n->real, out);
		else
			buf_printf(out, "\"%s\"", isnan(n->real) ? "nan" : n->real > 0 ? "inf" : "-inf");
		return;
	case NODE_BOOL:
		buf_puts(out, n->number ? "true" : "false");
		return;
	case NODE_OBJECT:
	case NODE_ARRAY:
		buf_putc(out, n->kind == NODE_OBJECT ? '{' : '[');
		for (const struct node *m = n->first; m; m = m->next) {
			if (m->key) {
				json_str(str_of(m->key), out);
				buf_putc(out, ':');
			}
			json_node(m, out);
			if (m->next)
				buf_putc(out, ',');
		}
		buf_putc(out, n->kind == NODE_OBJECT ? '}' : ']');
		return;
	}
}

void json_error(const struct err *e, const struct source *src, struct buf *out)
{
	uint32_t line, column;

	buf_printf(out, "{\"code\":\"%s\",\"message\":", err_class(e->code));
	json_str(str_of(e->message), out);
	if (e->file[0]) {
		buf_puts(out, ",\"file\":");
		json_str(str_of(e->file), out);
	}
	if (e->place.kind == PLACE_TEXT && src && str_is(str_of(src->name), e->file)) {
		source_position(src, e->place.start, &line, &column);
		buf_printf(out, ",\"line\":%u,\"column\":%u", line, column);
	} else if (e->place.kind == PLACE_OFFSET) {
		buf_printf(out, ",\"offset\":\"0x%llx\"", (unsigned long long)e->place.start);
	} else if (e->place.kind == PLACE_LINE) {
		buf_printf(out, ",\"line\":%llu", (unsigned long long)e->place.start);
	}
	if (e->hint[0]) {
		buf_puts(out, ",\"try\":");
		json_str(str_of(e->hint), out);
	}
	buf_putc(out, '}');
}

void render_json(struct session *s, struct str command, struct str id, const struct result *r, const struct err *e)
{
	struct buf b = { 0 };

	buf_printf(&b, "{\"seq\":%llu", (unsigned long long)++s->seq);
	if (id.n) {
		buf_puts(&b, ",\"id\":");
		buf_put(&b, id.p, id.n);
	}
	buf_puts(&b, ",\"command\":");
	json_str(command, &b);
	buf_printf(&b, ",\"ok\":%s", e->code ? "false" : "true");
	if (e->code) {
		buf_puts(&b, ",\"error\":");
		json_error(e, s->error_source, &b);
	} else {
		buf_puts(&b, ",\"result\":");
		json_node(r->root, &b);
	}
	guest_output_json(s->guest, &b);
	buf_puts(&b, "}\n");
	output_put(&s->out, buf_str(&b), b.size);
	output_flush(&s->out);
	buf_free(&b);
}

void json_event(struct session *s, const char *name, const char *key, int64_t number, const char *reason)
{
	struct buf b = { 0 };

	if (!s->json_events)
		return;
	buf_printf(&b, "{\"event\":\"%s\"", name);
	if (key)
		buf_printf(&b, ",\"%s\":%lld", key, (long long)number);
	if (reason)
		buf_printf(&b, ",\"reason\":\"%s\"", reason);
	buf_puts(&b, "}\n");
	output_put(&s->out, buf_str(&b), b.size);
	output_flush(&s->out);
	buf_free(&b);
}
