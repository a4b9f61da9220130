/*
 * A place of the guest's state that has a value and can be given another: a local, an operand, a global, bytes of memory,
 * an element of a table, a field of an object. What `set` changes and watchpoints look at.
 */
#ifndef DEBUGGER_LVALUE_H
#define DEBUGGER_LVALUE_H

#include "engine/stack.h"

enum lvalue_kind {
	LVALUE_LOCAL, LVALUE_STACK, LVALUE_GLOBAL, LVALUE_MEMORY,
	LVALUE_RANGE,                   /* bytes of memory without a type: they cannot be set */
	LVALUE_TABLE, LVALUE_FIELD
};

struct lvalue {
	enum lvalue_kind kind;
	valtype type;
	struct frame frame;             /* LVALUE_LOCAL, LVALUE_STACK: of the context as it is stopped now */
	uint32_t index;                 /* of the local, operand or field */
	struct global *global;
	struct memory *memory;
	struct table *table;
	uint64_t at;                    /* in memory or the table */
	uint64_t bytes;                 /* of memory */
	bool sign;                      /* of bytes narrower than their type */
	slot object;                    /* LVALUE_FIELD */
	struct instance *instance;      /* of a global, memory or table: number `number` there */
	uint32_t number;
};

/* The value; false: it is not there (beyond the memory, on no stack any more, of a range). */
bool lvalue_read(struct ctx *c, const struct lvalue *l, struct value *out);
/* V is of its type. False with E. */
bool lvalue_write(struct ctx *c, const struct lvalue *l, struct value v, struct err *e);

#endif
