/* wrench help --markdown: the reference page of docs/, from the tables of the command line and the registry. */
#include "engine/base/buf.h"
#include "repl/command/cli.h"
#include "repl/command/help.h"

/* Text in a table's cell: bars are escaped. */
static void put_cell(const char *text, struct buf *out)
{
	for (; *text; text++) {
		buf_puts(out, *text == '|' ? "\\" : "");
		buf_putc(out, *text);
	}
}

static void put_code_cell(const char *text, struct buf *out)
{
	buf_puts(out, "| `");
	put_cell(text, out);
	buf_puts(out, "` | ");
}

/* ---- the command line ---------------------------------------------------------------------------------------------- */

static void line_commands(struct buf *out)
{
	buf_puts(out, "## Command line\n\n| command | |\n|---|---|\n");
	for (int i = 0; i < CLI_COUNT; i++) {
		const struct cli_command *k = &cli_commands[i];
		struct buf line = { 0 };
		buf_printf(&line, "wrench%s%s [OPTIONS]%s%s", k->name[0] ? " " : "", k->name, k->args[0] ? " " : "", k->args);
		put_code_cell(buf_str(&line), out);
		put_cell(k->help, out);
		buf_puts(out, " |\n");
		buf_free(&line);
	}
}

static void commands_of(const struct cli_option *o, struct buf *out)
{
	const char *between = "";

	if (o->commands == CLI_ALL) {
		buf_puts(out, "all");
		return;
	}
	for (int i = 0; i < CLI_COUNT; i++)
		if (o->commands >> i & 1) {
			buf_printf(out, "%s%s", between, i ? cli_commands[i].name : "prompt");
			between = " ";
		}
}

static void line_options(struct buf *out)
{
	buf_puts(out, "\n| option | | of |\n|---|---|---|\n");
	for (size_t i = 0; i < cli_option_count; i++) {
		const struct cli_option *o = &cli_options[i];
		struct buf name = { 0 };
		if (o->letter)
			buf_printf(&name, "-%c, ", o->letter);
		buf_printf(&name, "--%s%s%s", o->name, cli_option_takes_word(o) ? " " : "", o->arg);
		put_code_cell(buf_str(&name), out);
		put_cell(o->help, out);
		buf_puts(out, " | ");
		commands_of(o, out);
		buf_puts(out, " |\n");
		buf_free(&name);
	}
}

/* ---- the prompt ------------------------------------------------------------------------------------------------------ */

static void one_command(const struct command *c, struct buf *out)
{
	struct buf usage = { 0 };

	command_usage(c, &usage);
	buf_printf(out, "\n- `%s`: %s.", buf_str(&usage), c->summary);
	buf_free(&usage);
	if (c->alias)
		buf_printf(out, " Short: `%s`.", c->alias);
	if (c->flags & CMD_REPEATS)
		buf_puts(out, " An empty line repeats it.");
	buf_putc(out, '\n');
	for (const struct arg_spec *a = c->args; a && a->kind != ARG_END; a++)
		buf_printf(out, "  - *%s*: %s\n", a->name, a->help);
	if (!c->doc && !c->example)
		return;
	buf_puts(out, "\n  ```\n");
	for (const char *p = c->doc; p && *p;) {
		size_t n = strcspn(p, "\n");
		buf_printf(out, "  %.*s\n", (int)n, p);
		p += n + (p[n] == '\n');
	}
	if (c->example)
		buf_printf(out, "  example: %s\n", c->example);
	buf_puts(out, "  ```\n");
}

static void prompt_commands(struct buf *out)
{
	buf_puts(out, "\n## The prompt\n\nA line is a command, a call such as `fac(5)`, WebAssembly text in brackets, the same flat\n"
		"after `=`, a shell command after `!`, or a comment after `#` or `;;`. Commands may be shortened as long as they\n"
		"are unique; the short forms are fixed.\n");
	for (enum command_group g = 0; g < GROUP_COUNT; g++) {
		bool any = false;
		for (size_t i = 0; i < command_count; i++) {
			if (commands[i]->group != g)
				continue;
			if (!any)
				buf_printf(out, "\n### %s\n", command_group_names[g]);
			any = true;
			one_command(commands[i], out);
		}
	}
}

static void prompt_options(struct buf *out)
{
	buf_puts(out, "\n## Options of `set`\n\n| option | values | |\n|---|---|---|\n");
	for (size_t i = 0; i < option_count; i++) {
		const struct option_info *o = &option_info[i];
		put_code_cell(o->name, out);
		put_cell(o->choices[0] ? o->choices : o->kind == OPTION_BOOL ? "on off" : "a number", out);
		buf_puts(out, " | ");
		put_cell(o->help, out);
		buf_puts(out, " |\n");
	}
}

void cli_reference_page(struct buf *out)
{
	buf_puts(out, "# Reference\n\nMade by `wrench help --markdown` from the tables that the program itself uses: change those, "
		"then `make docs`.\n\n");
	line_commands(out);
	line_options(out);
	prompt_commands(out);
	prompt_options(out);
}
