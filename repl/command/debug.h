/*
 * The debugger in a session: connects debugger/dbg.h with the calls of the session (struct debug_ops), and what its
 * commands share. cmd_break.c stops; cmd_step.c running on; cmd_frame.c, cmd_print.c, cmd_memory.c, cmd_set.c state;
 * cmd_list.c, cmd_dump.c, cmd_map.c, cmd_explain.c code.
 */
#ifndef REPL_COMMAND_DEBUG_H
#define REPL_COMMAND_DEBUG_H

#include "debugger/dbg.h"
#include "debugger/location.h"
#include "debugger/position.h"
#include "debugger/step.h"
#include "engine/base/buf.h"
#include "repl/command/session.h"

/* An expression shown at every stop. */
struct display {
	struct display *next;
	uint32_t number;
	char format[8];                 /* as after print/ */
	char *expr;                     /* owned */
};

/* What the commands keep between lines. */
struct debug_state {
	enum grain grain;               /* of the last stepping command: which line of a stop is shown when not verbose */
	bool settled;                   /* the debugger knows how the guest was left */
	uint32_t displays;              /* numbers given so far */
	VEC(uint32_t) depths;           /* segments of the prompt's calls, innermost last */
	VEC(struct value) results;      /* of the function that returned last */
	struct {
		const struct module *module;
		uint32_t func, line;    /* the next line of `list`; func for modules without text */
		uint32_t before;        /* the first line of the last listing, for `list -` */
		struct str path;        /* of the source file that is listed; empty: none is */
	} list;
	struct buf todo;                /* command lists that the last stop left to carry out (stop_list.c) */
	uint64_t stops;                 /* counts them */
	struct buf trap_report;         /* of the last call within another that trapped */
	bool in_list;                   /* one of its commands is under way */
	struct { bool guest_runs, sandboxed, scripted; } outside;       /* the session's, when the guest was last let go */
	VEC(const struct module *) modules;     /* scratch of add_modules() */
};

/* Make the session's debugger; s->eval is used for expressions when it is there. False with E: out of memory. */
bool debug_attach(struct session *s, struct err *e);

struct debug_state *debug_state(struct session *s);
/* The selected frame; E_NOT_RUNNING when nothing is stopped. */
bool debug_frame(struct session *s, struct frame *f, struct err *e);
/* The same with what was inlined there: the frame as people number it. False: nothing is stopped. */
struct seen_frame;
bool debug_seen_frame(const struct session *s, struct seen_frame *out);
/* The same, and it is a frame of Wasm code. */
bool debug_wasm_frame(struct session *s, struct frame *f, struct err *e);
bool err_not_running(struct err *e);

/* The function that argument "function" names, else the selected frame's; it has code. */
bool debug_function_arg(struct session *s, const struct args *a, const struct module **m, uint32_t *func, struct err *e);

/* Places that TEXT means, where the session is now. *PENDING: may be loaded later. */
bool debug_locate(struct session *s, struct str text, struct arena *a, struct location **out, uint32_t *n, bool *pending,
	struct err *e);
/* Function FUNC of BASE has another body: breakpoints in it find their places anew, or keep them if there are none. */
void debug_replace_places(struct session *s, const struct module *base, uint32_t func);
/* Exactly one place; empty text: where the selected frame is. Says in R when the place had to move. */
bool debug_locate_one(struct session *s, struct str text, struct result *r, struct location *out, struct err *e);

/* The body whose cells i:F.N counts: the fast one, or the plain one where the frame is too large for fast bodies. */
struct body *debug_listed_body(struct session *s, const struct module *m, uint32_t func, struct err *e);
/* "dump regir" of a function that is not imported. */
bool debug_dump_regir(struct session *s, const struct module *m, uint32_t func, struct result *r, struct err *e);

/* Instantiate the current module when it is not, and the expression EXPR looks as if it read or called it. */
bool debug_need_instance(struct session *s, struct str expr, struct result *r, struct err *e);
/* Evaluate an expression in the selected frame; it may call the guest. */
bool debug_eval(struct session *s, struct str expr, struct arena *a, struct eval_result *out, struct err *e);
/* What it can see in the frame at LEVEL. */
struct eval_scope debug_scope(struct session *s, uint32_t level);

/* Be in the call that is over again, at its last step, when it was recorded; a call that is stopped stays so. */
bool debug_revive(struct session *s, struct err *e);
/*
 * Whoever changes the state of a stopped guest calls this first. In the past it drops what was recorded behind this step,
 * and asks on a terminal. False with E: the answer was no, nothing may be changed.
 */
bool debug_will_change(struct session *s, struct err *e);

/*
 * A command that looks up what it changes calls this even before: a guest that stands in the middle of a register-IR instruction in
 * compiled code finishes that. Says so in R.
 */
void debug_leave_native(struct session *s, struct result *r);

/* A function has another body: what was recorded would run otherwise now, so recording begins anew, here. */
void debug_code_changed(struct session *s);

/* show_stop.c: text and the "stop" object of where the guest is. */
void show_stop(struct session *s, struct result *r);
/* cmd_watch.c: a line for each watchpoint of the stop; the same in JSON. */
void show_watched(struct session *s, struct result *r);
void watched_members(struct session *s, struct result *r, struct node *stop);
/* The members of a place that stops, frames and map share: function, index, offset, body_offset, regir, file, line. */
void show_place(const struct frame *f, struct result *r, struct node *out);
/* The same with another line, and unless it is empty another name: of a function that was inlined. */
void show_place_as(const struct frame *f, const struct position *at, struct str function, struct result *r, struct node *out);
/* Where that is in text or source: file, line, column, as far as they are known. */
void position_members(const struct position *at, struct result *r, struct node *out);
/* The line of text or source that a byte stands for, as stops show it. False: there is none, or its file was not found. */
bool show_text_line(struct session *s, const struct module *m, uint32_t offset, struct buf *out);
bool show_line_at(struct session *s, const struct position *at, struct buf *out);
/* "func (a=1) at file:1:2" of a frame. */
void show_frame_words(const struct session *s, const struct frame *f, struct buf *out);

/* show_variable.c: the variables of the source language in the selected frame: lines, and a "variables" member. */
void show_variables(struct session *s, bool args_only, struct result *r);
/*
 * "  = 0x480 : struct shape *": what the function F returned, as the source language has it; nothing when unknown or
 * the same number. */
void show_source_result(struct session *s, const struct func *f, const struct value *results, size_t n, struct buf *out);

/* cmd_print.c: a value as `print/F` shows it; false with E: no such format, or it does not fit the value. */
bool show_formatted(struct session *s, const struct eval_result *v, struct str format, struct buf *out, struct err *e);
/* Type as JSON says it: "i32", "number", "string", … */
void show_type(const struct eval_result *v, struct buf *out);
/* Evaluate and show the displays: text lines and a "displays" member. */
void show_displays(struct session *s, struct result *r);
void displays_free(struct session *s);

#endif
