/* Reading back what format_binary wrote. */
#ifndef TRACE_BINARY_H
#define TRACE_BINARY_H

#include "trace/place.h"
#include "trace/ring.h"

struct err;

/* Both are the caller's to free. False with E: cannot be read, or is no trace. */
bool trace_load(const char *path, struct places *p, struct ring *ring, struct err *e);

#endif
