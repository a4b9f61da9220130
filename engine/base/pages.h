/*
 * Large pages for large storage: the system clears 2 MiB at a time where it can, instead of taking a fault for each
 * 4 KiB. Only a hint; nothing depends on it.
 */
#ifndef ENGINE_BASE_PAGES_H
#define ENGINE_BASE_PAGES_H

#include <stddef.h>
#include <stdint.h>
#include <sys/mman.h>

/* SIZE bytes at P, fresh, will all be written. */
static inline void pages_large(void *p, size_t size)
{
#ifdef MADV_HUGEPAGE
	uintptr_t large = (uintptr_t)2 << 20, mask = ~(large - 1);
	uintptr_t start = ((uintptr_t)p + large - 1) & mask, end = ((uintptr_t)p + size) & mask;

	if (end > start)
		madvise((void *)start, end - start, MADV_HUGEPAGE);
#else
	(void)p, (void)size;
#endif
}

#endif
