/* Finding the Lua files that come with the program; see scripting.h. */
#include <stdio.h>
#include <unistd.h>

#include "repl/command/scripting.h"

enum { PATH_SIZE = 4096 };

/* The folder of the running program, without a slash; false: the system does not say. */
static bool program_folder(char *out)
{
	ssize_t n = readlink("/proc/self/exe", out, PATH_SIZE - 1);

	if (n <= 0)
		return false;
	out[n] = '\0';
	char *slash = strrchr(out, '/');
	if (slash)
		*slash = '\0';
	return slash != NULL;
}

/* ./wrench and build/CONFIGURATION/wrench of the sources; PREFIX/bin/wrench. */
const char *script_shipped(const char *name, struct arena *a)
{
	static const char *const places[] = { "", "/../..", "/../share/wrench" };
	char folder[PATH_SIZE];

	if (!program_folder(folder))
		return NULL;
	for (size_t i = 0; i < sizeof places / sizeof *places; i++) {
		const char *path = arena_printf(a, "%s%s/%s", folder, places[i], name);
		if (path && access(path, R_OK) == 0)
			return path;
	}
	return NULL;
}

const char *script_find(const char *name, struct arena *a, struct err *e)
{
	if (strcmp(name, "-") == 0 || access(name, R_OK) == 0)
		return name;
	const char *lib = strchr(name, '/') ? NULL : arena_printf(a, "scripts/lib/%s.lua", name);
	const char *path = lib ? script_shipped(lib, a) : NULL;
	if (!path)
		err_set(e, E_IO, place_none(), "%s: there is no such file, nor a script of this name", name);
	return path;
}

bool script_is_lua(const char *path)
{
	size_t n = strlen(path);

	return n > 4 && strcmp(path + n - 4, ".lua") == 0;
}

const char *script_label(const char *path)
{
	const char *slash = strrchr(path, '/');
	bool shipped = strstr(path, "/scripts/lib/") || strstr(path, "/scripts/lessons/");

	return shipped ? slash + 1 : path;
}
