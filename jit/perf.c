/*
 * The jitdump format: a header, then records of {kind, bytes, time}; all numbers are the machine's own. perf notices the
 * file because the process maps a page of it executable.
 *
 *     header   magic version bytes machine pad pid time(8) flags(8)
 *     load     kind bytes time(8) pid tid address(8) address(8) size(8) number(8) name\0 code
 */
#include "jit/perf.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "engine/base/buf.h"
#include "engine/base/clock.h"
#include "engine/base/err.h"
#include "engine/regir/code.h"
#include "engine/tier.h"

struct perf {
	enum perf_kind kind;
	FILE *file;
	void *mark;             /* the mapping that perf notices */
	size_t mark_size;
	uint64_t number;        /* of functions so far */
};

struct dump_header {
	uint32_t magic, version, bytes, machine, pad, pid;
	uint64_t time, flags;
};

struct dump_load {
	uint32_t kind, bytes;
	uint64_t time;
	uint32_t pid, tid;
	uint64_t virtual_address, address, size, number;
};
_Static_assert(sizeof(struct dump_header) == 40 && sizeof(struct dump_load) == 56, "as perf reads them");

enum { DUMP_MAGIC = 0x4a695444, DUMP_VERSION = 1, DUMP_CODE_LOAD = 0 };
enum { ELF_X86_64 = 62, ELF_AARCH64 = 183 };

static bool begin_dump(struct perf *p, struct err *e, const char *path)
{
	struct dump_header h = {
		.magic = DUMP_MAGIC, .version = DUMP_VERSION, .bytes = sizeof h, .pid = (uint32_t)getpid(), .time = (uint64_t)clock_now_ns(),
#if defined __aarch64__
		.machine = ELF_AARCH64,
#else
		.machine = ELF_X86_64,
#endif
	};

	p->mark_size = (size_t)sysconf(_SC_PAGESIZE);
	p->mark = mmap(NULL, p->mark_size, PROT_READ | PROT_EXEC, MAP_PRIVATE, fileno(p->file), 0);
	if (p->mark == MAP_FAILED || fwrite(&h, sizeof h, 1, p->file) != 1 || fflush(p->file) != 0)
		return err_set(e, E_IO, place_none(), "%s: %s", path, strerror(errno));
	return true;
}

struct perf *perf_open(enum perf_kind kind, struct err *e)
{
	struct perf *p = calloc(1, sizeof *p);
	char path[64];

	if (!p)
		return err_oom(e), NULL;
	p->kind = kind;
	p->mark = MAP_FAILED;
	snprintf(path, sizeof path, kind == PERF_MAP ? "/tmp/perf-%ld.map" : "jit-%ld.dump", (long)getpid());
	p->file = fopen(path, kind == PERF_MAP ? "we" : "w+e");
	if (!p->file)
		err_set(e, E_IO, place_none(), "%s: %s", path, strerror(errno));
	if (!p->file || (kind == PERF_DUMP && !begin_dump(p, e, path))) {
		perf_close(p);
		return NULL;
	}
	return p;
}

static void add_load(struct perf *p, const struct native_code *n, const char *name, size_t bytes)
{
	struct dump_load load = {
		.kind = DUMP_CODE_LOAD, .bytes = (uint32_t)(sizeof load + bytes + 1 + n->size), .time = (uint64_t)clock_now_ns(), .pid = (uint32_t)getpid(),
		.tid = (uint32_t)syscall(SYS_gettid), .virtual_address = (uint64_t)(uintptr_t)n->code,
		.address = (uint64_t)(uintptr_t)n->code, .size = n->size, .number = p->number++,
	};

	fwrite(&load, sizeof load, 1, p->file);
	fwrite(name, bytes + 1, 1, p->file);
	fwrite(n->code, n->size, 1, p->file);
}

void perf_add(struct perf *p, const struct native_code *n)
{
	struct buf name = { 0 };

	buf_puts(&name, "wasm:");
	module_func_label(n->body->module, n->body->func, &name);
	if (p->kind == PERF_DUMP)
		add_load(p, n, buf_str(&name), name.size);
	else
		fprintf(p->file, "%" PRIx64 " %x %s\n", (uint64_t)(uintptr_t)n->code, n->size, buf_str(&name));
	fflush(p->file);
	buf_free(&name);
}

void perf_close(struct perf *p)
{
	if (p->mark != MAP_FAILED)
		munmap(p->mark, p->mark_size);
	if (p->file)
		fclose(p->file);
	free(p);
}
