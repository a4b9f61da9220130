/* Free lines of the heap are poisoned in builds with AddressSanitizer, so that a reference that was no root is noticed. */
#ifndef ENGINE_GC_ASAN_H
#define ENGINE_GC_ASAN_H

#include <stddef.h>

#if defined(__has_feature)
#if __has_feature(address_sanitizer)
#define GC_ASAN
#endif
#endif
#ifdef __SANITIZE_ADDRESS__
#define GC_ASAN
#endif

#ifdef GC_ASAN
#include <sanitizer/asan_interface.h>
static inline void heap_poison(const char *p, size_t n) { __asan_poison_memory_region(p, n); }
static inline void heap_unpoison(const char *p, size_t n) { __asan_unpoison_memory_region(p, n); }
#else
static inline void heap_poison(const char *p, size_t n) { (void)p, (void)n; }
static inline void heap_unpoison(const char *p, size_t n) { (void)p, (void)n; }
#endif

#endif
