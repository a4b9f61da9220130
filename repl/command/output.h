/* Where commands write: a descriptor with a buffer, remembering that it failed (closed, full). */
#ifndef REPL_COMMAND_OUTPUT_H
#define REPL_COMMAND_OUTPUT_H

#include "engine/base/buf.h"
#include "engine/base/str.h"

struct output {
	int fd;
	int error;              /* errno of the first write that failed; 0 */
	struct buf pending;
};

void output_put(struct output *o, const char *p, size_t n);
void output_puts(struct output *o, const char *s);
/* Write what is pending; false: this or an earlier write failed. */
bool output_flush(struct output *o);
void output_free(struct output *o);

#endif
