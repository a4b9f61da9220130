/*
 * Commands are data: a const record each, listed in commands.def, from which look-up, argument parsing, completion,
 * help, apropos, the manual page and the Lua functions all come.
 *
 *     static bool run_tbreak(struct session *s, const struct args *a, struct result *r, struct err *e) { … }
 *
 *     const struct command cmd_tbreak = {
 *             .name = "tbreak", .alias = "tb", .group = GROUP_STOPS,
 *             .summary = "Stop once before an instruction runs",
 *             .args = (const struct arg_spec[]){
 *                     { "where", ARG_LOC, 0, "function, func+offset or file:line" },
 *                     { "if", ARG_EXPR, ARG_OPTIONAL | ARG_KEYWORD, "stop only when this is true" },
 *                     { 0 },
 *             },
 *             .flags = CMD_NEEDS_MODULE, .run = run_tbreak,
 *     };
 *
 * and one line, COMMAND(tbreak), in commands.def. Handlers get checked arguments, fill a result and never print;
 * false with E: the command could not be carried out (a trap or exit of the guest is not such a failure).
 *
 * Names may have two words ("info locals", "dump regir", "set local"): the first finds the family, the second the
 * member. Where the bare word is a command of its own ("set", "tier") the second word must be exact, everything else being
 * an argument; where it only stands for its family (CMD_FAMILY: "info", "dump") it may be a prefix.
 */
#ifndef REPL_COMMAND_COMMAND_H
#define REPL_COMMAND_COMMAND_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "engine/base/str.h"

struct args;
struct err;
struct result;
struct session;

enum command_group {
	GROUP_MODULE, GROUP_RUNNING, GROUP_STOPS, GROUP_STATE, GROUP_CODE, GROUP_TIERS, GROUP_COMPARING, GROUP_TRACING,
	GROUP_BACKWARDS, GROUP_SESSION, GROUP_WORKBENCH, GROUP_COUNT
};

/* What an argument is: how it is read from the line, checked and completed. */
enum arg_kind {
	ARG_END,                /* ends the list */
	ARG_WORD,               /* one word, "quoted words" allowed */
	ARG_NUMBER,             /* an integer, decimal or 0x: struct arg's number */
	ARG_COUNT,              /* the same, at least 1 */
	ARG_CHOICE,             /* one of .choices, prefixes allowed: struct arg's choice */
	ARG_FILE,               /* one word; completes files */
	ARG_FUNC,               /* name, $name, #12, MOD!$f: struct arg's module and func */
	ARG_MODULE,             /* number or name: struct arg's module */
	ARG_INSTANCE,           /* number or name: struct arg's instance */
	ARG_LOC,                /* a location: one word, read by the handler */
	ARG_OPCODE,             /* "i32.add": struct arg's number is the enum op */
	ARG_OPTION,             /* name of an option of `set` */
	ARG_COMMAND,            /* name of a command, the rest of the line */
	ARG_REGEX,              /* the rest of the line, a POSIX extended regular expression */
	ARG_EXPR,               /* an expression: the rest of the line, or up to the next keyword argument */
	ARG_REST,               /* the rest of the line as it is */
	ARG_CALL,               /* F(ARGS), or F ARGS: the rest of the line; read with call_parse() */
	ARG_KIND_COUNT
};

enum arg_flag {
	ARG_OPTIONAL = 1,
	ARG_KEYWORD = 2,        /* introduced by its own name as a word: `if EXPR`, `thread N` */
	ARG_REPEAT = 4,         /* the last argument; takes what is left, one or more words; in args.more */
};

struct arg_spec {
	const char *name;
	enum arg_kind kind;
	unsigned flags;                 /* enum arg_flag */
	const char *help;
	const char *const *choices;     /* ARG_CHOICE: ends with NULL */
};

/* Arguments that several commands have. */
#define FUNCTION_ARG(flags) { "function", ARG_FUNC, flags, "name, $name or #index", NULL }
#define FUNCTION_HERE_ARG   { "function", ARG_FUNC, ARG_OPTIONAL, "a function; the one that is stopped when left out", NULL }

