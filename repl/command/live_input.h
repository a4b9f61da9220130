/*
 * Lines from a pipe that are read while the guest runs, so that `interrupt`, `kill` and `quit` act then (JSON mode). A thread
 * of its own reads them; one of those three that arrives while the guest runs interrupts it. All lines are carried out in
 * their order: `kill` and `quit` find the guest stopped. What was sent before the guest began to run waits for its turn.
 */
#ifndef REPL_COMMAND_LIVE_INPUT_H
#define REPL_COMMAND_LIVE_INPUT_H

#include <stdbool.h>

struct buf;
struct live_input;

/* Read FD. NULL: it is a file, in which everything is there already, or no thread can be had. */
struct live_input *live_input_open(int fd);
/* Wait for a line and append it with its newline. False: there are no more. */
bool live_input_line(struct live_input *in, struct buf *out);
void live_input_close(struct live_input *in);

#endif
