/*
 * Modules that another engine has run before: tests/differential/data/expected.txt says what came out there.
 *
 *     stored_test            checks the stored modules
 *     stored_test --serve    writes records: "SEED FILE" a line is asked, the record is answered, then "end"; a line
 *                            "way NAME" and its record come before that when a way of running gives another one
 */
#include <stdio.h>

#include "tests/differential/record.h"
#include "tests/harness/tap.h"

#define DATA "tests/differential/data/"

static bool run_file(const struct record_jits *jits, const char *path, uint64_t seed, struct buf *out, struct buf *difference)
{
	struct err e = { 0 };
	struct source *s = source_read(path, &e);

	if (!s) {
		buf_printf(out, "error %s\n", e.message);
		return false;
	}
	bool same = record_all(jits, s->bytes, s->size, seed, out, difference);
	source_free(s);
	return same;
}

static void serve(const struct record_jits *jits)
{
	char line[4096];

	while (fgets(line, sizeof line, stdin)) {
		struct buf out = { 0 }, difference = { 0 };
		char *path;
		uint64_t seed = strtoull(line, &path, 10);
		path += strspn(path, " ");
		path[strcspn(path, "\n")] = 0;
		run_file(jits, path, seed, &out, &difference);
		fputs(buf_str(&out), stdout);
		if (difference.size)
			printf("way %s", buf_str(&difference));
		puts("end");
		fflush(stdout);
		buf_free(&out);
		buf_free(&difference);
	}
}

static void check_stored(const struct record_jits *jits, const char *name, uint64_t seed, uint64_t hash)
{
	struct buf out = { 0 }, difference = { 0 };
	char path[512];

	snprintf(path, sizeof path, DATA "%s", name);
	if (!CHECK(run_file(jits, path, seed, &out, &difference), "%s: every way of running gives the same", name))
		tap_note("%s", buf_str(&difference));
	if (!CHECK(record_hash(&out) == hash, "%s: results as stored", name))
		tap_note("%s", buf_str(&out));
	buf_free(&out);
	buf_free(&difference);
}

static int check_all(const struct record_jits *jits)
{
	char name[256];
	unsigned long long seed, hash;

	FILE *f = fopen(DATA "expected.txt", "r");
	if (!CHECK(f != NULL, "the list of stored modules"))
		return tap_done();
	while (fscanf(f, "%255s %llu %llx", name, &seed, &hash) == 3)
		check_stored(jits, name, seed, hash);
	fclose(f);
	return tap_done();
}

int main(int argc, char **argv)
{
	struct record_jits jits = record_jits_new();
	int status = 0;

	if (argc > 1 && strcmp(argv[1], "--serve") == 0)
		serve(&jits);
	else
		status = check_all(&jits);
	record_jits_free(&jits);
	return status;
}
