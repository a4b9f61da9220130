/*
 * The session: the root from which everything a front end works with hangs. There is no state outside it, so that two
 * sessions can live in one process.
 *
 * Modules and instances are numbered from 1 and keep their numbers; unloading leaves a hole. One store holds all
 * instances until `run` starts with a new one. The value history ($1, $2, …) holds plain values.
 */
#ifndef REPL_COMMAND_SESSION_H
#define REPL_COMMAND_SESSION_H

#include "debugger/desk.h"
#include "debugger/swap.h"
#include "engine/base/arena.h"
#include "engine/base/err.h"
#include "engine/base/vec.h"
#include "engine/ctx.h"
#include "repl/command/command.h"
#include "repl/command/jit_report.h"
#include "repl/command/option.h"
#include "repl/command/output.h"
#include "repl/command/result.h"
#include "repl/command/tiering.h"

struct dbg;
struct binding;
struct compared;
struct display;
struct tracing;
struct eval;
struct event_subscriber;
struct lesson;
struct macro;
struct transcript;
struct lesson_state;
struct output_gate;
struct pane;
struct recording;
struct tui;
struct validator;
struct input;
struct scripting;
struct starting;
struct wasi;
struct wasi_config;

/* A module with what the session knows about it. */
struct session_module {
	struct module *module;          /* NULL: unloaded */
	char *path;                     /* as given to load; "(scratch)"; owned by the session's arena */
	const char *label;              /* its own name, escaped, else the path without folders */
	struct err problem;             /* code E_NONE: valid; else what decoding or validation found */
	uint32_t problem_at;            /* its byte in the binary; 0: unknown */
	struct source *problem_text;    /* the text that its place is in; owned; NULL: a binary */
	struct instance *instance;      /* the newest in the current store; NULL: not instantiated */
	bool scratch;                   /* made from lines typed at the prompt */
};

/*
 * What the debugger's commands do for the others, filled in by debug_attach() in repl/command/debug.h (its owner's).
 * While it is NULL, calls run straight through.
 */
struct debug_ops {
	void (*store_made)(struct session *s);          /* s->store and s->ctx are new */
	void (*store_going)(struct session *s);         /* before they are freed */
	void (*module_loaded)(struct session *s, struct module *m);     /* pending breakpoints */
	void (*module_going)(struct session *s, struct module *m);
	void (*instance_made)(struct session *s, struct instance *in);
	void (*begun)(struct session *s);               /* a call was begun with ctx_begin(), which gave OUT_STOP */
	/* Run the call just begun until it ends or stops, as `continue` does. */
	enum outcome (*run)(struct session *s);
	/*
	 * How the guest was left, before anything is reported: any outcome. (run() may have settled already; a call that
	 * was made without it, or that ended in ctx_begin(), has not.)
	 */
	void (*settle)(struct session *s, enum outcome how);
	/*
	 * OUT_STOP: text and the "stop" object. OUT_TRAP: the report of the trap into r->notes and the "stop" object with
	 * its "trap"; frames are still there.
	 */
	void (*report_stop)(struct session *s, enum outcome how, struct result *r);
	void (*report_end)(struct session *s, struct result *r);        /* of a call: watchpoints that went with it */
	void (*report_trap)(struct session *s, struct result *r);       /* of a start function */
	void (*abandon)(struct session *s);             /* the innermost call is given up: calls ctx_abandon() */
	void (*detach)(struct session *s);              /* the session ends */
};

/* A name for imports, given by `register` and --preload. */
struct registered {
	struct str name;
	struct instance *instance;
};

/* A word that stands for the beginning of a line. */
struct alias {
	char *name, *text;
};

struct session {
	struct arena arena;             /* session's lifetime */
	struct engine *engine;
	struct store *store;
	struct ctx *ctx;                /* the selected thread's */
	struct ctx *main_ctx;           /* the first thread's, while another is selected; else NULL */
	struct features features;

	VEC(struct session_module) modules;     /* modules.data[n - 1] is number n */
	VEC(struct module *) dead_modules;      /* unloaded, or swapped in: code of the store may run them */
	struct swaps swaps;             /* functions that were given other bodies */
	struct desk desk;               /* answers to host calls */
	uint32_t module;                /* number of the current one; 0: none */
	struct instance *instance;      /* current; NULL: the current module is not instantiated */
	VEC(struct registered) registered;
	VEC(struct value) history;      /* $1 is data[0] */
	struct scratch *scratch;        /* what was defined by lines of text (wat_line.c); NULL: nothing */
	char *last_call;                /* for run without _start; owned */

