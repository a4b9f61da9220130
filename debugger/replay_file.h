/*
 * Recordings as files: the tape of a whole run, what it was a run of, and how it ended. Such a file and the module are
 * enough to run the program again, on any machine, without the files, clocks and streams that it had.
 *
 *     "WRREPLAY" version:u32  module:u64  call  initialized:u8  nfuncs { module name }  steps outcome status state:u64
 *     ntape bytes…  nturns { steps since the one before, thread }  check:u64
 *
 * Strings are a length and bytes, numbers LEB128. Reading checks every entry of the tape before anything is run.
 */
#ifndef DEBUGGER_REPLAY_FILE_H
#define DEBUGGER_REPLAY_FILE_H

#include "debugger/recorder.h"

enum { REPLAY_VERSION = 2 };

struct replay_head {
	uint64_t module;                /* replay_module_hash() */
	char call[256];                 /* as at the prompt: "fac(5)"; "" is _start */
	bool initialized;               /* _initialize was called before it */
	uint64_t steps;                 /* Wasm instructions, start functions included */
	enum outcome outcome;
	int status;                     /* exit status, or the trap's kind */
	uint64_t state;                 /* moment_hash() of what was left */
	uint64_t before;                /* not in the file: steps that the turns of threads do not count */
};

uint64_t replay_module_hash(const struct module *m);
/* False with E: out of memory, or what was recorded cannot be used again. */
bool replay_write(const struct recorder *r, const struct replay_head *h, struct buf *out, struct err *e);
/* R: cleared, and filled with tape and functions. False with E (E_RECORDING): what is wrong, and at which byte. */
bool replay_read(struct recorder *r, struct replay_head *h, const void *data, size_t size, struct err *e);

#endif
