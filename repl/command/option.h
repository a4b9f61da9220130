/*
 * The options of `set` and `show`, one row each in options.def. A row makes a field of struct options, so code reads
 * s->options.verbose; parsing, completion, help and `show` read the table.
 */
#ifndef REPL_COMMAND_OPTION_H
#define REPL_COMMAND_OPTION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "engine/base/str.h"

struct buf;
struct err;

struct options {
#define OPTION(field, name, kind, preset, choices, help) int field;
#include "repl/command/options.def"
};

enum option_kind {
	OPTION_BOOL,            /* on, off */
	OPTION_NUMBER,          /* 0 or more */
	OPTION_CHOICE,          /* one of choices; the field is its index */
};

struct option_info {
	const char *name;
	enum option_kind kind;
	size_t field;           /* offset in struct options */
	int preset;
	const char *choices;    /* space-separated */
	const char *help;
};

extern const struct option_info option_info[];
extern const size_t option_count;

void options_init(struct options *o);
/* Exact name or unique prefix. NULL with E: unknown (nearest name) or ambiguous. */
const struct option_info *option_find(struct str name, struct err *e);
bool option_set(struct options *o, const struct option_info *i, struct str value, struct err *e);
void option_print(const struct options *o, const struct option_info *i, struct buf *out);

#endif
