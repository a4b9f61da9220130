/* wrench wast: run the specification scripts of files and folders, in the order of their names. */
#include <stdio.h>

#include "engine/base/buf.h"
#include "engine/base/source.h"
#include "repl/command/cli.h"
#include "repl/command/render.h"
#include "repl/command/wast_run.h"

static void run_file(const char *path, const struct cli *c, struct session *s, struct wast_counts *counts)
{
	struct wast_options o = { .features = s->features, .no_guard = s->no_guard, .no_fuse = c->no_fuse,
		.gc_stress = c->gc_stress, .verify_ir = c->verify_ir, .tiering = &s->tiering };
	struct err e = { 0 };
	struct source *script = source_read(path, &e);

	if (script) {
		wast_apply_headers(script, &o.features);
		wast_run(script, &o, &s->out, counts, &e);
		source_free(script);
	}
	if (e.code) {
		render_error(s, &e);
		counts->failed++;
	}
}

int cli_wast(struct cli *c)
{
	struct wast_counts counts = { 0 };
	cli_paths files = { 0 };
	struct err e = { 0 };
	struct session s;
	char line[64];

	if (!cli_session(c, &s, &e))
		return cli_fail(&s, &e);
	if (!c->nargs)
		err_set(&e, E_USAGE, place_none(), "wast needs FILE|DIR…: specification scripts");
	for (uint32_t i = 0; i < c->nargs && !e.code; i++)
		cli_collect(c->args[i], ".wast", &files, &s.arena, &e);
	for (size_t i = 0; i < files.count && !e.code; i++)
		run_file(files.data[i], c, &s, &counts);
	vec_free(&files);
	if (e.code)
		return cli_fail(&s, &e);
	snprintf(line, sizeof line, "%llu passed, %llu failed\n", (unsigned long long)counts.passed,
		(unsigned long long)counts.failed);
	output_puts(&s.out, line);
	return cli_end(&s, counts.failed ? STATUS_FAILED : STATUS_OK);
}
