/* Who may do what; see sandbox.h. */
#include "repl/command/sandbox.h"

#include "repl/command/args.h"
#include "repl/command/macro.h"

/* Commands that reach nothing of the host. What is not here is refused, so that a new command is no hole. */
static const char *const harmless[] = {
	"instantiate", "module", "instance", "register", "invoke", "wat", "check", "validator",
	"validator start", "validator next", "validator back", "who-calls", "strings", "start", "continue",
	"step", "next", "stepi", "nexti", "stepr", "nextr", "finish", "until", "advance", "kill", "jump", "return",
	"reverse-step", "reverse-stepi", "reverse-stepr", "reverse-next", "reverse-nexti", "reverse-finish",
	"reverse-continue", "goto", "when", "checkpoint", "restart", "timeline", "break", "tbreak", "rbreak", "condition",
	"ignore", "enable", "disable", "delete", "watch", "rwatch", "awatch", "catch", "backtrace", "frame", "up", "down",
	"print", "display", "undisplay", "x", "heap", "list", "disassemble", "dump bytes", "dump wat", "dump regir",
	"dump asm", "jit why", "jit print", "dump cfg", "dump sections", "map", "explain", "why", "find", "help", "apropos", "swap", "undo-swap", "hot",
	"coverage", "info", "dump", "set local", "set stack", "set global", "set memory", "set table", "set field", "set var",
};

static bool is_harmless(const struct command *c)
{
	if (strncmp(c->name, "info ", 5) == 0)
		return true;
	for (size_t i = 0; i < sizeof harmless / sizeof *harmless; i++)
		if (strcmp(harmless[i], c->name) == 0)
			return true;
	return false;
}

/* Only looks: neither the guest nor what it is made of changes. */
static bool only_looks(const struct command *c)
{
	static const char *const looking[] = { "wat", "check", "who-calls", "strings", "info breakpoints", "when", "timeline" };

	if (c->flags & (CMD_RUNS_GUEST | CMD_NEEDS_INSTANCE) || strncmp(c->name, "set ", 4) == 0)
		return false;
	for (size_t i = 0; i < sizeof looking / sizeof *looking; i++)
		if (strcmp(looking[i], c->name) == 0)
			return true;
	if (c->group == GROUP_MODULE)
		return strncmp(c->name, "info ", 5) == 0;
	if (c->group == GROUP_SESSION)
		return strncmp(c->name, "session", 7) != 0 && strncmp(c->name, "lesson", 6) != 0;
	return c->group == GROUP_STATE || c->group == GROUP_CODE;
}

bool sandbox_allows(const struct session *s, const struct command *c, struct err *e)
{
	if (s->guest_runs && !only_looks(c))
		return err_set(e, E_DENIED, place_none(), "%s: the guest is in the middle of its run, commands can only look", c->name);
	if (s->sandboxed && !c->user && !is_harmless(c))
		return err_set(e, E_DENIED, place_none(), "%s is refused to a sandboxed script: it may reach files or the host",
			c->name);
	if (s->sandboxed && c->user)
		return err_set(e, E_DENIED, place_none(), "%s is refused to a sandboxed script: another script defined it", c->name);
	return true;
}

bool sandbox_allows_line(const struct session *s, const char *what, bool host, bool guest, struct err *e)
{
	if (s->sandboxed && host)
		return err_set(e, E_DENIED, place_none(), "%s is refused to a sandboxed script", what);
	if (s->guest_runs && guest)
		return err_set(e, E_DENIED, place_none(), "%s: the guest is in the middle of its run, commands can only look", what);
	return true;
}

/* Words of the session that stand for other lines: what those do counts. */
static const char *alias_text(const struct session *s, struct str word)
{
	for (size_t i = s->aliases.count; i-- > 0;)
		if (str_is(word, s->aliases.data[i].name))
			return s->aliases.data[i].text;
	return NULL;
}

static bool line_is_harmless(const struct session *s, struct str line, unsigned depth);

static bool macro_is_harmless(const struct session *s, const struct macro *m, unsigned depth)
{
	for (size_t i = 0; i < m->lines.count; i++)
		if (!line_is_harmless(s, str_of(m->lines.data[i]), depth + 1))
			return false;
	return true;
}

static bool line_is_harmless(const struct session *s, struct str line, unsigned depth)
{
	enum { DEPTH_MAX = 8 };
	struct err ignored = { 0 };
	struct str rest;

	line = str_trim(line);
	if (depth > DEPTH_MAX || memchr(line.p, '|', line.n) || (line.n && line.p[0] == '!'))
		return false;
	if (!line.n || line.p[0] == '#' || line.p[0] == '(' || line.p[0] == '=' || str_starts(line, ";;") ||
			str_is(line, "end") || str_is(line, "silent") || line_is_call(s, line))
		return true;
	rest = line;
	struct str word = line_word(&rest);
	const char *text = alias_text(s, word);
	if (text)
		return line_is_harmless(s, str_of(text), depth + 1);
	const struct macro *m = word.n ? macro_find(s, word) : NULL;
	if (m)
		return macro_is_harmless(s, m, depth);
	const struct command *c = command_find(NULL, line, &rest, &ignored);
	return c && is_harmless(c);
}

bool sandbox_is_harmless(const struct session *s, struct str line)
{
	return line_is_harmless(s, line, 0);
}