enum command_flag {
	CMD_NEEDS_MODULE = 1,           /* there is a current module */
	CMD_NEEDS_INSTANCE = 2,         /* it is instantiated first, start section and all */
	CMD_NEEDS_STOP = 4,             /* a guest call is stopped: s->ctx has frames */
	CMD_REPEATS = 8,                /* an empty line runs it again */
	CMD_FORMAT = 16,                /* takes /FORMAT directly after its name: args.format */
	CMD_RUNS_GUEST = 32,            /* the guest gets the terminal meanwhile; the result is a stop */
	CMD_BLOCK = 128,                /* goes on over the lines up to `end`, which are part of its text */
	CMD_BRACKETS = 256,             /* goes on over lines until its brackets balance */
	CMD_FAMILY = 64,                /* only the first word of others: run lists them (command_family_run) */
};

typedef bool command_fn(struct session *s, const struct args *a, struct result *r, struct err *e);

struct command {
	const char *name;               /* "break", "info locals" */
	const char *alias;              /* fixed short forms, space-separated: "b"; NULL: none */
	enum command_group group;
	const char *summary;            /* one line, without full stop */
	const char *doc;                /* more, whole lines; NULL: none */
	const char *example;            /* something that can be typed; NULL: none */
	const struct arg_spec *args;    /* ends with { 0 }; NULL: none */
	unsigned flags;                 /* enum command_flag */
	command_fn *run;
	void *user;                     /* of a command that a script defined; else NULL */
};

/* ---- arguments as handlers get them (args.c) -------------------------------------------------------------------- */

enum { ARGS_MAX = 8 };

struct arg {
	bool given;
	struct str text;                /* without quotes; NUL-terminated */
	int64_t number;                 /* ARG_NUMBER, ARG_COUNT, ARG_OPCODE */
	int choice;                     /* ARG_CHOICE: index in choices */
	struct module *module;          /* ARG_FUNC, ARG_MODULE */
	struct instance *instance;      /* ARG_INSTANCE; ARG_FUNC: of the module, NULL while not instantiated */
	uint32_t func;                  /* ARG_FUNC: index */
};

struct args {
	const struct command *command;
	struct arg v[ARGS_MAX];         /* in the order of command->args */
	struct str line;                /* everything after the name, as typed; NUL-terminated */
	struct str format;              /* after the slash: "x", "4i"; empty: none */
	size_t nmore;
	struct str *more;               /* ARG_REPEAT: all of its words */
};

/* The argument called NAME; never NULL (a name that is not in the record is our mistake). */
const struct arg *arg_get(const struct args *a, const char *name);

/* ---- the registry (command.c) ------------------------------------------------------------------------------------- */

extern const struct command *const commands[];          /* in the order of commands.def */
extern const size_t command_count;
extern const char *const command_group_names[GROUP_COUNT];
extern const char *const arg_kind_names[ARG_KIND_COUNT];

/*
 * All commands of a session: those of commands.def, then those that it added itself (macros that have a name, commands
 * of scripts). S may be NULL: only the former.
 */
size_t command_total(const struct session *s);
const struct command *command_at(const struct session *s, size_t i);
/*
 * Add a command; one of the same name that was added before makes room. The record lives as long as the session. False
 * with E: the name is not one or two words, or one of commands.def has it.
 */
bool command_add(struct session *s, const struct command *c, struct err *e);
/* Take it back; nothing happens when it is not there. */
void command_remove(struct session *s, const struct command *c);

/*
 * The command a line begins with: exact name or short form, else a unique prefix. *REST is what follows its name (with
 * a /format still in front). NULL with E: unknown (nearest name) or ambiguous (the matches).
 */
const struct command *command_find(const struct session *s, struct str line, struct str *rest, struct err *e);
/* By exact name; NULL: none. */
const struct command *command_named(const struct session *s, struct str name);
/* What CMD_FAMILY commands have as .run: lists the members with their summaries. */
command_fn command_family_run;
/* "break WHERE [if EXPR]" into OUT. */
struct buf;
void command_usage(const struct command *c, struct buf *out);

#endif
