/* Types of the source language, as DWARF describes them. A type is an entry; void is none. */
#ifndef DEBUGGER_DWARF_TYPE_H
#define DEBUGGER_DWARF_TYPE_H

#include "debugger/dwarf.h"

struct dwarf_type {
	struct dwarf *dwarf;
	uint32_t entry;                 /* 0: void */
	uint32_t dimension;             /* of an array: how many of its bounds are taken already */
};

enum source_kind {
	KIND_VOID, KIND_BASE, KIND_POINTER, KIND_REFERENCE, KIND_STRUCT, KIND_ARRAY, KIND_ENUM, KIND_FUNCTION, KIND_OTHER
};

/* What a number of a base type is. */
enum type_number { NUMBER_SIGNED, NUMBER_UNSIGNED, NUMBER_BOOL, NUMBER_CHAR, NUMBER_UNSIGNED_CHAR, NUMBER_FLOAT, NUMBER_NONE };

/* Without typedef, const, volatile, restrict. */
struct dwarf_type type_bare(struct dwarf_type t);
enum source_kind type_kind(struct dwarf_type t);
enum type_number type_number(struct dwarf_type t);
/* In bytes; false: unknown (incomplete, or of a length that only the running program knows). */
bool type_size(struct dwarf_type t, uint64_t *size);
/* What a pointer, reference or array is made of; what a function returns. */
struct dwarf_type type_target(struct dwarf_type t);
/* Elements of an array; false: unknown. */
bool type_count(struct dwarf_type t, uint64_t *count);
/* "struct point *", "int (*)(int)". */
void type_print(struct dwarf_type t, struct buf *out);

struct type_member {
	struct str name;                /* empty: an unnamed struct or union, or a base class */
	struct dwarf_type type;
	uint64_t offset;                /* in bits */
	uint32_t bits;                  /* of a bit-field; 0: none */
	bool base;                      /* a base class */
	/* private */
	uint32_t entry;
};
/* The first member, the next one; false: no more. Static members are left out. */
bool type_member_first(struct dwarf_type t, struct type_member *out);
bool type_member_next(struct dwarf_type t, struct type_member *m);

/* The name of an enumeration's value; {NULL, 0}: it has none. The value of a name. */
struct str type_enumerator(struct dwarf_type t, int64_t value);
bool type_enumerator_named(struct dwarf_type t, struct str name, int64_t *value);

#endif