	struct options options;         /* set, show */
	VEC(struct alias) aliases;
	VEC(const struct command *) own_commands;       /* beside those of commands.def; see command_add() */
	VEC(struct macro *) macros;     /* macro.h */
	struct macro *recording;        /* a macro that is being taken down; NULL: none */
	uint32_t macro_depth;           /* macros that are being played */
	struct transcript *transcript;  /* what is said goes there, too (session_file.h); NULL: nowhere */
	VEC(char *) typed;              /* lines that a person typed, for session save */
	/* The front end's: a line of an earlier session comes into its history, and to `typed`. NULL: it has none. */
	void (*history_add)(struct session *s, struct str line);
	VEC(struct binding) bindings;   /* keys that scripts bound (binding.h) */
	uint32_t binding_generation;    /* counts their changes */
	VEC(struct pane) panes;         /* of scripts (pane.h) */
	struct event_subscriber *subscribers;   /* event.h */
	struct output_gate *output_gate;        /* sends EVENT_OUTPUT; NULL: nobody ever wanted it */
	/* The front end's: show a line (NULL: on standard error); read one, false: nobody is there or nothing was given. */
	void (*message)(struct session *s, struct str text);
	bool (*ask)(struct session *s, const char *prompt, struct buf *out);
	/* Open the workbench, till the user leaves it; NULL: this is no terminal, or a build without it. */
	bool (*open_workbench)(struct session *s, struct err *e);
	struct tui *workbench;          /* while it is open */
	struct tui *workbench_kept;     /* how it was left; NULL: it was never open */
	void (*workbench_free)(struct tui *kept);
	/* How its windows are arranged, as text; NULL: it was never open. */
	void (*workbench_layout)(const struct tui *t, struct buf *out);
	struct wasi_config *wasi_config;        /* grants and streams for new stores; borrowed; NULL: nothing granted */
	struct recording *taped;        /* of wrench run; NULL: none (recording.h) */
	struct wasi *wasi;              /* of the current store; NULL until something imports it */
	struct memory *shared_memory;   /* given to imports of "env" "memory"; NULL until something imports it */
	int run_stdio[3];               /* opened by `run < IN > OUT` for the current store; -1: not */
	struct store_limits limits;
	bool standalone;                /* a command of the command line, not the prompt: hints name options only */
	bool no_guard, no_fuse;         /* --bounds explicit, --no-fuse */
	bool gc_stress, verify_ir;      /* --gc-stress, --verify-ir */
	struct tiering tiering;         /* --tier, tier */
	struct jit_report jit_report;   /* who is told of compiled code */
	int64_t fuel;                   /* < 0: no limit */
	int64_t timeout_ns;             /* 0: none; per call */
	int64_t deadline_ns;            /* the same as a time, where it counts from the start of the program; 0: none */

	struct source *error_source;    /* text that the place of the last error is in; owned; NULL: none */
	struct output out, err;         /* standard output and error of the commands */
	struct guest_output *guest;     /* captured output of the guest under --json; NULL: it writes by itself */
	uint64_t seq;                   /* number of the last JSON line */
	bool json, json_events, batch, plain, color, terminal;
	bool fullname;                  /* --fullname: a line for Emacs at each stop */
	VEC(struct func *) calls;       /* guest calls in progress, innermost last */
	uint32_t frame;                 /* selected frame, 0 innermost: names without a module mean its module */
	uint32_t frame_call;            /* … and of the functions that the compiler inlined there, 0 innermost */
	struct str under_way;           /* the line that is carried out, or what is left of it (starting.h) */
	struct instance *waited;        /* the line has waited for this one's start function; NULL: it has not */
	struct starting *starting;      /* start functions among the calls; NULL: none */
	bool trapped;                   /* the innermost one has trapped: its frames can only be looked at */
	int guest_status;               /* of the last guest call that ended, for the exit status of batches */
	bool failed;                    /* a command failed */
	uint32_t alias_depth, source_depth;
	struct scripting *scripting;    /* scripting.h; NULL: built without */
	bool guest_runs;                /* commands come from inside of the guest's run: they can only look */
	bool scripted;                  /* a script reads the tree of the result, whatever its size */
	bool sandboxed;                 /* commands come from a script or file that nobody asked for (sandbox.h) */
	VEC(const struct lesson *) lessons;     /* by number; lesson.h */
	bool lessons_read;              /* those that come with the program are among them */
	struct lesson_state *lesson;    /* the lesson under way (cmd_lesson.c); NULL: none */
	struct validator *validator;    /* the function that is walked through (cmd_validator.c); NULL: none yet */
	struct tutorial_state {         /* tutorial.h */
		bool on;
		uint32_t at;
		uint32_t count;         /* how often the command of the step was carried out */
	} tutorial;
	const char *wanted_layout;      /* of the workbench, for what a command began; NULL: it stays as it is */
	uint32_t predicted, predicted_right;    /* steps (predict.h) */
	uint32_t tour_step, tour_misses;        /* of the first minute (welcome.c) */
	struct input *lines;      /* where lines come from (input.h), the innermost; NULL: nowhere */
	bool quit;
	bool quit_given;                /* quit N: that is the exit status */
	int quit_status;

