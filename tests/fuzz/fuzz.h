/*
 * fuzz.h — what a fuzzer (NAME_fuzz.c) and whoever drives it agree on: libFuzzer, or driver.c, which runs a given number
 * of inputs made from a seed.
 */
#ifndef WRENCH_TESTS_FUZZ_FUZZ_H
#define WRENCH_TESTS_FUZZ_FUZZ_H

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

/* What an input is: how driver.c turns files into inputs, and how it changes them. */
enum fuzz_input {
	FUZZ_MODULE,            /* a binary module */
	FUZZ_TEXT,              /* a module as text */
	FUZZ_SCRIPT,            /* a .wast script */
	FUZZ_NAMES,             /* the contents of a name section */
	FUZZ_BYTES,             /* choices of a generator; files are not used */
};

extern const enum fuzz_input fuzz_wants;
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* A promise that does not hold. */
#define FUZZ_FAIL(...) (fprintf(stderr, __VA_ARGS__), fputc('\n', stderr), abort())

#endif
