/* Commands: who-calls, strings, wat, write. */
#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <regex.h>
#include <unistd.h>

#include "engine/base/buf.h"
#include "engine/imm.h"
#include "engine/names.h"
#include "repl/command/session.h"
#include "wat/disasm.h"
#include "wat/print.h"

/* ---- who-calls -------------------------------------------------------------------------------------------------------- */

static bool calls(const struct instr *in, uint32_t func)
{
	return (in->op == OP_CALL || in->op == OP_RETURN_CALL || in->op == OP_REF_FUNC) && in->index == func;
}

static bool find_calls(const struct module *m, uint32_t in_func, uint32_t func, struct result *r, struct node *list,
	struct err *e)
{
	struct cursor c;
	struct instr in;

	if (!disasm_start(m, in_func, &c, e))
		return false;
	while (c.p < c.end) {
		if (!instr_read(&c, &in, e))
			return false;
		if (!calls(&in, func))
			continue;
		struct buf name = { 0 };
		struct node *one = node_object(r, list, NULL);
		func_display_name(m, in_func, &name);
		buf_printf(&r->text, "%s  #%u+0x%x  @0x%x  %s\n", buf_str(&name), in_func, in.offset - m->funcs[in_func].body,
			in.offset, op_info[in.op].text);
		node_str(r, one, "function", str_of(buf_str(&name)));
		node_int(r, one, "index", in_func);
		node_printf(r, one, "offset", "0x%x", in.offset);
		buf_free(&name);
	}
	return true;
}

static bool run_who_calls(struct session *s, const struct args *a, struct result *r, struct err *e)
{
	const struct arg *f = arg_get(a, "function");
	struct node *list = node_array(r, r->root, "calls");

	for (uint32_t i = f->module->nimported_funcs; i < f->module->nfuncs; i++)
		if (!find_calls(f->module, i, f->func, r, list, e))
			return false;
	for (uint32_t i = 0; i < f->module->nelems; i++)
		for (uint32_t k = 0; f->module->elems[i].funcs && k < f->module->elems[i].count; k++)
			if (f->module->elems[i].funcs[k] == f->func)
				buf_printf(&r->text, "element segment %u, entry %u: may be called indirectly\n", i, k);
	if (!r->text.size)
		buf_puts(&r->text, "nobody: no direct call, no reference\n");
	return true;
}

const struct command cmd_who_calls = {
	.name = "who-calls", .group = GROUP_MODULE, .summary = "Where a function is called or referred to",
	.example = "who-calls $fac",
	.args = (const struct arg_spec[]){ FUNCTION_ARG(0), { 0 } },
	.flags = CMD_NEEDS_MODULE, .run = run_who_calls,
};

/* ---- strings ------------------------------------------------------------------------------------------------------------ */

enum { SHORTEST = 4 };

static void put_string(const struct module *m, uint32_t segment, uint32_t at, uint32_t n, const regex_t *re,
	struct result *r, struct node *list)
{
	struct buf text = { 0 };

	buf_escaped(&text, (const char *)m->bytes + at, n, false);
	if (!re || regexec(re, buf_str(&text), 0, NULL, 0) == 0) {
		struct node *one = node_object(r, list, NULL);
		buf_printf(&r->text, "data %u+0x%x  @0x%x  \"%s\"\n", segment, at - m->datas[segment].start, at, buf_str(&text));
		node_int(r, one, "data", segment);
		node_printf(r, one, "offset", "0x%x", at);
		node_str(r, one, "text", str_of_buf(&text));
	}
	buf_free(&text);
}

static bool run_strings(struct session *s, const struct args *a, struct result *r, struct err *e)
{
	const struct arg *pattern = arg_get(a, "regex");
	const struct module *m = session_named_module(s)->module;
	struct node *list = node_array(r, r->root, "strings");
	regex_t re;

	if (pattern->given && regcomp(&re, pattern->text.p, REG_EXTENDED | REG_NOSUB))
		return err_set(e, E_USAGE, place_none(), "'%s' is not a regular expression", pattern->text.p);
	for (uint32_t i = 0; i < m->ndatas; i++) {
		uint32_t start = m->datas[i].start, end = start + m->datas[i].size, from = start;
		for (uint32_t at = start; at <= end; at++) {
			if (at < end && (isprint(m->bytes[at]) || m->bytes[at] >= 0x80))
				continue;
			if (at - from >= SHORTEST)
				put_string(m, i, from, at - from, pattern->given ? &re : NULL, r, list);
			from = at + 1;
		}
	}
	if (pattern->given)
		regfree(&re);
	if (!r->text.size)
		buf_puts(&r->text, "no strings of 4 characters and more in its data segments\n");
	return true;
}

const struct command cmd_strings = {
	.name = "strings", .group = GROUP_MODULE, .summary = "Texts in the data segments",
	.args = (const struct arg_spec[]){
		{ "regex", ARG_REGEX, ARG_OPTIONAL, "only those that it matches", NULL }, { 0 } },
	.flags = CMD_NEEDS_MODULE, .run = run_strings,
};

/* ---- wat, write --------------------------------------------------------------------------------------------------------- */

static bool run_wat(struct session *s, const struct args *a, struct result *r, struct err *e)
{
	const struct arg *f = arg_get(a, "function");
	struct wat_print_options o = wat_print_defaults();

	bool ok = f->given ? wat_print_func(f->module, f->func, &o, &r->text, NULL, e)
		: wat_print(session_current(s)->module, &o, &r->text, e);
	if (ok && r->text.size && r->text.data[r->text.size - 1] != '\n')
		buf_putc(&r->text, '\n');
	node_str(r, r->root, "text", str_of_buf(&r->text));
	return ok;
}

const struct command cmd_wat = {
	.name = "wat", .group = GROUP_MODULE, .summary = "Show a module, or one function, as text",
	.example = "wat $fac",
	.args = (const struct arg_spec[]){
		{ "function", ARG_FUNC, ARG_OPTIONAL, "name, $name or #index; all when left out", NULL }, { 0 } },
	.flags = CMD_NEEDS_MODULE, .run = run_wat,
};

static bool run_write(struct session *s, const struct args *a, struct result *r, struct err *e)
{
	struct module *base = session_current(s)->module;
	const struct module *m = swaps_newest(&s->swaps, base);
	const char *path = arg_get(a, "file")->text.p;
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
	struct output o = { .fd = fd };

	if (fd < 0)
		return err_set(e, E_IO, place_none(), "%s: %s", path, strerror(errno));
	output_put(&o, (const char *)m->bytes, m->size);
	output_flush(&o);
	output_free(&o);
	if (close(fd) < 0 || o.error)
		return err_set(e, E_IO, place_none(), "%s: %s", path, strerror(o.error ? o.error : errno));
	swaps_written(&s->swaps, base);
	buf_printf(&r->text, "%u bytes written to %s\n", m->size, path);
	node_int(r, r->root, "bytes", m->size);
	return true;
}

const struct command cmd_write = {
	.name = "write", .group = GROUP_MODULE, .summary = "Write the current module as a binary",
	.args = (const struct arg_spec[]){ { "file", ARG_FILE, 0, "where to", NULL }, { 0 } },
	.flags = CMD_NEEDS_MODULE, .run = run_write,
};
