/* Reading the command line from its tables; see cli.h. */
#include "repl/command/cli.h"

#include <errno.h>
#include <stdlib.h>

#include "engine/base/buf.h"
#include "engine/base/clock.h"

const struct cli_command cli_commands[CLI_COUNT] = {
#define CLI(id, function, name, args, help) { name, args, help, function },
#include "repl/command/cli_commands.def"
};

const struct cli_option cli_options[] = {
#define OPT(name, letter, kind, field, arg, commands, hidden, help) \
	{ name, letter, CLI_##kind, offsetof(struct cli, field), arg, commands, help, hidden },
#include "repl/command/cli_options.def"
};
const size_t cli_option_count = sizeof cli_options / sizeof *cli_options;

/* ---- values --------------------------------------------------------------------------------------------------------- */

static bool fail_value(const struct cli_option *o, const char *value, const char *what, struct err *e)
{
	return err_set(e, E_USAGE, place_none(), "--%s: '%s' is not %s", o->name, value, what);
}

static bool read_size(const struct cli_option *o, const char *value, uint64_t *out, struct err *e)
{
	static const char units[] = "KMGT";
	char *end;

	errno = 0;
	unsigned long long v = strtoull(value, &end, 0);
	unsigned shift = 0;
	if (*end && strchr(units, *end & ~0x20)) {
		shift = 10 * (unsigned)(strchr(units, *end & ~0x20) - units + 1);
		end += 1 + (strcmp(end + 1, "iB") == 0 ? 2 : end[1] == 'B' && !end[2] ? 1 : 0);
	}
	if (end == value || *end || errno || value[0] == '-' || (shift && v >> (64 - shift)))
		return fail_value(o, value, "a size such as 65536, 64K, 16M or 1G", e);
	*out = v << shift;
	return true;
}

static bool read_number(const struct cli_option *o, const char *value, int64_t *out, struct err *e)
{
	char *end;

	errno = 0;
	long long v = strtoll(value, &end, 0);
	if (end == value || *end || errno || v < 0)
		return fail_value(o, value, "a number from 0", e);
	*out = v;
	return true;
}

static bool read_time(const struct cli_option *o, const char *value, int64_t *out, struct err *e)
{
	enum { NS_MS = 1000000, NS_S = 1000000000 };
	char *end;
	double v = strtod(value, &end), unit = NS_MS;

	if (strcmp(end, "s") == 0)
		unit = NS_S;
	else if (*end && strcmp(end, "ms") != 0)
		end = (char *)value;
	if (end == value || !(v >= 0) || v * unit > 9e18)
		return fail_value(o, value, "a time such as 500, 500ms or 2s", e);
	*out = (int64_t)(v * unit);
	return true;
}

/* --sandbox takes back what was granted before it; what follows it is granted. */
static void forget_grants(struct cli *c)
{
	c->dirs.count = c->env.count = 0;
	c->inherit_env = false;
	c->stdio[0] = NULL;
}

static bool set_option(struct cli *c, const struct cli_option *o, const char *value, struct err *e)
{
	void *field = (char *)c + o->field;
	struct cli_step step = { o->kind == CLI_SCRIPT, value };

	switch (o->kind) {
	case CLI_FLAG:
		*(bool *)field = true;
		if (field == &c->sandbox)
			forget_grants(c);
		return true;
	case CLI_STRING:
		*(const char **)field = value;
		return true;
	case CLI_OPTIONAL:
		*(const char **)field = value ? value : "";
		return true;
	case CLI_LIST:
		return vec_push((cli_list *)field, value) ? true : err_oom(e);
	case CLI_COMMANDS:
	case CLI_SCRIPT:
		return vec_push(&c->steps, step) ? true : err_oom(e);
	case CLI_SIZE:
		return read_size(o, value, field, e);
	case CLI_NUMBER:
		return read_number(o, value, field, e);
	case CLI_TIME:
		return read_time(o, value, field, e);
	}
	return true;
}

/* ---- words ------------------------------------------------------------------------------------------------------------ */

struct words {
	char **at;
	int left;
};

static const struct cli_option *find_option(const struct cli *c, struct str name, char letter, struct err *e)
{
	const struct cli_option *near = NULL, *elsewhere = NULL;
	size_t best = 3;

	for (size_t i = 0; i < cli_option_count; i++) {
		const struct cli_option *o = &cli_options[i];
		bool here = (o->commands >> c->command & 1) != 0;
		bool named = letter ? o->letter == letter : str_is(name, o->name) || (o->hidden && str_is(name, o->hidden));
		if (named && here)
			return o;
		if (named)
			elsewhere = o;
		size_t d = letter || !here ? best : str_distance(name, str_of(o->name), best);
		if (d < best) {
			best = d;
			near = o;
		}
	}
	const char *dashes = letter ? "-" : "--", *command = cli_commands[c->command].name;
	struct str shown = letter ? (struct str){ &letter, 1 } : name;
	if (elsewhere)
		err_set(e, E_USAGE, place_none(), "%s%.*s is not an option of wrench%s%s", dashes, STR_ARGS(shown),
			*command ? " " : "", command);
	else if (near)
		err_set(e, E_USAGE, place_none(), "no option %s%.*s; did you mean '--%s'?", dashes, STR_ARGS(shown), near->name);
	else
		err_set(e, E_USAGE, place_none(), "no option %s%.*s", dashes, STR_ARGS(shown));
	err_hint(e, "wrench help%s%s", *command ? " " : "", command);
	return NULL;
}

/* --invoke makes a run of what would be the prompt. */
static void become_run(struct cli *c, struct str name, char letter)
{
	if (c->command == CLI_BIT_PROMPT && !letter && str_is(name, "invoke"))
		c->command = CLI_BIT_RUN;
}

/* One option with its value; W stands at it and moves behind it. */
static bool read_option(struct cli *c, struct words *w, struct err *e)
{
	const char *word = w->at[0], *value = NULL;
	bool is_long = word[1] == '-';
	struct str name = is_long ? (struct str){ word + 2, strcspn(word + 2, "=") } : STR("");
	char letter = is_long ? 0 : word[1];

	w->at++, w->left--;
	if (c->command == CLI_BIT_RUN && strcmp(word, "-i") == 0) {
		name = STR("invoke");
		letter = 0;
	}
	become_run(c, name, letter);
	const struct cli_option *o = find_option(c, name, letter, e);
	if (!o)
		return false;
	if (is_long && name.p[name.n] == '=')
		value = name.p + name.n + 1;
	else if (letter && word[2])
		value = word + 2;
	if (o->kind == CLI_FLAG)
		return value ? err_set(e, E_USAGE, place_none(), "--%s takes no value", o->name) : set_option(c, o, NULL, e);
	if (!value && cli_option_takes_word(o) && w->left == 0)
		return err_set(e, E_USAGE, place_none(), "--%s needs %s: %s", o->name, o->arg, o->help);
	if (!value && cli_option_takes_word(o)) {
		value = w->at[0];
		w->at++, w->left--;
	}
	return set_option(c, o, value, e);
}

static bool is_option(const char *word)
{
	return word[0] == '-' && word[1] != '\0';
}

/* -h, -V and their long forms work everywhere. */
static bool is_general(struct cli *c, const char *word)
{
	if (strcmp(word, "-h") == 0 || strcmp(word, "--help") == 0) {
		c->file = c->tui ? "tui" : cli_commands[c->command].name;
		c->command = CLI_BIT_HELP;
		return true;
	}
	if (strcmp(word, "-V") == 0 || strcmp(word, "--version") == 0) {
		c->command = CLI_BIT_VERSION;
		return true;
	}
	return false;
}

/* Commands whose FILE is followed by what belongs to the guest. */
static bool guest_follows(const struct cli *c)
{
#ifndef FRONT_NONE
	if (c->command == CLI_BIT_LUA)
		return true;
#endif
	return c->command == CLI_BIT_PROMPT || c->command == CLI_BIT_RUN || c->command == CLI_BIT_LOCKSTEP;
}

static bool take_files(struct cli *c, struct words *w, struct err *e)
{
	VEC(const char *) files = { 0 };
	bool options = true, ok = true;

	while (ok && w->left > 0) {
		const char *word = w->at[0];
		if (options && strcmp(word, "--") == 0) {
			options = false;
			w->at++, w->left--;
		} else if (options && is_option(word)) {
			if (is_general(c, word))
				break;
			ok = read_option(c, w, e);
		} else if (guest_follows(c)) {
			break;
		} else {
			ok = vec_push(&files, word) || err_oom(e);
			w->at++, w->left--;
		}
	}
	if (!guest_follows(c) && files.count > 0) {
		c->file = files.data[0];
		c->args = files.data;           /* freed by cli_free() */
		c->nargs = (uint32_t)files.count;
		c->owned_args = files.data;
		return ok;
	}
	vec_free(&files);
	return ok;
}

/* What follows a script is the script's. */
static bool invoke_may_follow(const struct cli *c)
{
	return c->command == CLI_BIT_PROMPT || c->command == CLI_BIT_RUN || c->command == CLI_BIT_LOCKSTEP;
}

static bool take_guest(struct cli *c, struct words *w, struct err *e)
{
	if (w->left == 0)
		return true;
	c->file = w->at[0];
	w->at++, w->left--;
	while (w->left >= 1 && !c->invoke && invoke_may_follow(c) && (strcmp(w->at[0], "--invoke") == 0 || strcmp(w->at[0], "-i") == 0 ||
		strncmp(w->at[0], "--invoke=", 9) == 0)) {
		if (c->command == CLI_BIT_PROMPT)
			c->command = CLI_BIT_RUN;
		if (!read_option(c, w, e))
			return false;
	}
	c->args = (const char *const *)w->at;
	c->nargs = (uint32_t)w->left;
	return true;
}

static void find_command(struct cli *c, struct words *w)
{
	static const struct { const char *name; enum cli_command_bit bit; } hidden[] = {
		{ "wat2wasm", CLI_BIT_WASM }, { "wasm2wat", CLI_BIT_WAT }, { "objdump", CLI_BIT_DUMP },
	};
	bool found = false;

	if (w->left == 0)
		return;
	for (int i = 1; i < CLI_COUNT && !found; i++)
		if (strcmp(w->at[0], cli_commands[i].name) == 0) {
			c->command = (enum cli_command_bit)i;
			found = true;
		}
	for (size_t i = 0; i < sizeof hidden / sizeof *hidden && !found; i++)
		if (strcmp(w->at[0], hidden[i].name) == 0) {
			c->command = hidden[i].bit;
			found = true;
		}
	if (found)
		w->at++, w->left--;
#ifndef FRONT_NONE
	if (c->command == CLI_BIT_TUI) {        /* the prompt's options, another front */
		c->command = CLI_BIT_PROMPT;
		c->tui = true;
	}
#endif
}

bool cli_parse(struct cli *c, int argc, char **argv, struct err *e)
{
	struct words w = { argv + 1, argc - 1 };

	*c = (struct cli){
		.argv0 = argv[0], .command = CLI_BIT_PROMPT, .fuel = -1, .tier_threshold = -1, .random_tier = -1, .max_memory = UINT64_MAX, .max_stack = UINT64_MAX,
		.max_table_elements = UINT64_MAX, .started_ns = clock_now_ns(),
	};
	find_command(c, &w);
	if (!take_files(c, &w, e))
		return false;
	return !guest_follows(c) || take_guest(c, &w, e);
}

void cli_free(struct cli *c)
{
	vec_free(&c->dirs);
	vec_free(&c->env);
	vec_free(&c->preload);
	vec_free(&c->features);
	vec_free(&c->tier);
	vec_free(&c->steps);
	free(c->owned_args);
}
