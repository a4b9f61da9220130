/*
 * A profile as a page of its own: nothing is loaded from anywhere, and without JavaScript everything but zooming works. The
 * flame graph is made of boxes: x is the share of all instructions, y the depth of calls.
 */
#include "trace/profile.h"

#include <inttypes.h>
#include <stdlib.h>

#include "engine/base/err.h"
#include "trace/annotate.h"
#include "trace/calltree.h"

enum {
	DEPTH_MAX = 200,                /* of the flame graph */
	BOX_HEIGHT = 18,
	NARROWEST = 5,                  /* parts of 10,000: narrower boxes are left out */
	ANNOTATED = 100, LISTED = 500,  /* functions with their text; lines, functions in tables */
};

static const char head[] =
	"<style>\n"
	"body{font:14px system-ui,sans-serif;margin:1.5em;color:#222;background:#fff}\n"
	"h1{font-size:1.4em}h2{font-size:1.1em;margin-top:2em}\n"
	"table{border-collapse:collapse}td,th{padding:1px .8em 1px 0;text-align:right;white-space:nowrap}\n"
	"th{font-weight:600;border-bottom:1px solid #ccc}td.t,th.t{text-align:left;white-space:pre}\n"
	"code,pre,td.t{font-family:ui-monospace,monospace;font-size:12px}\n"
	"#flame{position:relative;overflow:hidden;border:1px solid #ddd;background:#fafafa}\n"
	"#flame a{position:absolute;height:17px;line-height:17px;overflow:hidden;white-space:nowrap;font-size:11px;color:#222;\n"
	"text-decoration:none;border-right:1px solid #fff;padding-left:2px;box-sizing:border-box;cursor:pointer}\n"
	"#flame a:hover{filter:brightness(.9)}\n"
	"details{margin:.3em 0}summary{cursor:pointer}tr.no{color:#b00}\n"
	"</style>\n";

static const char script[] =
	"<script>\n"
	"(function(){var g=document.getElementById('flame'),b=[].slice.call(g.children);\n"
	"b.forEach(function(x){x.l=+x.dataset.l;x.w=+x.dataset.w;x.onclick=function(ev){ev.preventDefault();zoom(x)}});\n"
	"function zoom(z){b.forEach(function(x){var l=(x.l-z.l)/z.w*100,w=x.w/z.w*100,up=x.l<=z.l&&x.l+x.w>=z.l+z.w;\n"
	"x.style.left=(up?0:l)+'%';x.style.width=(up?100:w)+'%';x.style.display=up||(l>-.001&&l+w<100.001)?'':'none'})}\n"
	"})();\n"
	"</script>\n";

static void put_escaped(struct buf *out, struct str s)
{
	for (size_t i = 0; i < s.n; i++)
		switch (s.p[i]) {
		case '<':
			buf_puts(out, "&lt;");
			break;
		case '>':
			buf_puts(out, "&gt;");
			break;
		case '&':
			buf_puts(out, "&amp;");
			break;
		case '"':
			buf_puts(out, "&quot;");
			break;
		default:
			buf_putc(out, s.p[i]);
		}
}

static void put_name(struct buf *out, const struct places *p, uint32_t func)
{
	struct buf name = { 0 };

	place_print_func(p, &p->funcs.data[func], &name);
	put_escaped(out, str_of_buf(&name));
	buf_free(&name);
}

static void put_share(struct buf *out, uint64_t part, uint64_t all)
{
	uint64_t s = share(part, all);

	buf_printf(out, "%" PRIu64 ".%02" PRIu64 " %%", s / 100, s % 100);
}

/* ---- the flame graph ------------------------------------------------------------------------------------------------------- */

struct flame {
	const struct places *p;
	const struct calltree *t;
	struct buf *out;
	uint64_t all;
	unsigned deepest;
};

/* A warm color that belongs to the name. */
static unsigned hue(struct str name)
{
	return 10 + str_hash(name) % 45;
}

