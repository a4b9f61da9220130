/* Command: profile; and --profile of run. */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <unistd.h>

#include "engine/base/buf.h"
#include "repl/command/tracing.h"
#include "trace/profile.h"

enum { ROWS = 20 };             /* shown of each table */

static struct monitor_ask ask_for(struct session *s)
{
	return (struct monitor_ask){ .rows = s->json ? SIZE_MAX : ROWS, .lines = { s, tracing_line_at } };
}

/* The one that was switched on last. */
static struct monitor *current(struct session *s, struct err *e)
{
	if (s->tracing && s->tracing->profile)
		return s->tracing->profile;
	err_set(e, E_USAGE, place_none(), "nothing was profiled");
	err_hint(e, "profile on");
	return NULL;
}

bool tracing_profile_on(struct session *s, bool functions, struct err *e)
{
	struct tracing *t = tracing_get(s, e);
	struct monitor *m = t ? monitor_new(t->trace, functions ? &monitor_profile_functions : &monitor_profile) : NULL;

	if (!m)
		return t ? err_oom(e) : false;
	monitor_free(t->profile);
	t->profile = m;
	return monitor_on(m, e);
}

static void show_profile(struct session *s, struct monitor *m, struct result *r)
{
	struct monitor_ask ask = ask_for(s);
	struct report rep = { 0 };

	monitor_show(m, &ask, &rep);
	tracing_show_report(&rep, r);
	report_free(&rep);
}

static bool write_file(const char *path, const struct buf *b, struct err *e)
{
	struct output o = { .fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666) };

	if (o.fd < 0)
		return err_set(e, E_IO, place_none(), "%s: %s", path, strerror(errno));
	output_put(&o, buf_str(b), b->size);
	bool ok = output_flush(&o);
	output_free(&o);
	if (close(o.fd) < 0 || !ok)
		return err_set(e, E_IO, place_none(), "%s: %s", path, strerror(o.error ? o.error : errno));
	return true;
}

static bool write_html(struct session *s, struct monitor *m, const char *path, struct err *e)
{
	const struct session_module *main_module = session_current(s);
	struct monitor_ask ask = ask_for(s);
	struct buf title = { 0 }, page = { 0 };

	buf_printf(&title, "Profile of %s", main_module ? main_module->label : "a session");
	bool ok = profile_html(m, &ask, buf_str(&title), &page, e) && write_file(path, &page, e);
	buf_free(&title);
	buf_free(&page);
	return ok;
}

/* ---- the command --------------------------------------------------------------------------------------------------------------- */

enum { PROFILE_ON, PROFILE_OFF, PROFILE_SHOW, PROFILE_REPORT };
static const char *const actions[] = { "on", "off", "show", "report", NULL };

static bool run_profile(struct session *s, const struct args *a, struct result *r, struct err *e)
{
	const struct arg *action = arg_get(a, "action"), *what = arg_get(a, "what");
	int choice = action->given ? action->choice : PROFILE_SHOW;
	bool functions = str_is(what->text, "functions");
	struct monitor *m;

	if (what->given && choice != PROFILE_REPORT && !(choice == PROFILE_ON && functions))
		return err_set(e, E_USAGE, place_none(), "profile %s: what is '%s'?", actions[choice], what->text.p);
	if (choice == PROFILE_ON)
		return tracing_profile_on(s, functions, e);
	if (!(m = current(s, e)))
		return false;
	if (choice == PROFILE_OFF) {
		monitor_off(m);
		return true;
	}
	if (choice == PROFILE_SHOW) {
		show_profile(s, m, r);
		return true;
	}
	if (!what->given)
		return err_set(e, E_USAGE, place_none(), "profile report needs a file: profile report FILE.html");
	if (!write_html(s, m, what->text.p, e))
		return false;
	node_str(r, r->root, "file", what->text);
	buf_printf(&r->text, "profile in %s\n", what->text.p);
	return true;
}

const struct command cmd_profile = {
	.name = "profile", .group = GROUP_TRACING, .summary = "Count instructions by function and line; a report with a flame graph",
	.doc = "profile on              begin: every instruction is counted, the guest runs one instruction at a time\n"
		"profile on functions    begin: only functions, at nearly full speed\n"
		"profile off             end; what was counted stays\n"
		"profile                 show it\n"
		"profile report F.html   a page with flame graph, functions, lines, annotated text\n"
		"Counts are of instructions, so they are the same each time.\n",
	.example = "profile report fac.html",
	.args = (const struct arg_spec[]){
		{ "action", ARG_CHOICE, ARG_OPTIONAL, "on, off, show or report; show when left out", actions },
		{ "what", ARG_FILE, ARG_OPTIONAL, "functions, of on; the file, of report", NULL }, { 0 } },
	.run = run_profile,
};

/* ---- --profile ------------------------------------------------------------------------------------------------------------------- */

/* text, functions, html:FILE */
bool tracing_profile_option(struct session *s, const char *text, struct err *e)
{
	bool functions = strcmp(text, "functions") == 0;

	if (strcmp(text, "perfmap") == 0 || strcmp(text, "jitdump") == 0)
		return jit_report_perf(s, text[0] == 'p' ? PERF_MAP : PERF_DUMP, e);
	if (*text && !functions && strcmp(text, "text") != 0 && !(strncmp(text, "html:", 5) == 0 && text[5]))
		return err_set(e, E_USAGE, place_none(), "--profile: '%s' is not text, functions, html:FILE, perfmap or jitdump", text);
	return tracing_profile_on(s, functions, e);
}

bool tracing_profile_end(struct session *s, const char *text, struct err *e)
{
	struct result r;

	if (!s->tracing || !s->tracing->profile)
		return true;            /* perf has it */
	monitor_off(s->tracing->profile);
	if (strncmp(text, "html:", 5) == 0)
		return write_html(s, s->tracing->profile, text + 5, e);
	if (!result_init(&r))
		return err_oom(e);
	show_profile(s, s->tracing->profile, &r);
	output_put(&s->err, buf_str(&r.text), r.text.size);
	result_free(&r);
	return true;
}
