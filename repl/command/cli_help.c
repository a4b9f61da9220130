/* Help, manual page and shell completion of the command line, from its tables and the registry. */
#include <stdio.h>

#include "engine/base/buf.h"
#include "repl/command/cli.h"
#include "repl/command/help.h"
#include "repl/command/render.h"

/* ---- text ---------------------------------------------------------------------------------------------------------------- */

static void put_options(uint32_t which, struct buf *out)
{
	struct arena a = { 0 };
	struct table_text t = { .arena = &a };

	for (size_t i = 0; i < cli_option_count; i++) {
		const struct cli_option *o = &cli_options[i];
		char letter[8] = "    ";
		if (!(o->commands & which))
			continue;
		if (o->letter)
			snprintf(letter, sizeof letter, "-%c, ", o->letter);
		table_text_cell(&t, "  %s--%s%s%s", letter, o->name, cli_option_takes_word(o) ? " " : "", o->arg);
		table_text_cell(&t, "%s", o->help);
		table_text_row(&t);
	}
	if (t.nrows)
		table_text_print(&t, out);
	arena_free(&a);
}

/* The options of command I; those of the prompt are the workbench's, too. */
static uint32_t options_of(int i)
{
#ifndef FRONT_NONE
	if (i == CLI_BIT_TUI)
		return CLI_TUI | CLI_PROMPT;
#endif
	return 1u << i;
}

static void put_synopsis(const struct cli_command *k, struct buf *out)
{
	buf_printf(out, "wrench%s%s [OPTIONS]%s%s", k->name[0] ? " " : "", k->name, k->args[0] ? " " : "", k->args);
}

void cli_help_command(enum cli_command_bit b, struct buf *out)
{
	put_synopsis(&cli_commands[b], out);
	buf_printf(out, "\n  %s\n", cli_commands[b].help);
	put_options(options_of((int)b), out);
}

void cli_help_overview(struct buf *out)
{
	struct arena a = { 0 };
	struct table_text t = { .arena = &a };

	buf_puts(out, "wrench " VERSION ", a WebAssembly workbench\n\n");
	for (int i = 0; i < CLI_COUNT; i++) {
		struct buf line = { 0 };
		put_synopsis(&cli_commands[i], &line);
		table_text_cell(&t, "  %s", buf_str(&line));
		table_text_cell(&t, "%s", cli_commands[i].help);
		table_text_row(&t);
		buf_free(&line);
	}
	table_text_print(&t, out);
	arena_free(&a);
	buf_puts(out, "\nwrench help COMMAND tells its options, wrench help i32.add about an instruction, and\n"
		"wrench help prompt lists the commands of the prompt. -h, -V and -q work everywhere.\n");
}

bool cli_help_topic(struct str topic, struct buf *out)
{
	struct session s = { 0 };

	if (topic.n == 0) {
		cli_help_overview(out);
		return true;
	}
	if (str_is(topic, "prompt")) {
		cli_help_command(CLI_BIT_PROMPT, out);
		buf_putc(out, '\n');
		help_overview(NULL, out);
		return true;
	}
	for (int i = 1; i < CLI_COUNT; i++)
		if (str_is(topic, cli_commands[i].name)) {
			cli_help_command((enum cli_command_bit)i, out);
			return true;
		}
	options_init(&s.options);
	return help_topic(&s, topic, out);
}

/* ---- manual page ------------------------------------------------------------------------------------------------------------ */

/* Text for roff: backslashes, dashes and dots at the beginning of lines. */
static void put_roff(const char *text, struct buf *out)
{
	bool start = true;

	for (; *text; text++) {
		if (start && (*text == '.' || *text == '\''))
			buf_puts(out, "\\&");
		if (*text == '\\')
			buf_puts(out, "\\e");
		else if (*text == '-')
			buf_puts(out, "\\-");
		else
			buf_putc(out, *text);
		start = *text == '\n';
	}
}

static void man_commands(struct buf *out)
{
	buf_puts(out, ".SH COMMANDS\n");
	for (int i = 0; i < CLI_COUNT; i++) {
		struct buf line = { 0 };
		put_synopsis(&cli_commands[i], &line);
		buf_puts(out, ".TP\n.B ");
		put_roff(buf_str(&line), out);
		buf_putc(out, '\n');
		put_roff(cli_commands[i].help, out);
		buf_putc(out, '\n');
		buf_free(&line);
	}
}

static void man_options(struct buf *out)
{
	buf_puts(out, ".SH OPTIONS\n");
	for (size_t i = 0; i < cli_option_count; i++) {
		const struct cli_option *o = &cli_options[i];
		buf_puts(out, ".TP\n.B ");
		if (o->letter)
			buf_printf(out, "\\-%c, ", o->letter);
		buf_puts(out, "\\-\\-");
		put_roff(o->name, out);
		buf_puts(out, cli_option_takes_word(o) ? " " : "");
		put_roff(o->arg, out);
		buf_putc(out, '\n');
		put_roff(o->help, out);
		buf_putc(out, '\n');
	}
}

static void man_prompt(struct buf *out)
{
	buf_puts(out, ".SH THE PROMPT\n");
	for (enum command_group g = 0; g < GROUP_COUNT; g++) {
		bool any = false;
		for (size_t i = 0; i < command_count; i++) {
			struct buf usage = { 0 };
			if (commands[i]->group != g)
				continue;
			if (!any)
				buf_printf(out, ".SS %s\n", command_group_names[g]);
			any = true;
			command_usage(commands[i], &usage);
			buf_puts(out, ".TP\n.B ");
			put_roff(buf_str(&usage), out);
			buf_putc(out, '\n');
			put_roff(commands[i]->summary, out);
			buf_putc(out, '\n');
			buf_free(&usage);
		}
	}
}