static void put_box(struct flame *f, uint32_t node, uint64_t left, unsigned depth)
{
	const struct call_node *x = &f->t->nodes.data[node];
	double l = (double)left * 100 / (double)f->all, w = (double)x->total * 100 / (double)f->all;

	if (depth + 1 > f->deepest)
		f->deepest = depth + 1;
	buf_printf(f->out, "<a href=\"#f%u\" data-l=\"%.4f\" data-w=\"%.4f\" style=\"left:%.4f%%;width:%.4f%%;top:%upx;"
		"background:hsl(%u,85%%,70%%)\" title=\"", x->func, l, w, l, w, depth * BOX_HEIGHT,
		hue(f->p->funcs.data[x->func].name));
	put_name(f->out, f->p, x->func);
	buf_printf(f->out, "&#10;%" PRIu64 " instructions (", x->total);
	put_share(f->out, x->total, f->all);
	buf_printf(f->out, "), itself %" PRIu64 "&#10;%" PRIu64 " call%s\">", x->self, x->calls, x->calls == 1 ? "" : "s");
	put_name(f->out, f->p, x->func);
	buf_puts(f->out, "</a>\n");
}

static int by_total(const void *a, const void *b)
{
	const struct ranked *x = a, *y = b;

	return x->value > y->value ? -1 : x->value < y->value ? 1 : x->key < y->key ? -1 : x->key > y->key;
}

/* The boxes of what NODE called, from LEFT on. */
static void put_children(struct flame *f, uint32_t node, uint64_t left, unsigned depth)
{
	VEC(struct ranked) children = { 0 };

	for (uint32_t i = f->t->nodes.data[node].child; i && depth < DEPTH_MAX; i = f->t->nodes.data[i].sibling)
		if (share(f->t->nodes.data[i].total, f->all) >= NARROWEST)
			vec_push(&children, ((struct ranked){ f->t->nodes.data[i].total, i }));
	if (children.count)
		qsort(children.data, children.count, sizeof *children.data, by_total);
	for (size_t i = 0; i < children.count; i++) {
		put_box(f, children.data[i].key, left, depth);
		put_children(f, children.data[i].key, left, depth + 1);
		left += children.data[i].value;
	}
	vec_free(&children);
}

static void put_flame(struct monitor *m, uint64_t all, struct buf *out)
{
	struct buf boxes = { 0 };
	struct flame f = { monitor_places(m), m->state, &boxes, all, 1 };

	put_children(&f, 0, 0, 0);
	buf_printf(out, "<h2>Calls</h2>\n<div id=\"flame\" style=\"height:%upx\">\n", f.deepest * BOX_HEIGHT);
	buf_put(out, buf_str(&boxes), boxes.size);
	buf_puts(out, "</div>\n<p>Width: instructions, with what was called. Click a box to zoom in, the top one to zoom out.</p>\n");
	buf_free(&boxes);
}

/* ---- tables ------------------------------------------------------------------------------------------------------------------ */

static void put_funcs(const struct places *p, const struct profiled *f, size_t n, uint64_t all, struct buf *out)
{
	buf_puts(out, "<h2>Functions</h2>\n<table><tr><th>itself<th><th>with calls<th><th>calls<th class=\"t\">function</tr>\n");
	for (size_t i = 0; i < n && i < LISTED; i++) {
		buf_printf(out, "<tr><td>%" PRIu64 "<td>", f[i].self);
		put_share(out, f[i].self, all);
		buf_printf(out, "<td>%" PRIu64 "<td>", f[i].total);
		put_share(out, f[i].total, all);
		buf_printf(out, "<td>%" PRIu64 "<td class=\"t\"><a href=\"#f%u\">", f[i].calls, f[i].func);
		put_name(out, p, f[i].func);
		buf_puts(out, "</a></tr>\n");
	}
	buf_puts(out, "</table>\n");
}

