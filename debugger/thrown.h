/* The exception that nobody caught, for who reads about it: its tag by name, and its values. */
#ifndef DEBUGGER_THROWN_H
#define DEBUGGER_THROWN_H

#include <stdbool.h>
#include <stdint.h>

#include "engine/value.h"

struct buf;
struct ctx;

/* Whether C's call ended with one. */
bool thrown(const struct ctx *c);
/* "oops": as a module that has the tag calls or exports it, else "tag 3". */
void thrown_tag(const struct ctx *c, struct buf *out);
/* Value I of its payload; false: it has no more. */
bool thrown_value(const struct ctx *c, uint32_t i, struct value *out);
/* "oops (7, 1.5)" */
void thrown_print(const struct ctx *c, struct buf *out);

#endif
