/* Output with a buffer; see output.h. */
#include "repl/command/output.h"

#include <errno.h>
#include <unistd.h>

enum { FLUSH_AT = 1 << 16 };

void output_put(struct output *o, const char *p, size_t n)
{
	buf_put(&o->pending, p, n);
	if (o->pending.failed)
		o->error = ENOMEM;
	if (o->pending.size >= FLUSH_AT)
		output_flush(o);
}

void output_puts(struct output *o, const char *s)
{
	output_put(o, s, strlen(s));
}

bool output_flush(struct output *o)
{
	size_t done = 0;

	while (done < o->pending.size && o->error == 0) {
		ssize_t n = write(o->fd, o->pending.data + done, o->pending.size - done);
		if (n >= 0)
			done += (size_t)n;
		else if (errno != EINTR)
			o->error = errno;
	}
	buf_reset(&o->pending);
	return o->error == 0;
}

void output_free(struct output *o)
{
	buf_free(&o->pending);
}
