/* Modules of a script; see load_script.h. */
#include "repl/command/load_script.h"

#include "engine/base/source.h"
#include "wat/wast.h"

bool load_script_modules(struct session *s, const char *path, struct err *e)
{
	struct source *script = source_read(path, e);
	struct wast *w = script ? wast_parse(script, e) : NULL;
	struct wast_cmd c;

	while (w && wast_next(w, &c, e)) {
		if (c.kind != WAST_MODULE)
			continue;
		struct module *m = wast_load(s->engine, script, &c.module, &s->features, e);
		if (!m || !session_add_module(s, m, path, NULL, NULL, e))
			break;
	}
	if (e->code && script) {
		err_file(e, path);
		session_keep_text(s, script);
	}
	if (w)
		wast_free(w);
	if (script)
		source_free(script);
	return e->code == E_NONE;
}
