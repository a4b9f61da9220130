/*
 * What the files of splice share. M's function FUNC becomes the last one of K, the skeleton: the text of the new function
 * in a module that declares whatever M does, so that it is parsed and checked as if it stood there.
 */
#ifndef WAT_SPLICE_PARTS_H
#define WAT_SPLICE_PARTS_H

#include "engine/base/buf.h"
#include "engine/module.h"

struct splice {
	const struct module *m, *k;
	uint32_t func, last;
	size_t prefix;                  /* bytes of the skeleton before the text */
	struct buf out;
	struct err *e;
};

/* The skeleton with TEXT in it; NULL with E. */
struct module *splice_skeleton(struct splice *s, const struct source *text);
/* Whether it has the function's type and exports and nothing more. */
bool splice_check(const struct splice *s);
/* Behind the bracket that closes the one at T[I]. */
size_t splice_skip_brackets(const char *t, size_t n, size_t i);

/* The binary of M with K's last function in place of FUNC, into s->out. */
void splice_sections(struct splice *s);

#endif
