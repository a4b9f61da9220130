/*
 * measure.c — run a command many times and say what it cost. A small parent, because a child's peak
 * memory as the kernel reports it begins with its parent's.
 *
 *	measure RUNS COMMAND [ARG…]
 *
 * prints the medians of wall and CPU microseconds and the peak KiB: "WALL CPU KIB", or the command's
 * status when it is not 0. Standard output of the command goes to standard error.
 */
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

extern char **environ;

static long wall_now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1000000L + t.tv_nsec / 1000;
}

static int long_compare(const void *a, const void *b)
{
	long x = *(const long *)a, y = *(const long *)b;

	return (x > y) - (x < y);
}

static long median(long *v, int n)
{
	qsort(v, n, sizeof *v, long_compare);
	return v[n / 2];
}

/* one run: its costs in *wall, *cpu, *kib; returns the status as wait4 gives it, -1 when it cannot start */
static int run_once(char **argv, posix_spawn_file_actions_t *files, long *wall, long *cpu, long *kib)
{
	struct rusage use;
	int status;
	pid_t pid;
	long start = wall_now();

	if (posix_spawnp(&pid, argv[0], files, NULL, argv, environ) != 0 || wait4(pid, &status, 0, &use) < 0)
		return -1;
	*wall = wall_now() - start;
	*cpu = (use.ru_utime.tv_sec + use.ru_stime.tv_sec) * 1000000L + use.ru_utime.tv_usec + use.ru_stime.tv_usec;
	*kib = use.ru_maxrss;
	return status;
}

int main(int argc, char **argv)
{
	int runs = argc > 2 ? atoi(argv[1]) : 0;
	posix_spawn_file_actions_t files;
	long *wall, *cpu, *kib;

	if (runs < 1) {
		fprintf(stderr, "usage: measure RUNS COMMAND [ARG…]\n");
		return 2;
	}
	wall = calloc(runs, sizeof *wall);
	cpu = calloc(runs, sizeof *cpu);
	kib = calloc(runs, sizeof *kib);
	if (!wall || !cpu || !kib)
		return 1;
	posix_spawn_file_actions_init(&files);
	posix_spawn_file_actions_adddup2(&files, STDERR_FILENO, STDOUT_FILENO);
	for (int i = 0; i < runs; i++) {
		int status = run_once(argv + 2, &files, &wall[i], &cpu[i], &kib[i]);

		if (status != 0) {
			printf("status %d\n", status);
			return 1;
		}
	}
	printf("%ld %ld %ld\n", median(wall, runs), median(cpu, runs), median(kib, runs));
	return 0;
}
