/* UTF-8 as WebAssembly names need it: no surrogates, nothing above U+10FFFF, shortest forms only (Unicode table 3-7). */
#ifndef ENGINE_BASE_UTF8_H
#define ENGINE_BASE_UTF8_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

size_t utf8_length(const char *p, size_t n);            /* bytes of the character at p, 0 when not well-formed */
bool utf8_valid(const char *p, size_t n);
uint32_t utf8_decode(const char *p, size_t length);     /* of a character that utf8_length accepted */
size_t utf8_encode(uint32_t c, char out[4]);            /* bytes written; 0: not a scalar value */

#endif
