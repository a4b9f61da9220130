/*
 * The command line: commands (cli_commands.def) and options (cli_options.def) are tables, from which parsing, help, the
 * manual page and shell completion come. Each command is a function that is given a struct cli and returns the exit
 * status; the prompt and the workbench are started by repl/main.c through the same table.
 */
#ifndef REPL_COMMAND_CLI_H
#define REPL_COMMAND_CLI_H

#include "engine/base/vec.h"
#include "engine/op.h"
#include "repl/command/session.h"

enum cli_status { STATUS_OK = 0, STATUS_FAILED = 1, STATUS_USAGE = 2, STATUS_TIMEOUT = 124, STATUS_TRAP = 134 };

/* Bits of commands, for the options that they take. */
enum cli_command_bit {
#define CLI(id, function, name, args, help) CLI_BIT_##id,
#include "repl/command/cli_commands.def"
	CLI_COUNT,
#define CLI(id, function, name, args, help) CLI_##id = 1 << CLI_BIT_##id,
#include "repl/command/cli_commands.def"
	CLI_ALL = (1 << CLI_COUNT) - 1,
};

typedef VEC(const char *) cli_list;

/* A -e or -x, in the order given. */
struct cli_step {
	bool file;
	const char *text;
};

struct cli {
	const char *argv0;
	enum cli_command_bit command;           /* CLI_BIT_… */
	const char *file;                       /* NULL: none */
	const char *const *args;                /* what follows it; of wast and validate the files, too */
	uint32_t nargs;

	/* options, as the rows of cli_options.def fill them */
	bool tui, plain, fullname, json, json_events, explain, eager, man, markdown, quiet, stay, welcome, no_fuse, gc_stress, verify_ir, inherit_env, sandbox, folded, no_init, all, gdb_jit;
	const char *color;              /* auto, always, never; NULL: auto */
	const char *invoke, *out, *trace, *trace_out, *profile, *dump_jit, *dump_regir, *bounds, *deny, *check, *record, *replay, *tiers, *cpu, *stdio[3];
	cli_list dirs, env, preload, features, tier;
	VEC(struct cli_step) steps;
	uint64_t max_memory, max_stack, max_table_elements;     /* UINT64_MAX: not given */
	int64_t fuel, tier_threshold, random_tier;                          /* -1: not given */
	int64_t timeout_ns;                                     /* 0: not given */
	void *owned_args;
	int64_t started_ns;                                     /* when the program began */
};

typedef int cli_fn(struct cli *c);

struct cli_command {
	const char *name;
	const char *args;               /* after the name in the synopsis */
	const char *help;
	cli_fn *run;                    /* NULL: not in this build */
};

enum cli_option_kind {
	CLI_FLAG,                       /* bool */
	CLI_STRING, CLI_LIST,           /* const char *, cli_list */
	CLI_OPTIONAL,                   /* const char *, "" when given without =VALUE */
	CLI_COMMANDS, CLI_SCRIPT,       /* -e, -x: steps */
	CLI_SIZE, CLI_NUMBER, CLI_TIME, /* uint64_t, int64_t, int64_t ns */
};

struct cli_option {
	const char *name;               /* without dashes */
	char letter;                    /* 0: none */
	enum cli_option_kind kind;
	size_t field;                   /* offset in struct cli */
	const char *arg;                /* name of its argument in help, "[=LIST]" of an optional one; "": none */
	uint32_t commands;              /* CLI_… bits that take it */
	const char *help;
	const char *hidden;             /* another name, not in help; NULL: none */
};

extern const struct cli_command cli_commands[CLI_COUNT];
extern const struct cli_option cli_options[];
extern const size_t cli_option_count;

/* Whether a value follows as a word of its own. */
static inline bool cli_option_takes_word(const struct cli_option *o)
{
	return o->kind != CLI_FLAG && o->kind != CLI_OPTIONAL;
}

/* Read argv. False with E: wrong usage. */
bool cli_parse(struct cli *c, int argc, char **argv, struct err *e);
void cli_free(struct cli *c);

/* ---- for the commands ---------------------------------------------------------------------------------------------- */

/* A session as the options say; false with E. The wasi configuration lives as long as C. */
bool cli_session(struct cli *c, struct session *s, struct err *e);
/* Show E (with the session's text), free the session when there is one; gives STATUS_FAILED. */
int cli_fail(struct session *s, const struct err *e);
/* Write what is left, free; STATUS and, when output could not be written, STATUS_FAILED with a message. */
int cli_end(struct session *s, int status);
/* Load PATH to look at it. True also when it is malformed or invalid: PROBLEM says so, *M has what could be read, and the
   command ends with cli_end_problem(). */
bool cli_load_readable(struct session *s, const char *path, struct session_module **m, struct err *problem);
int cli_end_problem(struct session *s, const struct err *problem);
/* Instances of --preload, registered. */
bool cli_preload(struct cli *c, struct session *s, struct result *r, struct err *e);
/* Copy BUF to the file of -o, or to standard output. */
bool cli_write(struct cli *c, struct session *s, const struct buf *b, struct err *e);

/* PATH, or the files below it whose names end in one of ENDS (".wast .wat"), in the order of their names. Strings in A. */
typedef VEC(char *) cli_paths;
bool cli_collect(const char *path, const char *ends, cli_paths *out, struct arena *a, struct err *e);
bool cli_is_folder(const char *path);

cli_fn cli_run, cli_lockstep, cli_wast, cli_validate, cli_inspect, cli_features, cli_wat, cli_wasm, cli_dump, cli_version,
	cli_help, cli_completion;


/* Help about a topic: a command, an option, an instruction, "keys", …; empty TOPIC: the overview. False: unknown. */
bool cli_help_topic(struct str topic, struct buf *out);
void cli_help_overview(struct buf *out);
void cli_help_command(enum cli_command_bit b, struct buf *out);
void cli_man_page(struct buf *out);
void cli_reference_page(struct buf *out);
bool cli_completion_script(struct str shell, struct buf *out);

#endif
