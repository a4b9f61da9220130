/* Commands: find, memory save, memory load. Bytes of memory 0 as a whole: searched, written to files, read from them. */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "engine/base/buf.h"
#include "engine/base/source.h"
#include "engine/entity.h"
#include "repl/command/args.h"
#include "repl/command/debug.h"

static struct memory *memory_0(struct session *s, struct err *e)
{
	struct eval_scope sc = debug_scope(s, s->frame);

	if (!sc.instance || !sc.instance->module->nmemories)
		return err_set(e, E_USAGE, place_none(), "the module has no memory"), NULL;
	return sc.instance->memories[0];
}

static bool read_address(struct session *s, struct str text, struct result *r, uint64_t *out, struct err *e)
{
	struct eval_result v;
	int64_t number;

	if (str_number(str_trim(text), &number)) {
		*out = (uint64_t)number;
		return true;
	}
	if (!debug_eval(s, text, &r->arena, &v, e))
		return false;
	if (!eval_is_integer(&v))
		return err_set(e, E_TYPE, place_none(), "'%.*s' is no address", STR_ARGS(text));
	*out = v.kind == EVAL_WASM ? v.value.lo : (uint64_t)v.integer;
	return true;
}

/* "A..B", both counted in; nothing: the whole memory. */
static bool read_range(struct session *s, struct str text, const struct memory *m, struct result *r, uint64_t *from,
	uint64_t *size, struct err *e)
{
	const char *dots = text.n ? memmem(text.p, text.n, "..", 2) : NULL;
	uint64_t to = atomic_load(&m->size) - 1;

	*from = 0;
	if (text.n && !dots)
		return err_set(e, E_USAGE, place_none(), "'%.*s' is no range: A..B are the bytes from A to B", STR_ARGS(text));
	if (dots && (!read_address(s, (struct str){ text.p, (size_t)(dots - text.p) }, r, from, e) ||
			!read_address(s, (struct str){ dots + 2, text.n - (size_t)(dots + 2 - text.p) }, r, &to, e)))
		return false;
	*size = to - *from + 1;
	if (to + 1 >= *from && memory_range(m, *from, *size))
		return true;
	return err_set(e, E_USAGE, place_none(), "%" PRIu64 "..%" PRIu64 ": the memory has %" PRIu64 " bytes", *from, to,
		(uint64_t)atomic_load(&m->size));
}

/* ---- find ------------------------------------------------------------------------------------ */

enum { FIND_SHOWN = 100 };

/* The bytes of WHAT: a string's, or a number as wide as the unit says. */
static bool pattern_of(struct session *s, struct str what, struct str format, struct result *r, struct buf *out, struct err *e)
{
	static const char units[] = "bhwg";
	const char *unit = format.n == 1 ? strchr(units, format.p[0]) : NULL;
	size_t width = unit ? (size_t)1 << (unit - units) : 4;
	struct eval_result v;
	uint64_t bits;

	if (format.n && !unit)
		return err_set(e, E_USAGE, place_none(), "find: /%.*s is no unit; there are b h w g", STR_ARGS(format));
	if (!debug_eval(s, what, &r->arena, &v, e))
		return false;
	if (v.kind == EVAL_STRING) {
		buf_put(out, v.text.p, v.text.n);
		return v.text.n || err_set(e, E_USAGE, place_none(), "find: an empty string is everywhere");
	}
	float f = (float)v.real;
	if (v.kind == EVAL_FLOAT) {
		bool narrow = width == 4 && unit;
		memcpy(&bits, &v.real, sizeof bits);
		if (narrow)
			memcpy(&bits, &f, sizeof f);
		width = narrow ? 4 : 8;
	} else if (v.kind == EVAL_WASM && !vt_is_ref(v.value.type) && v.value.type != VT_V128) {
		bits = v.value.lo;
		width = unit ? width : v.value.type == VT_I32 || v.value.type == VT_F32 ? 4 : 8;
	} else if (eval_is_integer(&v)) {
		bits = (uint64_t)v.integer;
	} else {
		return err_set(e, E_TYPE, place_none(), "find: '%.*s' is neither a string nor a number", STR_ARGS(what));
	}
	buf_put(out, (const char *)&bits, width);
	return true;
}

static bool run_find(struct session *s, const struct args *a, struct result *r, struct err *e)
{
	struct str what = arg_get(a, "what")->text;
	struct buf pattern = { 0 };
	uint64_t from, size, found = 0;

	if (!debug_need_instance(s, STR("mem"), r, e))
		return false;
	const struct memory *m = memory_0(s, e);
	if (!m || !read_range(s, arg_get(a, "in")->text, m, r, &from, &size, e))
		return false;
	if (!pattern_of(s, what, a->format, r, &pattern, e)) {
		buf_free(&pattern);
		return false;
	}
	struct node *list = node_array(r, r->root, "addresses");
	const uint8_t *p = m->base + from, *end = p + size, *at;
	while ((at = memmem(p, (size_t)(end - p), pattern.data, pattern.size)) != NULL) {
		if (found++ < FIND_SHOWN) {
			buf_printf(&r->text, "0x%" PRIx64 "\n", (uint64_t)(at - m->base));
			node_printf(r, list, NULL, "0x%" PRIx64, (uint64_t)(at - m->base));
		}
		p = at + 1;
	}
	node_printf(r, r->root, "found", "%" PRIu64, found);
	if (found > FIND_SHOWN)
		buf_printf(&r->text, "… %" PRIu64 " more\n", found - FIND_SHOWN);
	buf_printf(&r->text, found ? "%" PRIu64 " found\n" : "not found\n", found);
	buf_free(&pattern);
	return true;
}

