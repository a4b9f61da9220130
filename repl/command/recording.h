/*
 * Recordings of whole programs: what run --record, run --replay, `record save` and `replay` share. A program that is
 * replayed asks nothing of its host; what it wrote to its standard streams when it was recorded is written again.
 */
#ifndef REPL_COMMAND_RECORDING_H
#define REPL_COMMAND_RECORDING_H

#include "debugger/replay_file.h"
#include "repl/command/session.h"

/* R finds out what goes to the standard streams, and writes there when it replays. */
void recording_streams(struct session *s, struct recorder *r);
/* Read a file into R and check that it is a recording of M. */
bool recording_read(struct recorder *r, struct replay_head *h, const char *path, const struct module *m, struct err *e);
bool recording_write(const struct recorder *r, const struct replay_head *h, const char *path, size_t *bytes, struct err *e);

/* ---- of wrench run --------------------------------------------------------------------------- */

struct recording {
	struct recorder recorder;
	struct replay_head head;
	const char *path;
	bool replays;
};

/* The store of the session is new: everything from now on is recorded to PATH, or replayed from it. */
bool recording_begin(struct session *s, const char *path, bool replays, struct err *e);
/*
 * The program has ended as HOW says; replaying, that is what it ended as when it was recorded. Recording: the file is
 * written; INITIALIZED: CALL was made after _initialize. False with E: it is not, or the program did something else than when it was recorded.
 */
bool recording_end(struct session *s, enum outcome *how, const char *call, bool initialized, struct err *e);
void recording_free(struct session *s);

#endif
