/* What instances import: registered instances, WASI, and stubs for what is missing. */
#ifndef REPL_COMMAND_HOST_H
#define REPL_COMMAND_HOST_H

#include "repl/command/session.h"

/* The import_resolver of sessions is session_resolve() (session.h). */
/* Call instance IN's exports NAME for imports; replaces an earlier one. */
bool host_register(struct session *s, struct str name, struct instance *in, struct err *e);
/* Imports that nobody provides are stubs that trap: the host is replayed, they are never called. */
void host_stub_missing(struct session *s);
/* What the current store holds of the host goes. */
void host_free(struct session *s);
/*
 * After an outermost call of the session's context, which ended as HOW says: threads that it spawned end, too. The outcome
 * of the program, and *WHO it is about: the context of the thread that ended all, or the session's.
 */
enum outcome host_threads_end(struct session *s, enum outcome how, struct ctx **who);
/* "note: the guest was refused …" when it was; once. */
/* Whether F stands for an import that nobody provides, and stops to be answered (stub-imports ask). */
bool host_is_asking(const struct func *f);
void host_refused_note(struct session *s, struct buf *out);

#endif
