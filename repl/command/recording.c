/* Recording and replaying programs; see recording.h. */
#include "repl/command/recording.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdlib.h>
#include <unistd.h>

#include "engine/base/source.h"
#include "engine/module.h"
#include "engine/moment.h"
#include "engine/wasi/wasi.h"

/* ---- standard streams ------------------------------------------------------------------------ */

static int stream_of(void *user, struct ctx *c, const struct func *f, const slot *args)
{
	const struct session *s = user;

	return f->host_name && strcmp(f->host_name, "fd_write") == 0 && wasi_row_of(f) ? wasi_stream_of(s->wasi, (uint32_t)args[0]) : 0;
}

/* Where the guest's stream goes. */
static int stream_file(const struct session *s, int stream)
{
	if (s->run_stdio[stream] >= 0)
		return s->run_stdio[stream];
	return s->wasi_config ? s->wasi_config->stdio[stream] : stream;
}

static void write_output(void *user, int stream, const void *bytes, size_t n)
{
	int fd = stream_file(user, stream);

	for (const char *p = bytes; fd >= 0 && n;) {
		ssize_t done = write(fd, p, n);
		if (done < 0 && errno != EINTR)
			return;
		p += done > 0 ? done : 0;
		n -= done > 0 ? (size_t)done : 0;
	}
}

void recording_streams(struct session *s, struct recorder *r)
{
	r->stream_of = stream_of;
	r->output = write_output;
	r->host = s;
}

/* ---- files ----------------------------------------------------------------------------------- */

bool recording_read(struct recorder *r, struct replay_head *h, const char *path, const struct module *m, struct err *e)
{
	struct source *src = source_read(path, e);
	bool ok = src && replay_read(r, h, src->bytes, src->size, e);

	if (e->code)
		err_file(e, path);
	source_free(src);
	if (ok && h->module != replay_module_hash(m)) {
		recorder_clear(r);
		return err_set(e, E_RECORDING, place_none(), "%s is a recording of another module", path);
	}
	return ok;
}

bool recording_write(const struct recorder *r, const struct replay_head *h, const char *path, size_t *bytes, struct err *e)
{
	struct buf b = { 0 };
	bool ok = replay_write(r, h, &b, e);
	int fd = ok ? open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666) : -1;

	if (ok && fd < 0)
		ok = err_set(e, E_IO, place_none(), "%s: %s", path, strerror(errno));
	if (ok) {
		struct output o = { .fd = fd };
		output_put(&o, buf_str(&b), b.size);
		ok = output_flush(&o);
		output_free(&o);
		ok = close(fd) == 0 && ok;
		if (!ok)
			err_set(e, E_IO, place_none(), "%s could not be written", path);
	}
	if (bytes)
		*bytes = b.size;
	buf_free(&b);
	return ok;
}

/* ---- of wrench run --------------------------------------------------------------------------- */

/* The end was not the program's own: nothing in it says when. */
static bool was_cut_off(enum outcome how)
{
	return how == OUT_TIMEOUT || how == OUT_INTERRUPT || how == OUT_KILLED || how == OUT_STOP;
}

bool recording_begin(struct session *s, const char *path, bool replays, struct err *e)
{
	struct recording *k = calloc(1, sizeof *k);

	if (!k)
		return err_oom(e);
	s->taped = k;
	k->path = path;
	k->replays = replays;
	recorder_attach(&k->recorder, s->ctx);
	recording_streams(s, &k->recorder);
	ctx_start_clock(s->ctx);
	if (!replays) {
		recorder_record(&k->recorder);
		return recorder_take_turns(&k->recorder) || err_oom(e);
	}
	if (!recording_read(&k->recorder, &k->head, path, session_current(s)->module, e))
		return false;
	if (was_cut_off(k->head.outcome))
		ctx_set_fuel(s->ctx, (int64_t)k->head.steps);
	if (!recorder_take_turns(&k->recorder))
		return err_oom(e);
	if (was_cut_off(k->head.outcome))
		s->store->turns->end = k->head.steps;
	recorder_replay(&k->recorder, (struct tape_place){ 0 });
	return true;
}

static int status_of(const struct ctx *c, enum outcome how)
{
	return how == OUT_EXIT ? c->exit_status : how == OUT_TRAP ? (int)c->trap.kind : 0;
}

static bool ended_alike(struct session *s, enum outcome *how, struct err *e)
{
	const struct recording *k = s->taped;
	const struct replay_head *h = &k->head;
	unsigned long long steps = ctx_clock(s->ctx);

	if (k->recorder.wrong.code) {
		*e = k->recorder.wrong;
		return false;
	}
	if (was_cut_off(h->outcome) && (*how == OUT_FUEL || *how == h->outcome))
		*how = h->outcome;
	if (*how != h->outcome || status_of(s->ctx, *how) != h->status)
		return err_set(e, E_RECORDING, place_none(), "the recording does not fit: the program ended in another way");
	if (steps != h->steps)
		return err_set(e, E_RECORDING, place_none(), "the recording does not fit: the program took %llu steps, %llu when it was "
			"recorded", steps, (unsigned long long)h->steps);
	if (h->state && moment_hash(s->ctx) != h->state)
		return err_set(e, E_RECORDING, place_none(), "the recording does not fit: the program left another state");
	return true;
}

bool recording_end(struct session *s, enum outcome *how, const char *call, bool initialized, struct err *e)
{
	struct recording *k = s->taped;
	struct replay_head *h = &k->head;

	if (k->replays)
		return ended_alike(s, how, e);
	*h = (struct replay_head){
		.module = replay_module_hash(session_current(s)->module), .steps = ctx_clock(s->ctx), .outcome = *how,
		.initialized = initialized, .status = status_of(s->ctx, *how), .state = was_cut_off(*how) ? 0 : moment_hash(s->ctx),
	};
	if (strlen(call) >= sizeof h->call)
		return err_set(e, E_UNSUPPORTED, place_none(), "the call is too long to be recorded");
	memcpy(h->call, call, strlen(call) + 1);
	return recording_write(&k->recorder, h, k->path, NULL, e);
}

void recording_free(struct session *s)
{
	if (!s->taped)
		return;
	recorder_free(&s->taped->recorder);
	free(s->taped);
	s->taped = NULL;
}
