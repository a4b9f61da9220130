/* WASI for the session's store: made when something imports it first. */
#ifndef REPL_COMMAND_HOST_WASI_H
#define REPL_COMMAND_HOST_WASI_H

#include "repl/command/session.h"

/* False without an error: not an import of WASI. */
bool host_wasi_resolve(struct session *s, const struct module *m, const struct import *i, struct extern_ref *out,
	struct err *e);
/* The shared memory "env" "memory", made for the first module that imports it. False without an error: another import. */
bool host_wasi_memory(struct session *s, const struct module *m, const struct import *i, struct extern_ref *out,
	struct err *e);
void host_wasi_free(struct session *s);
/* A note about the first file that the guest was refused, when there was one. */
void host_wasi_refused(struct session *s, struct buf *out);

#endif
