/*
 * Commands: edit, swap, undo-swap, info swaps. What they change is in debugger/swap.h; breakpoints follow the function to
 * its new body, and `write` (cmd_search.c) gives the changed module.
 */
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "debugger/swap.h"
#include "engine/base/buf.h"
#include "engine/base/source.h"
#include "engine/replace.h"
#include "repl/command/args.h"
#include "repl/command/debug.h"
#include "wat/splice.h"

/* ---- swapping -------------------------------------------------------------------------------- */

/* A module that another is based on is the session's own; of one that was unloaded nothing is swapped. */
static struct module *base_of(struct session *s, const struct arg *f)
{
	return session_module_of(s, f->module)->module;
}

static bool check_defined(const struct module *m, uint32_t func, struct err *e)
{
	struct buf name = { 0 };

	if (m->funcs[func].import < 0)
		return true;
	func_display_name(m, func, &name);
	err_set(e, E_USAGE, place_none(), "%s is imported: it has no body here", buf_str(&name));
	buf_free(&name);
	return false;
}

/* "$fac~1": what the text of a swapped body is called. */
static struct source *text_source(struct session *s, const struct module *m, uint32_t func, struct str text, struct err *e)
{
	struct buf name = { 0 };

	func_display_name(m, func, &name);
	buf_printf(&name, "~%u", s->swaps.count + 1);
	struct source *src = source_copy(buf_str(&name), text.p, text.n, e);
	buf_free(&name);
	return src;
}

/* Frames that are in the function finish the body that they began. */
static uint32_t frames_inside(const struct session *s, const struct module *base, uint32_t func)
{
	uint32_t n = 0;
	struct frame f;

	for (size_t i = 0; s->store && i < s->store->contexts.count; i++)
		for (uint32_t k = 0; frame_at(s->store->contexts.data[i], k, &f); k++)
			n += f.inst && f.func->index == func && module_base(f.inst->module) == base;
	return n;
}

static void say_swapped(struct session *s, const struct module *base, uint32_t func, const char *what, struct result *r)
{
	uint32_t inside = frames_inside(s, base, func);
	struct buf name = { 0 };

	func_member(base, func, r, r->root);
	func_display_name(base, func, &name);
	buf_printf(&r->text, "%s %s", buf_str(&name), what);
	if (inside)
		buf_printf(&r->text, "; %u frame%s inside finish%s the old body", inside, inside == 1 ? "" : "s",
			inside == 1 ? "es" : "");
	buf_putc(&r->text, '\n');
	node_int(r, r->root, "index", func);
	node_int(r, r->root, "frames", inside);
	buf_free(&name);
}

static bool swap_text(struct session *s, struct module *base, uint32_t func, struct str text, struct result *r, struct err *e)
{
	struct source *src = text_source(s, base, func, text, e), *copy;

	if (!src)
		return false;
	if (!vec_reserve(&s->dead_modules, s->dead_modules.count + 1)) {
		source_free(src);
		return err_oom(e);
	}
	/* places of errors are in it */
	if ((copy = source_copy(src->name, text.p, text.n, e)) != NULL) {
		session_keep_text(s, copy);
		source_free(copy);
	}
	struct module *made = swap_func(&s->swaps, s->store, base, func, src, e);
	if (!made)
		return false;
	vec_push(&s->dead_modules, made);       /* there is room */
	if (s->debug)
		s->debug->module_loaded(s, made);
	if (s->dbg) {
		debug_replace_places(s, base, func);
		debug_code_changed(s);
	}
	say_swapped(s, base, func, "swapped", r);
	return true;
}

static bool run_swap(struct session *s, const struct args *a, struct result *r, struct err *e)
{
	const struct arg *f = arg_get(a, "function");
	struct module *base = base_of(s, f);

	return check_defined(base, f->func, e) && swap_text(s, base, f->func, arg_get(a, "text")->text, r, e);
}

const struct command cmd_swap = {
	.name = "swap", .group = GROUP_MODULE, .summary = "Give a function another body",
	.doc = "The text is checked against the module first; a mistake leaves everything as it was. The next call of the function\n"
		"runs the new body, in every instance; frames that are inside finish the old one. Its type, its imports and exports\n"
		"stay as they are; types that the module has not are added. undo-swap takes it back, write saves the module.\n",
	.example = "swap $fac (func (param $n i32) (result i32) (i32.const 1))",
	.args = (const struct arg_spec[]){
		FUNCTION_ARG(0),
		{ "text", ARG_REST, 0, "(func …), until its brackets balance", NULL }, { 0 } },
	.flags = CMD_NEEDS_MODULE | CMD_BRACKETS, .run = run_swap,
};

static bool run_undo_swap(struct session *s, const struct args *a, struct result *r, struct err *e)
{
	struct swap undone;

	if (!swap_undo(&s->swaps, s->store, &undone))
		return err_set(e, E_USAGE, place_none(), "nothing is swapped");
	if (s->dbg) {
		debug_replace_places(s, undone.base, undone.func);
		debug_code_changed(s);
	}
	say_swapped(s, undone.base, undone.func, undone.before == undone.base ? "is what it was loaded as"
		: "is what it was before", r);
	return true;
}

const struct command cmd_undo_swap = {
	.name = "undo-swap", .group = GROUP_MODULE, .summary = "Undo the last swap",
	.run = run_undo_swap,
};

