/*
 * The name section: names of the module, functions, locals, labels, types, tables, memories, globals, elements, data,
 * fields and tags (core specification appendix 7.4 and the extended name section). Read when first asked for; a
 * malformed section gives the names read so far and a note, never an error (names are not semantics).
 */
#ifndef ENGINE_NAMES_H
#define ENGINE_NAMES_H

#include "engine/base/str.h"
#include "engine/module.h"

enum name_kind {
	NAME_FUNC = 1, NAME_LOCAL, NAME_LABEL, NAME_TYPE, NAME_TABLE, NAME_MEMORY, NAME_GLOBAL, NAME_ELEM, NAME_DATA,
	NAME_FIELD, NAME_TAG
};

/* The module's names, read on first use; owned by the module; never NULL except when memory ran out. */
const struct names *module_names(const struct module *m);
/* Name of INDEX, {NULL, 0} when it has none. Not for locals, labels and fields. */
struct str name_of(const struct module *m, enum name_kind kind, uint32_t index);
/* NAME_LOCAL, NAME_LABEL (of function OUTER) or NAME_FIELD (of type OUTER). */
struct str name_of_inner(const struct module *m, enum name_kind kind, uint32_t outer, uint32_t index);
/* The entity called NAME; false: none. When several have it, the first, and *several is set. */
bool name_find(const struct module *m, enum name_kind kind, struct str name, uint32_t *index, bool *several);
/* "" or what is wrong with the section, with its offset. */
const char *names_problem(const struct module *m);
void names_free(struct names *n);

#endif
