/*
 * Executable memory. No mapping is ever writable and executable at once: code is written into a file in memory (memfd_create)
 * that is mapped for reading and executing only. Where there are no such files, code gets pages of its own, which are
 * writable first and executable afterwards. One reservation of address space; memory is used as code comes.
 */
#ifndef JIT_MCODE_H
#define JIT_MCODE_H

#include <stdint.h>

struct err;
struct mcode;

enum { MCODE_MAX = 128 << 20 };

/* How memory is had, for tests: the first that works. */
enum mcode_how { MCODE_FILE, MCODE_PAGES, MCODE_DENIED };

/* At most LIMIT bytes. NULL with E: out of memory, or E_NO_MEMORY: executable memory is denied. Thread-safe. */
struct mcode *mcode_new(uint32_t limit, enum mcode_how from, struct err *e);
void mcode_free(struct mcode *m);
/* A copy of the SIZE bytes at CODE that can be run. NULL with E_LIMIT: full; E_NO_MEMORY. */
const uint8_t *mcode_place(struct mcode *m, const uint8_t *code, uint32_t size, struct err *e);
/* Nobody runs it any more. */
void mcode_release(struct mcode *m, const uint8_t *code, uint32_t size);
uint64_t mcode_used(const struct mcode *m);

#endif
