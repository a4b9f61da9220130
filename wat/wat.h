/*
 * WebAssembly text to modules: `wat_encode` makes binary of it, `wat_load_take` a validated module whose errors point
 * into the text.
 *
 *	text --lex--> tokens --scan--> names --parse--> sections --encode--> binary + text map --> module_load_take()
 */
#ifndef WAT_WAT_H
#define WAT_WAT_H

#include "engine/module.h"
#include "wat/text_map.h"

struct buf;
struct progress;
struct source;

/* Whether bytes are text, not a binary module: a parenthesis or comment comes first. */
bool wat_is_text(const void *bytes, size_t n);

/*
 * Encode one module, written as "(module …)" or as bare fields, with a name section from its identifiers. MAP may be
 * NULL; the map borrows TEXT, the caller frees it. False with E set: its place is a span of TEXT.
 */
bool wat_encode(const struct source *text, const struct features *f, struct buf *binary, struct text_map **map,
	struct err *e);
/* The same for bytes [start, end) of a larger text. How far it came goes to PROGRESS, which may be NULL. */
bool wat_encode_span(const struct source *text, uint64_t start, uint64_t end, const struct features *f,
	struct progress *progress, struct buf *binary, struct text_map **map, struct err *e);

/*
 * Encode, decode and validate. Takes TEXT (freed with the module, or at once on failure). The module keeps the text and
 * its map. Places of errors are spans of the text. NULL with E set on failure: print the error with its own copy of the
 * text, or use wat_load().
 */
struct module *wat_load_take(struct engine *en, struct source *text, const struct features *f, struct err *e);
/*
 * The same for bytes [start, end) of a text that stays the caller's: the module does not keep it, and has no map.
 */
struct module *wat_load(struct engine *en, const struct source *text, uint64_t start, uint64_t end,
	const struct features *f, struct err *e);

#endif
