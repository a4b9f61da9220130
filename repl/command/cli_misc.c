/* wrench features, version, inspect, help, completion: what the program and modules say about themselves. */
#include "engine/base/buf.h"
#include "repl/command/cli.h"
#include "repl/command/info.h"
#include "repl/command/render.h"

/* ---- features ----------------------------------------------------------------------------------------------------------- */

/* Every feature of the table is read, checked, printed and executed; one that were not would say so here. */
static void feature_rows(struct result *r)
{
	struct table_text t = { .arena = &r->arena, .right = { [3] = true } };
	struct node *list = node_array(r, r->root, "features");

	table_text_cell(&t, "name");
	table_text_cell(&t, "level");
	table_text_cell(&t, "status");
	table_text_cell(&t, "opcodes");
	table_text_cell(&t, "what");
	table_text_row(&t);
	for (enum feature f = 0; f < FEATURE_COUNT; f++) {
		const struct feature_info *i = &feature_info[f];
		struct node *one = node_object(r, list, NULL);
		node_str(r, one, "name", str_of(i->name));
		node_str(r, one, "level", str_of(i->level));
		node_str(r, one, "status", STR("runs"));
		node_int(r, one, "opcodes", op_count_by_feature(f));
		node_str(r, one, "help", str_of(i->help));
		table_text_cell(&t, "%s", i->name);
		table_text_cell(&t, "%s", i->level);
		table_text_cell(&t, "runs");
		table_text_cell(&t, "%u", op_count_by_feature(f));
		table_text_cell(&t, "%s", i->help);
		table_text_row(&t);
	}
	table_text_print(&t, &r->text);
}

static int show_json(struct session *s, struct result *r)
{
	struct buf b = { 0 };

	json_node(r->root, &b);
	buf_putc(&b, '\n');
	output_put(&s->out, buf_str(&b), b.size);
	buf_free(&b);
	result_free(r);
	return cli_end(s, STATUS_OK);
}

static int show(struct cli *c, struct session *s, struct result *r)
{
	if (c->json)
		return show_json(s, r);
	render_text(s, r);
	result_free(r);
	return cli_end(s, STATUS_OK);
}

int cli_features(struct cli *c)
{
	struct err e = { 0 };
	struct session s;
	struct result r;

	if (!cli_session(c, &s, &e))
		return cli_fail(&s, &e);
	if (!result_init(&r))
		return cli_end(&s, STATUS_FAILED);
	feature_rows(&r);
	return show(c, &s, &r);
}

/* ---- inspect -------------------------------------------------------------------------------------------------------------- */

int cli_inspect(struct cli *c)
{
	struct session_module *m;
	struct err e = { 0 };
	struct session s;
	struct result r;

	if (!cli_session(c, &s, &e))
		return cli_fail(&s, &e);
	if (!c->file) {
		err_set(&e, E_USAGE, place_none(), "inspect needs FILE: a .wat or .wasm file");
		return cli_fail(&s, &e);
	}
	if (!cli_load_readable(&s, c->file, &m, &e) || (e.code && c->json))
		return cli_fail(&s, &e);
	if (!result_init(&r))
		return cli_end(&s, STATUS_FAILED);
	info_module(&s, m, &r);
	if (!e.code) {
		info_problem(m, &r);
		return show(c, &s, &r);
	}
	render_text(&s, &r);
	result_free(&r);
	return cli_end_problem(&s, &e);
}

/* ---- version, help, completion --------------------------------------------------------------------------------------------- */

static int print(struct cli *c, const struct buf *b)
{
	struct err e = { 0 };
	struct session s;

	if (!cli_session(c, &s, &e))
		return cli_fail(&s, &e);
	output_put(&s.out, buf_str(b), b->size);
	return cli_end(&s, STATUS_OK);
}

int cli_version(struct cli *c)
{
	struct buf b = { 0 };

	buf_puts(&b, "wrench " VERSION "\n");
#if defined FRONT_NONE
	buf_puts(&b, "engine, text format and non-interactive commands; licence: MIT\n");
#elif defined USE_LIBEDIT
	buf_puts(&b, "with libedit (BSD) and Lua (MIT); licence of the sources and of this build: MIT\n");
#else
	buf_puts(&b, "with GNU readline (GPL 3) and Lua (MIT): this build is under the GPL, version 3 or later;\n"
		"the sources are under the MIT licence, and `make READLINE=no` builds with libedit instead\n");
#endif
	int status = print(c, &b);
	buf_free(&b);
	return status;
}

int cli_help(struct cli *c)
{
	struct str topic = c->file ? str_of(c->file) : STR("");
	struct buf b = { 0 };
	int status;

	if (c->man)
		cli_man_page(&b);
	else if (c->markdown)
		cli_reference_page(&b);
	else if (!cli_help_topic(topic, &b)) {
		struct err e = { 0 };
		struct session s;
		buf_free(&b);
		cli_session(c, &s, &e);
		err_set(&e, E_UNKNOWN_NAME, place_none(), "no help about '%s'", c->file);
		err_hint(&e, "wrench help");
		return cli_fail(&s, &e);
	}
	status = print(c, &b);
	buf_free(&b);
	return status;
}

int cli_completion(struct cli *c)
{
	struct buf b = { 0 };

	if (!cli_completion_script(c->file ? str_of(c->file) : STR(""), &b)) {
		struct err e = { 0 };
		struct session s;
		buf_free(&b);
		cli_session(c, &s, &e);
		err_set(&e, E_USAGE, place_none(), "completion needs a shell: bash, zsh or fish");
		return cli_fail(&s, &e);
	}
	int status = print(c, &b);
	buf_free(&b);
	return status;
}
