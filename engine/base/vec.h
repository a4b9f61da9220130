/*
 * A growing array of any type:  VEC(struct thing) v = { 0 };  if (!vec_push(&v, t)) …;  v.data[i], v.count.
 * Pushing gives false when memory runs out and leaves the vector as it was. vec_free() releases the storage.
 */
#ifndef ENGINE_BASE_VEC_H
#define ENGINE_BASE_VEC_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#define VEC(T) struct { T *data; size_t count, cap; }

/* Room for COUNT elements of SIZE bytes; DATA is a pointer to the vector's data pointer. */
static inline bool vec_grow_(void *data, size_t *cap, size_t count, size_t size)
{
	void **p = data;
	size_t want = *cap ? *cap : 8, bytes;

	if (count <= *cap)
		return true;
	while (want < count)
		want *= 2;
	if (__builtin_mul_overflow(want, size, &bytes))
		return false;
	void *grown = realloc(*p, bytes);
	if (!grown)
		return false;
	*p = grown;
	*cap = want;
	return true;
}

#define vec_reserve(v, n) vec_grow_((void *)&(v)->data, &(v)->cap, (n), sizeof *(v)->data)
#define vec_push(v, x)    (((v)->count < (v)->cap || vec_reserve(v, (v)->count + 1)) && ((v)->data[(v)->count++] = (x), true))
#define vec_pop(v)        ((v)->data[--(v)->count])
#define vec_last(v)       ((v)->data[(v)->count - 1])
#define vec_clear(v)      ((void)((v)->count = 0))
#define vec_free(v)       (free((v)->data), (v)->data = NULL, (void)((v)->count = (v)->cap = 0))

#endif
