/* Lines read while the guest runs; see live_input.h. */
#include "repl/command/live_input.h"

#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "engine/base/buf.h"
#include "engine/base/vec.h"
#include "repl/command/args.h"
#include "repl/command/interrupt.h"
#include "repl/command/script.h"

struct live_input {
	int fd, wake[2];                /* wake: ends the thread */
	pthread_t thread, reader;       /* that asked for lines: the guest runs on it; that reads */
	pthread_mutex_t lock;
	pthread_cond_t more;
	struct buf pending;             /* behind the last whole line */
	struct buf lines;               /* whole lines that nobody has taken */
	size_t taken;                   /* bytes of them */
	bool ended;
};

/* Whether a line is for the guest that runs. */
static bool is_urgent(struct str line)
{
	static const char *const words[] = { "interrupt", "kill", "k", "quit", "q" };
	struct buf text = { 0 };
	struct str id;
	bool urgent = false;

	line = str_trim(line);
	if (script_json_line(line, &text, &id))
		line = str_trim(str_of_buf(&text));
	struct str word = line_word(&line);
	for (size_t i = 0; i < sizeof words / sizeof *words; i++)
		urgent |= str_is(word, words[i]);
	buf_free(&text);
	return urgent;
}

/* Move what is whole to the lines, and look at it. */
static void take_whole(struct live_input *in)
{
	size_t begin = 0;

	for (size_t i = 0; i < in->pending.size; i++) {
		if (in->pending.data[i] != '\n')
			continue;
		if (is_urgent((struct str){ in->pending.data + begin, i - begin }))
			interrupt_running(in->thread);
		begin = i + 1;
	}
	buf_put(&in->lines, in->pending.data, begin);
	memmove(in->pending.data, in->pending.data + begin, in->pending.size - begin);
	buf_truncate(&in->pending, in->pending.size - begin);
}

static bool readable(const struct live_input *in)
{
	struct pollfd p = { .fd = in->fd, .events = POLLIN };

	return poll(&p, 1, 0) > 0;
}

/* All that is there, before anybody may take a line of it: what was sent at once belongs together. */
static void read_all(struct live_input *in)
{
	char part[65536];

	do {
		ssize_t n = read(in->fd, part, sizeof part);
		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0) {
			in->ended = true;
			break;
		}
		buf_put(&in->pending, part, (size_t)n);
	} while (readable(in));
	if (in->pending.size)
		take_whole(in);
	if (in->ended && in->pending.size) {
		buf_put(&in->lines, in->pending.data, in->pending.size);
		buf_reset(&in->pending);
	}
	pthread_cond_signal(&in->more);
}

static void *read_on(void *user)
{
	struct live_input *in = user;
	struct pollfd p[2] = { { .fd = in->fd, .events = POLLIN }, { .fd = in->wake[0], .events = POLLIN } };

	while (!in->ended) {
		if (poll(p, 2, -1) < 0 && errno != EINTR)
			break;
		if (p[1].revents)
			break;
		if (!p[0].revents)
			continue;
		pthread_mutex_lock(&in->lock);
		read_all(in);
		pthread_mutex_unlock(&in->lock);
	}
	return NULL;
}

struct live_input *live_input_open(int fd)
{
	struct stat st;
	struct live_input *in = fstat(fd, &st) == 0 && !S_ISREG(st.st_mode) ? calloc(1, sizeof *in) : NULL;

	if (!in || pipe(in->wake) < 0) {
		free(in);
		return NULL;
	}
	in->fd = fd;
	in->thread = pthread_self();
	pthread_mutex_init(&in->lock, NULL);
	pthread_cond_init(&in->more, NULL);
	interrupt_listen();
	if (pthread_create(&in->reader, NULL, read_on, in) == 0)
		return in;
	close(in->wake[0]);
	close(in->wake[1]);
	free(in);
	return NULL;
}

bool live_input_line(struct live_input *in, struct buf *out)
{
	pthread_mutex_lock(&in->lock);
	while (in->taken == in->lines.size && !in->ended)
		pthread_cond_wait(&in->more, &in->lock);
	const char *p = in->lines.data + in->taken;
	size_t left = in->lines.size - in->taken;
	const char *end = left ? memchr(p, '\n', left) : NULL;
	size_t n = end ? (size_t)(end + 1 - p) : left;
	if (n)
		buf_put(out, p, n);
	in->taken += n;
	if (in->taken == in->lines.size) {
		buf_reset(&in->lines);
		in->taken = 0;
	}
	pthread_mutex_unlock(&in->lock);
	return n > 0;
}

void live_input_close(struct live_input *in)
{
	ssize_t ignored = write(in->wake[1], "", 1);

	(void)ignored;
	pthread_join(in->reader, NULL);
	close(in->wake[0]);
	close(in->wake[1]);
	buf_free(&in->pending);
	buf_free(&in->lines);
	pthread_cond_destroy(&in->more);
	pthread_mutex_destroy(&in->lock);
	free(in);
}
