/*
 * tap.h — the whole test framework for C: count checks, print TAP.
 *
 *	#include "tests/harness/tap.h"
 *	int main(void)
 *	{
 *		CHECK(1 + 1 == 2, "sums: %d and %d", 1, 1);
 *		return tap_done();
 *	}
 *
 * CHECK returns whether the condition held, so that what depends on it can be left out. tap_done
 * prints the plan and returns the exit status; a program that dies before it counts as a failure.
 */
#ifndef WRENCH_TESTS_HARNESS_TAP_H
#define WRENCH_TESTS_HARNESS_TAP_H

#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>

#define CHECK(cond, ...) tap_check((cond) ? true : false, #cond, __FILE__, __LINE__, __VA_ARGS__)

static int tap_count, tap_failed;

__attribute__((format(printf, 5, 6), unused))
static bool tap_check(bool ok, const char *cond, const char *file, int line, const char *fmt, ...)
{
	va_list ap;

	printf("%sok %d - ", ok ? "" : "not ", ++tap_count);
	va_start(ap, fmt);
	vprintf(fmt, ap);
	va_end(ap);
	putchar('\n');
	if (!ok) {
		tap_failed++;
		printf("#   %s:%d: %s\n", file, line, cond);
	}
	fflush(stdout);
	return ok;
}

/* a line that explains a failure; shown only when the check before it failed */
__attribute__((format(printf, 1, 2), unused))
static void tap_note(const char *fmt, ...)
{
	va_list ap;

	printf("#   ");
	va_start(ap, fmt);
	vprintf(fmt, ap);
	va_end(ap);
	putchar('\n');
}

__attribute__((unused))
static int tap_done(void)
{
	printf("1..%d\n", tap_count);
	return tap_failed > 0;
}

#endif
