/* Captured output of the guest; see guest_output.h. */
#include "repl/command/guest_output.h"

#include <unistd.h>

#include "engine/base/utf8.h"

void guest_output_add(struct guest_output *g, int fd, const char *p, size_t n)
{
	struct buf *b = &g->text[fd];

	if (b->size + n > GUEST_OUTPUT_MAX) {
		n = GUEST_OUTPUT_MAX - b->size;
		g->truncated[fd] = true;
	}
	buf_put(b, p, n);
}

static void put_base64(const char *p, size_t n, struct buf *out)
{
	static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

	for (size_t i = 0; i < n; i += 3) {
		uint32_t v = 0;
		for (size_t k = 0; k < 3; k++)
			v = v << 8 | (i + k < n ? (unsigned char)p[i + k] : 0);
		for (size_t k = 0; k < 4; k++)
			buf_putc(out, i + k > n ? '=' : digits[v >> (18 - 6 * k) & 63]);
	}
}

/* What the guest wrote into its memory files since the last time. */
static void collect(struct guest_output *g)
{
	char part[4096];
	ssize_t n;

	for (int fd = 1; fd <= 2; fd++) {
		if (!g->file[fd])
			continue;
		for (off_t at = 0; (n = pread(g->file[fd], part, sizeof part, at)) > 0; at += n)
			guest_output_add(g, fd, part, (size_t)n);
		if (ftruncate(g->file[fd], 0) == 0)
			lseek(g->file[fd], 0, SEEK_SET);
	}
}

void guest_output_say(struct guest_output *g, int fd, const char *p, size_t n)
{
	collect(g);
	guest_output_add(g, fd, p, n);
}

void guest_output_json(struct guest_output *g, struct buf *out)
{
	bool any = false;

	if (g)
		collect(g);
	for (int fd = 1; g && fd <= 2; fd++) {
		struct buf *b = &g->text[fd];
		if (b->size == 0)
			continue;
		bool text = utf8_valid(b->data, b->size);
		buf_printf(out, "%s{\"stream\":\"%s\",\"%s\":", any ? "," : ",\"output\":[", fd == 1 ? "stdout" : "stderr",
			text ? "text" : "base64");
		if (text) {
			buf_json(out, b->data, b->size);
		} else {
			buf_putc(out, '"');
			put_base64(b->data, b->size, out);
			buf_putc(out, '"');
		}
		buf_printf(out, "%s}", g->truncated[fd] ? ",\"truncated\":true" : "");
		buf_reset(b);
		g->truncated[fd] = false;
		any = true;
	}
	if (any)
		buf_putc(out, ']');
}

void guest_output_free(struct guest_output *g)
{
	for (int fd = 1; fd <= 2; fd++)
		buf_free(&g->text[fd]);
	for (int fd = 1; fd <= 2; fd++)
		if (g->file[fd])
			close(g->file[fd]);
}