static void put_lines(const struct profiled_line *l, size_t n, uint64_t all, struct buf *out)
{
	if (!n)
		return;
	buf_puts(out, "<h2>Lines</h2>\n<table><tr><th>instructions<th><th class=\"t\">line<th class=\"t\">text</tr>\n");
	for (size_t i = 0; i < n && i < LISTED; i++) {
		buf_printf(out, "<tr><td>%" PRIu64 "<td>", l[i].instrs);
		put_share(out, l[i].instrs, all);
		buf_puts(out, "<td class=\"t\">");
		put_escaped(out, str_of(l[i].file));
		buf_printf(out, ":%u<td class=\"t\">", l[i].line);
		put_escaped(out, l[i].text);
		buf_puts(out, "</tr>\n");
	}
	buf_puts(out, "</table>\n");
}

/* ---- annotated text ---------------------------------------------------------------------------------------------------------- */

static uint64_t count_at(void *user, uint32_t place)
{
	return monitor_count(user, place);
}

static void put_annotated_line(const struct annotated_line *l, uint64_t all, struct buf *out)
{
	uint64_t heat = share(l->instrs, all);

	buf_puts(out, l->code && !l->count ? "<tr class=\"no\"><td>" : "<tr><td>");
	if (l->code)
		buf_printf(out, "%" PRIu64, l->count);
	buf_puts(out, "<td>");
	if (heat)
		put_share(out, l->instrs, all);
	if (heat >= 10)
		buf_printf(out, "<td class=\"t\" style=\"background:hsl(30,100%%,%u%%)\">", 97 - (unsigned)(heat > 2500 ? 30 : heat * 30 / 2500));
	else
		buf_puts(out, "<td class=\"t\">");
	put_escaped(out, l->text);
	buf_puts(out, "</tr>\n");
}

static void put_text(struct monitor *m, const struct profiled *f, uint64_t all, bool open, struct buf *out)
{
	const struct places *p = monitor_places(m);
	struct annotated_line *lines;
	struct arena a = { 0 };
	struct err e = { 0 };
	size_t n;

	buf_printf(out, "<details id=\"f%u\"%s><summary><code>", f->func, open ? " open" : "");
	put_name(out, p, f->func);
	buf_printf(out, "</code> %" PRIu64 " instructions, %" PRIu64 " calls</summary>\n", f->self, f->calls);
	if (m->info->counts && annotate_func(p, f->func, count_at, m, &a, &lines, &n, &e)) {
		buf_puts(out, "<table><tr><th>times<th><th class=\"t\"></tr>\n");
		for (size_t i = 0; i < n; i++)
			put_annotated_line(&lines[i], all, out);
		buf_puts(out, "</table>\n");
	}
	buf_puts(out, "</details>\n");
	arena_free(&a);
}

bool profile_html(struct monitor *m, const struct monitor_ask *ask, const char *title, struct buf *out, struct err *e)
{
	struct arena a = { 0 };
	uint64_t all;
	size_t n, nlines = 0;
	struct profiled *f = profile_funcs(m, &a, &n, &all);
	struct profiled_line *l = m->info->counts ? profile_lines(m, &ask->lines, &a, &nlines) : NULL;

	if (!f || !all) {
		arena_free(&a);
		return f ? err_set(e, E_USAGE, place_none(), "nothing was executed while the profile was on") : err_oom(e);
	}
	buf_puts(out, "<!DOCTYPE html>\n<html lang=\"en\"><head><meta charset=\"utf-8\"><title>");
	put_escaped(out, str_of(title));
	buf_puts(out, "</title>\n");
	buf_puts(out, head);
	buf_puts(out, "</head><body>\n<h1>");
	put_escaped(out, str_of(title));
	buf_printf(out, "</h1>\n<p>%" PRIu64 " instructions in %zu function%s, as Wrench counted them.</p>\n", all, n, n == 1 ? "" : "s");
	put_flame(m, all, out);
	put_funcs(monitor_places(m), f, n, all, out);
	put_lines(l, nlines, all, out);
	buf_puts(out, "<h2>Text</h2>\n");
	for (size_t i = 0; i < n && i < ANNOTATED; i++)
		put_text(m, &f[i], all, i == 0, out);
	buf_puts(out, script);
	buf_puts(out, "</body></html>\n");
	arena_free(&a);
	return !out->failed || err_oom(e);
}