void cli_man_page(struct buf *out)
{
	buf_puts(out, ".TH WRENCH 1 \"\" \"wrench " VERSION "\" \"User Commands\"\n"
		".SH NAME\nwrench \\- a WebAssembly workbench\n"
		".SH SYNOPSIS\n.B wrench\n[COMMAND] [OPTIONS] [FILE [ARGS…]]\n"
		".SH DESCRIPTION\nRuns, checks, converts and debugs WebAssembly modules, text and binary. Without a command it\n"
		"opens a prompt that takes commands, calls such as fac(5), and WebAssembly text.\n");
	man_commands(out);
	man_options(out);
	man_prompt(out);
	buf_puts(out, ".SH EXIT STATUS\nOf run: the guest's own; 1 cannot load, validate or link; 2 wrong usage; 124 timeout;\n"
		"130 interrupted; 134 trap, uncaught exception or out of fuel.\n");
}

/* ---- shell completion -------------------------------------------------------------------------------------------------------- */

static void words_of_commands(struct buf *out)
{
	for (int i = 1; i < CLI_COUNT; i++)
		buf_printf(out, "%s%s", i > 1 ? " " : "", cli_commands[i].name);
}

static void words_of_options(uint32_t which, struct buf *out)
{
	for (size_t i = 0; i < cli_option_count; i++)
		if (cli_options[i].commands & which)
			buf_printf(out, " --%s", cli_options[i].name);
}

static void bash_script(struct buf *out)
{
	buf_puts(out, "_wrench() {\n\tlocal word=${COMP_WORDS[COMP_CWORD]} options=''\n\tcase ${COMP_WORDS[1]} in\n");
	for (int i = 1; i < CLI_COUNT; i++) {
		buf_printf(out, "\t%s) options='", cli_commands[i].name);
		words_of_options(options_of(i), out);
		buf_puts(out, "' ;;\n");
	}
	buf_puts(out, "\t*) options='");
	words_of_options(CLI_PROMPT, out);
	buf_puts(out, "' ;;\n\tesac\n\tif [ \"$COMP_CWORD\" = 1 ]; then\n"
		"\t\tCOMPREPLY=($(compgen -W \"");
	words_of_commands(out);
	buf_puts(out, " $options\" -- \"$word\") $(compgen -f -- \"$word\"))\n\telif [ \"${word#-}\" != \"$word\" ]; then\n"
		"\t\tCOMPREPLY=($(compgen -W \"$options\" -- \"$word\"))\n\telse\n"
		"\t\tCOMPREPLY=($(compgen -f -- \"$word\"))\n\tfi\n}\ncomplete -o filenames -F _wrench wrench\n");
}

/* Text inside '…' of a shell. */
static void put_quoted(const char *text, const char *also, struct buf *out)
{
	for (; *text; text++) {
		if (*text == '\'')
			buf_puts(out, "'\\''");
		else if (strchr(also, *text))
			buf_printf(out, "\\%c", *text);
		else
			buf_putc(out, *text);
	}
}

static void zsh_script(struct buf *out)
{
	buf_puts(out, "#compdef wrench\n_wrench() {\n\tlocal -a commands\n\tcommands=(\n");
	for (int i = 1; i < CLI_COUNT; i++) {
		buf_printf(out, "\t\t'%s:", cli_commands[i].name);
		put_quoted(cli_commands[i].help, ":", out);
		buf_puts(out, "'\n");
	}
	buf_puts(out, "\t)\n\t(( CURRENT == 2 )) && _describe command commands\n\tcase $words[2] in\n");
	for (int i = 1; i < CLI_COUNT; i++) {
		buf_printf(out, "\t%s) compadd --", cli_commands[i].name);
		words_of_options(options_of(i), out);
		buf_puts(out, " ;;\n");
	}
	buf_puts(out, "\t*) compadd --");
	words_of_options(CLI_PROMPT, out);
	buf_puts(out, " ;;\n\tesac\n\t_files\n}\n_wrench \"$@\"\n");
}

static void fish_script(struct buf *out)
{
	for (int i = 1; i < CLI_COUNT; i++) {
		buf_printf(out, "complete -c wrench -n __fish_use_subcommand -a %s -d '", cli_commands[i].name);
		put_quoted(cli_commands[i].help, "", out);
		buf_puts(out, "'\n");
	}
	for (size_t i = 0; i < cli_option_count; i++) {
		const struct cli_option *o = &cli_options[i];
		buf_printf(out, "complete -c wrench -l %s%s", o->name, cli_option_takes_word(o) ? " -r" : "");
		if (o->letter)
			buf_printf(out, " -s %c", o->letter);
		if (!(o->commands & CLI_PROMPT)) {
			buf_puts(out, " -n '__fish_seen_subcommand_from");
			for (int k = 1; k < CLI_COUNT; k++)
				if (o->commands >> k & 1)
					buf_printf(out, " %s", cli_commands[k].name);
			buf_putc(out, '\'');
		}
		buf_puts(out, " -d '");
		put_quoted(o->help, "", out);
		buf_puts(out, "'\n");
	}
}

bool cli_completion_script(struct str shell, struct buf *out)
{
	if (str_is(shell, "bash"))
		bash_script(out);
	else if (str_is(shell, "zsh"))
		zsh_script(out);
	else if (str_is(shell, "fish"))
		fish_script(out);
	return out->size > 0;
}