const struct command cmd_find = {
	.name = "find", .group = GROUP_STATE, .summary = "Find bytes in memory 0",
	.doc = "A string, or a number of 4 bytes; /b /h /w /g: of 1, 2, 4, 8. At most the first 100 places are shown.\n",
	.example = "find/h 0x1234 in 0..65535",
	.args = (const struct arg_spec[]){
		{ "what", ARG_EXPR, 0, "an expression: a string or a number", NULL },
		{ "in", ARG_WORD, ARG_OPTIONAL | ARG_KEYWORD, "A..B, the bytes from A to B; all when left out", NULL }, { 0 } },
	.flags = CMD_NEEDS_MODULE | CMD_FORMAT, .run = run_find,
};

/* ---- memory save, load ----------------------------------------------------------------------- */

static bool write_file(const char *path, const uint8_t *p, size_t n, struct err *e)
{
	FILE *f = fopen(path, "wbe");
	bool ok = f && fwrite(p, 1, n, f) == n;

	if (f && fclose(f) != 0)
		ok = false;
	return ok || err_set(e, E_IO, place_none(), "%s: %s", path, strerror(errno));
}

static bool run_memory_save(struct session *s, const struct args *a, struct result *r, struct err *e)
{
	const char *path = arg_get(a, "file")->text.p;
	uint64_t from, size;

	const struct memory *m = memory_0(s, e);
	if (!m || !read_range(s, arg_get(a, "range")->text, m, r, &from, &size, e) || !write_file(path, m->base + from, size, e))
		return false;
	buf_printf(&r->text, "%" PRIu64 " bytes from 0x%" PRIx64 " saved in %s\n", size, from, path);
	node_printf(r, r->root, "bytes", "%" PRIu64, size);
	return true;
}

const struct command cmd_memory_save = {
	.name = "memory save", .group = GROUP_STATE, .summary = "Write bytes of memory 0 to a file",
	.example = "memory save page.bin 0..65535",
	.args = (const struct arg_spec[]){
		{ "file", ARG_FILE, 0, "is made, or replaced", NULL },
		{ "range", ARG_REST, ARG_OPTIONAL, "A..B, the bytes from A to B; all when left out", NULL }, { 0 } },
	.flags = CMD_NEEDS_INSTANCE, .run = run_memory_save,
};

static bool run_memory_load(struct session *s, const struct args *a, struct result *r, struct err *e)
{
	struct str at = arg_get(a, "address")->text;
	uint64_t to = 0;

	struct memory *m = memory_0(s, e);
	if (!m || (at.n && !read_address(s, at, r, &to, e)))
		return false;
	if (s->trapped)
		return err_set(e, E_NOT_RUNNING, place_none(), "the call has trapped: its state can only be looked at");
	struct source *src = source_read(arg_get(a, "file")->text.p, e);
	if (!src)
		return false;
	bool ok = memory_range(m, to, src->size) || err_set(e, E_USAGE, place_none(), "%zu bytes at %" PRIu64
		": the memory has %" PRIu64, src->size, to, (uint64_t)atomic_load(&m->size));
	if (ok && (ok = debug_will_change(s, e))) {
		mem_will_write(m, to, src->size);
		memcpy(m->base + to, src->bytes, src->size);
		buf_printf(&r->text, "%zu bytes of %s are at 0x%" PRIx64 "\n", src->size, src->name, to);
		node_printf(r, r->root, "bytes", "%zu", src->size);
	}
	source_free(src);
	return ok;
}

const struct command cmd_memory_load = {
	.name = "memory load", .group = GROUP_STATE, .summary = "Read a file's bytes into memory 0",
	.example = "memory load page.bin 0x1000",
	.args = (const struct arg_spec[]){
		{ "file", ARG_FILE, 0, "all of its bytes", NULL },
		{ "address", ARG_REST, ARG_OPTIONAL, "of the first byte; 0 when left out", NULL }, { 0 } },
	.flags = CMD_NEEDS_INSTANCE, .run = run_memory_load,
};

const struct command cmd_memory = {
	.name = "memory", .group = GROUP_STATE, .summary = "Save and load bytes of memory",
	.args = (const struct arg_spec[]){ { "what", ARG_WORD, ARG_OPTIONAL, "save or load", NULL }, { 0 } },
	.flags = CMD_FAMILY, .run = command_family_run,
};