	/* the debugger's; see debugger/dbg.h and debugger/eval.h */
	struct dbg *dbg;
	struct eval *eval;              /* Lua, or NULL when built without */
	const struct debug_ops *debug;
	struct display *displays;
	struct compared *compared;      /* what two tiers did not do alike (comparing.h); NULL: nothing */
	struct tracing *tracing;        /* tracing.h; NULL: nobody asked for it */
	void *debug_state;              /* what its commands keep between lines (list position, selected frame, …) */
};

bool session_init(struct session *s, struct err *e);
void session_free(struct session *s);

/* ---- modules and instances ------------------------------------------------------------------------------------------ */

/* Whether to leave: asks when something would be lost. */
bool session_may_leave(struct session *s);
/* The current module; NULL: none. */
struct session_module *session_current(struct session *s);
struct session_module *session_module_of(struct session *s, const struct module *m);
/* Load a file (.wat, .wasm, - ; by content) as a new module and make it current. False with E: nothing was added. An
   invalid module is added, with its problem, and E set as well. */
bool session_load(struct session *s, const char *path, struct session_module **out, struct err *e);
/* The same from text or bytes. */
bool session_load_source_take(struct session *s, struct source *src, struct session_module **out, struct err *e);
/* Add a module that is there already (from a script, a lesson); it becomes current. Takes M. */
bool session_add_module(struct session *s, struct module *m, const char *path, const struct err *problem,
	struct session_module **out, struct err *e);        /* PROBLEM: NULL when it is valid */
/* Names of M go; its code stays while the store may run it. The newest other module becomes current. */
bool session_unload(struct session *s, struct session_module *m, struct err *e);
void session_select(struct session *s, struct session_module *m);
/* "examples/fac.wat: module fac, text, 1 function, no imports, no memory"; the same with exports and as JSON. */
void module_summary(struct session *s, const struct session_module *m, struct buf *out);
void module_loaded_text(struct session *s, const struct session_module *m, struct result *r);
/* Commands look at thread C of the guest, which is stopped; at the first one again. */
void thread_select(struct session *s, struct ctx *c);
void thread_select_main(struct session *s);
/* The first thread's context, which calls are made in. */
struct ctx *thread_main(const struct session *s);
/* Keep a copy of TEXT: the place of the error to be shown is in it. */
void session_keep_text(struct session *s, const struct source *text);
/*
 * Instantiate, or give the instance that is there. False with E; when the start function did not end well, R has the report.
 * False without E: the start function stopped, and R is what the command has to say (starting.h): it returns false, too.
 */
bool session_instantiate(struct session *s, struct session_module *m, struct result *r, struct err *e);
/* For starting.c: the report of a start function that ended so, and the error that the command gives. False. */
bool session_start_failed(struct session *s, struct session_module *m, enum outcome how, struct result *r, struct err *e);
/* The same without a report: false with E, or without an error *HOW the start function ended (see ctx). Always anew. */
bool session_instantiate_how(struct session *s, struct session_module *m, enum outcome *how, struct err *e);
/* The store and context, made when first wanted. */
bool session_store(struct session *s, struct err *e);
/* A new empty store and context: instances are gone, modules stay. */
bool session_new_store(struct session *s, struct err *e);
/* Imports of the session: registered instances, WASI, stubs as options.stub_imports says. USER is the session. */
import_resolver session_resolve;

/* E_NO_MODULE with the words of an empty session. */
bool err_no_module(struct err *e);

/* ---- names -------------------------------------------------------------------------------------------------------------- */

