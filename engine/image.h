/*
 * Images: what a range of bytes held at some moment, kept so that many moments of one range cost little. Each image
 * is compared with the one before it, and pages that did not change are shared; pages of zeros are not stored at all.
 *
 *     image:  [group]───►[page][page][ – ]…        a group covers 64 KiB, a page 4 KiB; – is a page of zeros
 *             [group]─┐
 *             [  –  ] └─►shared with the image before: nothing in these 64 KiB changed
 *
 * Taking an image reads the range once, and so does putting it back; nothing is asked of whoever writes the range.
 */
#ifndef ENGINE_IMAGE_H
#define ENGINE_IMAGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct image_group;

struct image {
	uint64_t size;                  /* bytes of the range */
	uint32_t ngroups;
	struct image_group **groups;    /* NULL: all zero */
	uint64_t *account;              /* bytes that all images of this account take; whoever takes them owns it */
};

/*
 * Take the image of [base, base + size), private memory of this process. BEFORE: an earlier image of the range, to
 * share pages with; NULL: none. Images that share have one account. False: out of memory, and OUT is empty.
 */
bool image_take(struct image *out, const struct image *before, const void *base, uint64_t size, uint64_t *account);
/* Make [base, base + size of the image) what it was. Bytes that are so already are not written. */
void image_restore(const struct image *m, void *base);
void image_free(struct image *m);

/* A number that differs, almost certainly, when the bytes do; H: of what came before. */
uint64_t image_hash(uint64_t h, const void *base, uint64_t size);
/* The same kind of number for ranges of which most may never have been touched: such pages are not read. */
uint64_t image_digest(uint64_t h, const void *base, uint64_t size);
/* The first byte from FROM on in which two ranges differ; SIZE: none. */
uint64_t image_difference(const void *a, const void *b, uint64_t size, uint64_t from);

#endif
