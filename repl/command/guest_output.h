/* What the guest (and dprintf, hooks) wrote while a command ran, for the "output" member of its JSON line. */
#ifndef REPL_COMMAND_GUEST_OUTPUT_H
#define REPL_COMMAND_GUEST_OUTPUT_H

#include "engine/base/buf.h"

enum { GUEST_OUTPUT_MAX = 1 << 20 };    /* bytes kept for one command */

struct guest_output {
	struct buf text[3];             /* by descriptor: 1 standard output, 2 standard error */
	bool truncated[3];
	int file[3];                    /* memory files that the guest writes into; 0: it does not */
};

/* Take N bytes that descriptor FD got; what is beyond the limit is dropped. */
void guest_output_add(struct guest_output *g, int fd, const char *p, size_t n);
/* The same behind what the guest has written so far. */
void guest_output_say(struct guest_output *g, int fd, const char *p, size_t n);
/* Append ,"output":[{"stream":"stdout","text":"…"}] when there is any, and forget it. G may be NULL. */
void guest_output_json(struct guest_output *g, struct buf *out);
void guest_output_free(struct guest_output *g);

#endif