/* "$fac", "fac", "#12", "2!#12", "NAME!fac": a function of a module. E_UNKNOWN_NAME with the nearest name. */
bool session_find_func(struct session *s, struct str text, struct session_module **m, uint32_t *func, struct err *e);
bool session_find_module(struct session *s, struct str text, struct session_module **m, struct err *e);
bool session_find_instance(struct session *s, struct str text, struct instance **in, struct err *e);
/* The module of the selected frame, else the current one; NULL: none. */
struct session_module *session_named_module(struct session *s);
/* What messages call a module: its name, else its file's without folders. */
const char *module_label(const struct session *s, const struct module *m);
/* "$fac" from the names, else the export's name, else "#12": how messages call a function. */
void func_display_name(const struct module *m, uint32_t func, struct buf *out);
/* The same without "$", as JSON's "function". */
void func_plain_name(const struct module *m, uint32_t func, struct buf *out);
/* As the member "function" of IN. */
void func_member(const struct module *m, uint32_t func, struct result *r, struct node *in);
/* "fac : (param $n i32) (result i32)"; _as: called NAME. */
void func_signature_as(const struct module *m, uint32_t func, struct str name, struct buf *out);
void func_signature(const struct module *m, uint32_t func, struct buf *out);

/* ---- running the guest (guest.c) -------------------------------------------------------------------------------------- */

/* F(ARGS): begin a call, and unless STOP is set run it till it ends or stops; fills R as guest_report() does. */
bool guest_call(struct session *s, struct func *f, const struct value *args, uint32_t nargs, bool stop,
	struct result *r, struct err *e);
/*
 * After any resume of the guest, HOW it left: results go to the history and are shown ("$1 = 120 : i32", "results"),
 * a stop is reported through s->debug, a trap, exit, limit as such; sets r->guest_status.
 */
void guest_report(struct session *s, enum outcome how, struct result *r);
/* {kind, code, address, …} of the trap that C holds. */
void trap_node(const struct ctx *c, struct result *r, struct node *trap);
/* "trap" → 134, …: what `run` exits with. */
const char *outcome_words(enum outcome how);
/* "uncaught exception: oops (7)", or how else C's call ended; and the exception as "exception":{"tag":…,"values":[…]}. */
void guest_end_words(const struct ctx *c, enum outcome how, struct buf *out);
void guest_exception_node(const struct ctx *c, struct result *r, struct node *in);
int outcome_status(const struct ctx *c, enum outcome how);
/* End the innermost guest call, wherever it is. False: there is none. */
bool guest_abandon(struct session *s);
/* The pieces of guest_call(): begin (E when memory runs out), run on, results after OUT_DONE (NULL: out of memory). */
enum outcome guest_begin(struct session *s, struct func *f, const struct value *args, struct arena *a, struct err *e);
enum outcome guest_run_begun(struct session *s);
struct value *guest_results(struct session *s, const struct func *f, struct arena *a);
/* Fuel and deadline for an outermost call about to begin. */
void guest_set_limits(struct session *s);
/* "$1 = 120 : i32", remembering the value. */
void show_value(struct session *s, struct value v, struct result *r);
/* Whether a guest call is stopped in the session's context. */
bool guest_stopped(const struct session *s);
/* Read "fac(5, -1)" or "fac 5 -1" against the function's signature. */
bool call_parse(struct session *s, struct str text, struct func **f, struct value **args, uint32_t *nargs,
	struct arena *a, struct err *e);
/* The same for arguments alone: function FUNC of IN's module. */
bool call_arguments(struct session *s, const struct instance *in, uint32_t func, struct str text, struct value **args,
	uint32_t *nargs, struct arena *a, struct err *e);
/* Add a value to the history; its number. 0: out of memory. */
size_t session_remember(struct session *s, struct value v);

/* ---- lines (cmdline.c) ------------------------------------------------------------------------------------------------------ */

/* Carry out one line of any kind: command, F(ARGS), WAT, alias, !CMD, `cmd | sh`. R was initialised. */
bool session_line(struct session *s, struct str line, struct result *r, struct err *e);
/* Carry out a line and show its result and error as the session is set (text or JSON). False: it failed. */
bool session_do(struct session *s, struct str line);
/* The same with the id of a JSON input line (else empty), and the place of the line in a script (else NULL). */
bool session_do_as(struct session *s, struct str line, struct str id, uint64_t number, const char *file);
/* No command is under way: hooks of scripts run. session_do() ends with it. */
void session_idle(struct session *s);
/* Whether a line is a call, F(ARGS). */
bool line_is_call(const struct session *s, struct str line);
/* Whether a line wants more: brackets, strings or comments are still open. */
bool line_is_open(struct str line);

#endif
