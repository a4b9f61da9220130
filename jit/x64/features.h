/*
 * What an x86-64 processor can do beyond SSE4.1, which compiled code needs at the least. masm.inc asks for a bit before it
 * uses an instruction; a mask (--cpu) takes bits away, so that every sequence can be run on a machine that has them all.
 */
#ifndef JIT_X64_FEATURES_H
#define JIT_X64_FEATURES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum x64_feature {
	FEATURE_SSE41 = 1,      /* the floor: without it nothing is compiled */
	FEATURE_POPCNT = 2,
	FEATURE_LZCNT = 4,
	FEATURE_BMI1 = 8,
	FEATURE_BMI2 = 16,
	FEATURE_AVX = 32,
	FEATURE_AVX2 = 64,
	FEATURE_FMA = 128,
	FEATURE_ALL = 255
};

/* Of this machine; 0 on others than x86-64. */
uint32_t x64_features(void);

/* "sse4.1,popcnt,avx"; "all", "none" and "-avx" (everything but) are read too. False: there is an unknown word. */
bool x64_features_parse(const char *text, uint32_t *features);
/* Their names, separated by commas ("none"); at most SIZE bytes. */
void x64_features_print(uint32_t features, char *to, size_t size);

#endif