static bool run_info_swaps(struct session *s, const struct args *a, struct result *r, struct err *e)
{
	struct node *list = node_array(r, r->root, "swaps");

	for (size_t i = 0; i < s->swaps.list.count; i++) {
		const struct swap *w = &s->swaps.list.data[i];
		struct node *one = node_object(r, list, NULL);
		func_member(w->base, w->func, r, one);
		node_int(r, one, "index", w->func);
		node_int(r, one, "module", w->base->number);
		node_bool(r, one, "written", w->written);
		buf_printf(&r->text, "%s  module %u, #%u%s\n", w->made->text->name, w->base->number, w->func,
			w->written ? ", written" : "");
	}
	if (!s->swaps.list.count)
		buf_puts(&r->text, "nothing is swapped\n");
	return true;
}

const struct command cmd_info_swaps = {
	.name = "info swaps", .group = GROUP_MODULE, .summary = "List functions that were given other bodies",
	.run = run_info_swaps,
};

/* ---- editing --------------------------------------------------------------------------------- */

static const char *editor(const struct session *s)
{
	const char *e = getenv("VISUAL");

	if (!e || !*e)
		e = getenv("EDITOR");
	return e && *e ? e : s->terminal ? "vi" : NULL;
}

static bool save(const char *path, const struct buf *head, const struct buf *text, struct err *e)
{
	FILE *f = fopen(path, "w");
	bool ok = f && fwrite(buf_str(head), 1, head->size, f) == head->size &&
		fwrite(buf_str(text), 1, text->size, f) == text->size;

	if (f && fclose(f) != 0)
		ok = false;
	return ok || err_set(e, E_IO, place_none(), "%s: %m", path);
}

/* Runs the editor on the file; TEXT becomes what it is then, without the lines that begin with ";;!". */
static bool run_editor(const char *program, const char *path, struct buf *text, struct err *e)
{
	struct buf command = { 0 };

	buf_printf(&command, "%s '%s'", program, path);
	int status = system(buf_str(&command));
	buf_free(&command);
	if (status == -1 || !WIFEXITED(status) || WEXITSTATUS(status) != 0)
		return err_set(e, E_IO, place_none(), "%s did not end well: the function stays as it is", program);
	struct source *src = source_read(path, e);
	if (!src)
		return false;
	buf_reset(text);
	for (size_t i = 0; i < src->size;) {
		const char *end = memchr(src->bytes + i, '\n', src->size - i);
		size_t n = end ? (size_t)(end - src->bytes) + 1 - i : src->size - i;
		if (n < 3 || memcmp(src->bytes + i, ";;!", 3) != 0)
			buf_put(text, src->bytes + i, n);
		i += n;
	}
	source_free(src);
	return !text->failed || err_oom(e);
}

/* What was wrong, above the text: lines that are taken away again. */
static void put_message(const struct session *s, const struct err *e, struct buf *head)
{
	uint32_t line = 0, column = 0;

	buf_reset(head);
	if (e->place.kind == PLACE_TEXT && s->error_source)
		source_position(s->error_source, e->place.start, &line, &column);
	buf_puts(head, ";;! ");
	if (line)
		buf_printf(head, "line %u, column %u below: ", line, column);
	buf_printf(head, "%s\n", e->message);
	if (e->evidence[0])
		buf_printf(head, ";;!   %.*s\n", (int)strcspn(e->evidence, "\n"), e->evidence);
	buf_puts(head, ";;! leave it unchanged to give up\n");
}

/* Until it is right, or comes back as it was. */
static bool edit_until_right(struct session *s, struct module *base, uint32_t func, const char *path, struct buf *text,
	struct result *r, struct err *e)
{
	const char *program = editor(s);
	struct buf head = { 0 }, before = { 0 };
	bool ok = false, changed;

	do {
		struct err none = { 0 };
		buf_reset(&before);
		buf_put(&before, buf_str(text), text->size);
		if (!save(path, &head, text, &none) || !run_editor(program, path, text, &none)) {
			*e = none;
			break;
		}
		changed = text->size != before.size || memcmp(buf_str(text), buf_str(&before), text->size) != 0;
		if (!changed) {
			if (!e->code)
				buf_puts(&r->text, "unchanged\n");
			ok = !e->code;
			break;
		}
		*e = none;
		ok = swap_text(s, base, func, str_trim(str_of_buf(text)), r, e);
		if (!ok)
			put_message(s, e, &head);
	} while (!ok);
	buf_free(&head);
	buf_free(&before);
	return ok;
}

static bool run_edit(struct session *s, const struct args *a, struct result *r, struct err *e)
{
	const struct arg *f = arg_get(a, "function");
	struct module *base = base_of(s, f);
	const char *folder = getenv("TMPDIR");
	struct buf text = { 0 }, path = { 0 };

	if (!check_defined(base, f->func, e))
		return false;
	if (!editor(s))
		return err_set(e, E_USAGE, place_none(), "no editor: set EDITOR, or use swap");
	buf_printf(&path, "%s/wrench-XXXXXX.wat", folder && *folder ? folder : "/tmp");
	int fd = path.failed ? -1 : mkstemps(path.data, 4);
	bool ok = (fd >= 0 || err_set(e, E_IO, place_none(), "%s: %m", buf_str(&path))) &&
		wat_func_text(f->module, f->func, &text, e);
	output_flush(&s->out);
	ok = ok && edit_until_right(s, base, f->func, buf_str(&path), &text, r, e);
	if (fd >= 0) {
		close(fd);
		unlink(buf_str(&path));
	}
	buf_free(&text);
	buf_free(&path);
	return ok;
}

const struct command cmd_edit = {
	.name = "edit", .group = GROUP_MODULE, .summary = "Change a function in the editor, then swap it",
	.doc = "$VISUAL or $EDITOR gets the function's text in a temporary file. After a mistake it is opened again, with the message\n"
		"above the text; leaving it unchanged gives up.\n",
	.example = "edit $fac",
	.args = (const struct arg_spec[]){ FUNCTION_ARG(0), { 0 } },
	.flags = CMD_NEEDS_MODULE, .run = run_edit,
};
