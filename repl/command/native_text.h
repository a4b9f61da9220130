/* Where a guest stands in compiled code, for people: what stops and `info registers` share. */
#ifndef REPL_COMMAND_NATIVE_TEXT_H
#define REPL_COMMAND_NATIVE_TEXT_H

#include "debugger/native.h"
#include "repl/command/session.h"

struct buf;
struct node;
struct result;

/* What the last step was besides an instruction; the register-IR instruction; the machine instruction: lines of a stop. */
void native_text_did(const struct native_stop *n, struct buf *out);
void native_text_regir(const struct native_stop *n, struct buf *out);
void native_text_asm(const struct native_stop *n, struct buf *out);
/* The member "native" of a stop. */
void native_text_member(const struct native_stop *n, struct result *r, struct node *stop);

#endif
