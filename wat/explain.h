/* What the opcode table knows about one instruction, as the text of `help i32.add`. */
#ifndef WAT_EXPLAIN_H
#define WAT_EXPLAIN_H

#include <stdbool.h>

#include "engine/op.h"

struct buf;

/* Text, immediates, stack effect, explanation, feature and encoding. False: no such instruction. */
bool explain_op(enum op op, struct buf *out);
/* "i32 i32 -> i32" from a signature of the table; "depends on its immediates" for those with a rule of their own. */
void explain_signature(enum op op, struct buf *out);
/* The bytes of the opcode: "6a", "fc 08". */
void explain_encoding(enum op op, struct buf *out);

#endif
