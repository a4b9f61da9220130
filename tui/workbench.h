/* The workbench on this process's terminal. */
#ifndef TUI_WORKBENCH_H
#define TUI_WORKBENCH_H

#include <stdbool.h>

struct err;
struct session;

/* Open it on a session, till the user leaves it or the session quits. False with E: this is no terminal it can use. */
bool workbench_open(struct session *s, struct err *e);

#endif
