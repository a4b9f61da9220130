/*
 * Scripts of the specification's tests (.wast): one command at a time. Inline modules stay spans of the script, so
 * errors in them have positions in the script. What a command points to lives until the next wast_next().
 */
#ifndef WAT_WAST_H
#define WAT_WAST_H

#include "engine/base/err.h"
#include "engine/base/str.h"
#include "engine/module.h"
#include "engine/trap.h"
#include "engine/value.h"

struct source;
struct wast;

enum wast_kind {
	WAST_MODULE,            /* module: compile, instantiate, make it current (unless a definition) */
	WAST_INSTANCE,          /* (module instance name? of?) */
	WAST_REGISTER,          /* text: the name to register; name: the instance, "" the current one */
	WAST_ACTION,            /* action alone */
	WAST_ASSERT_RETURN,     /* action, results */
	WAST_ASSERT_TRAP,       /* action, or module that traps while it is instantiated; text: the message */
	WAST_ASSERT_EXHAUSTION, /* action; text */
	WAST_ASSERT_EXCEPTION,  /* action */
	WAST_ASSERT_INVALID, WAST_ASSERT_MALFORMED, WAST_ASSERT_UNLINKABLE,     /* module; text */
	WAST_ASSERT_INVALID_CUSTOM, WAST_ASSERT_MALFORMED_CUSTOM,               /* module; text */
	WAST_THREAD,            /* name; of: the shared module; body: commands, for wast_body() */
	WAST_WAIT,              /* name */
};

enum wast_form { WAST_TEXT, WAST_BINARY, WAST_QUOTE };

struct wast_module {
	enum wast_form form;
	bool definition;
	struct str name;                /* without dollar; "" */
	uint64_t start, end;            /* the span in the script; for WAST_TEXT what to encode */
	struct str bytes;               /* WAST_BINARY: the module; WAST_QUOTE: its text */
};

enum wast_action_kind { WAST_NO_ACTION, WAST_INVOKE, WAST_GET };

enum wast_value_kind {
	WAST_CONST,             /* value */
	WAST_FLOATS,            /* lanes: f32, f64, f32x4 or f64x2, some of them NaN patterns */
	WAST_REF_NULL,          /* value.type: VT_BOT when any null will do */
	WAST_REF_FUNC, WAST_REF_EXTERN, WAST_REF_ANY, WAST_REF_EQ, WAST_REF_I31, WAST_REF_STRUCT, WAST_REF_ARRAY,
	WAST_REF_EXN,           /* a non-null reference of that kind */
	WAST_REF_EXTERN_N, WAST_REF_HOST_N,     /* number: the host value, as externref or anyref */
	WAST_EITHER,            /* nchoices, choices */
};

enum wast_nan { WAST_EXACT, WAST_NAN_CANONICAL, WAST_NAN_ARITHMETIC };

struct wast_value {
	enum wast_value_kind kind;
	struct value value;             /* WAST_CONST; for WAST_FLOATS the type and the bits of exact lanes */
	uint8_t nlanes, lane_bytes;     /* WAST_FLOATS */
	uint8_t nan[4];                 /* WAST_FLOATS: enum wast_nan of each lane */
	uint64_t number;
	uint32_t nchoices;
	const struct wast_value *choices;
};

struct wast_action {
	enum wast_action_kind kind;
	struct str instance;            /* without dollar; "": the current one */
	struct str field;
	uint32_t nargs;
	const struct wast_value *args;  /* WAST_CONST, WAST_REF_NULL, WAST_REF_EXTERN_N, WAST_REF_HOST_N */
};

struct wast_cmd {
	enum wast_kind kind;
	struct place place;             /* of the command's keyword */
	struct str name, of, text;
	bool has_module;
	struct wast_module module;
	struct wast_action action;
	uint32_t nresults;
	const struct wast_value *results;
	uint64_t body_start, body_end;
};

/* Read commands from a script, which stays the caller's and must outlive the reader. NULL: out of memory. */
struct wast *wast_parse(const struct source *script, struct err *e);
/* The commands inside a WAST_THREAD of W; its own reader, freed on its own; usable from another thread. */
struct wast *wast_body(const struct wast *w, const struct wast_cmd *thread, struct err *e);
/* The next command. False at the end (E untouched) or with E set. */
bool wast_next(struct wast *w, struct wast_cmd *out, struct err *e);
void wast_free(struct wast *w);

/* Settings in leading comments, ";;! name = value": the I-th; false: there are no more. */
bool wast_header(const struct source *script, size_t i, struct str *name, struct str *value);

/* Load a command's module, whatever its form. Errors in text and quoted text are PLACE_TEXT. */
struct module *wast_load(struct engine *en, const struct source *script, const struct wast_module *m,
	const struct features *f, struct err *e);
/*
 * Whether an error or a trap is the one that an assertion expects: by its message, the specification's words, or the
 * tables of wast_words.c.
 */
bool wast_expected(struct str expected, const struct err *e);
bool wast_trap_expected(struct str expected, enum trap kind);

#endif
