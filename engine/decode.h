/*
 * The decoder's parts and what they share; private to decode*.c. A struct decoder collects index spaces in vectors,
 * because imports come before anything says how many there will be; decode.c moves them to the module's arena.
 */
#ifndef ENGINE_DECODE_H
#define ENGINE_DECODE_H

#include "engine/base/vec.h"
#include "engine/cursor.h"
#include "engine/module.h"

struct decoder {
	struct module *m;
	struct cursor c;
	VEC(const struct deftype *) types;      /* m->types points here until the end */
	VEC(struct func_decl) funcs;
	VEC(struct table_decl) tables;
	VEC(struct memory_decl) memories;
	VEC(struct global_decl) globals;
	VEC(struct tag_decl) tags;
	VEC(struct custom) customs;
	VEC(struct section) sections;
	uint32_t code_count, code_start;        /* bodies in the code section, and its first byte; 0: none */
	uint32_t data_start;                    /* first byte of the data section; 0: none */
	uint32_t bodies;                        /* bodies stored so far */
};

/* Each reads the contents of one section. */
bool decode_types(struct decoder *d);
bool decode_imports(struct decoder *d);
bool decode_funcs(struct decoder *d);
bool decode_tables(struct decoder *d);
bool decode_memories(struct decoder *d);
bool decode_tags(struct decoder *d);
bool decode_globals(struct decoder *d);
bool decode_exports(struct decoder *d);
bool decode_start(struct decoder *d);
bool decode_elems(struct decoder *d);
bool decode_data_count(struct decoder *d);
bool decode_code(struct decoder *d);
bool decode_datas(struct decoder *d);

bool read_const_expr(struct decoder *d, struct const_expr *out);
/* A type index that must name a function type; *type is NULL and E set otherwise. */
bool read_func_type(struct decoder *d, uint32_t *index, const struct deftype **type);

/* Custom sections that the engine knows (decode_custom.c). */
/* The custom section called NAME, the last one when there are several; NULL: none. */
const struct custom *custom_find(const struct module *m, struct str name);
/* Read branch hints into the module. False with E when the section is malformed. */
bool hints_read(struct module *m, struct err *e);
/* The name section's own name for the module, or "" (names.c). */
struct str names_module_name(const struct module *m);

#endif
