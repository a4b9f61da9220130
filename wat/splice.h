/*
 * A module with one function changed: new text for the function is checked against the module, and a complete new module
 * is made whose index spaces are the old ones, but for types that the text needed and the module had not: those come last.
 *
 *     M, #3, "(func …)" ──► skeleton of M's declarations + the text ──► checked body
 *                           M's sections, with that body ──► binary, loaded and validated as a whole
 *
 * What changes: the body, its local and label names. Branch hints of the function and debugging information (.debug_…,
 * reloc.…) are left out, because they name places in the code section. What cannot: the signature, imports, exports,
 * declarations of any kind; and `ref.func` may name only what the module declares already.
 */
#ifndef WAT_SPLICE_H
#define WAT_SPLICE_H

#include <stdbool.h>
#include <stdint.h>

struct buf;
struct err;
struct module;
struct source;

/*
 * TEXT is "(func …)", with the name of no other function. NULL with E: places are spans of TEXT. The module keeps TEXT
 * (taken in any case) and its map, for that function alone.
 */
struct module *wat_splice_take(const struct module *m, uint32_t func, struct source *text, struct err *e);
/* The function's text as it was written, else as it is printed. False with E. */
bool wat_func_text(const struct module *m, uint32_t func, struct buf *out, struct err *e);

#endif
