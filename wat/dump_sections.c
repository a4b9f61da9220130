/* A line per section of a module: what `wrench dump sections` and `info sections` show. */
#include "engine/base/buf.h"
#include "engine/module.h"
#include "wat/disasm.h"
#include "wat/print_ctx.h"

static void put_count(struct buf *out, uint32_t n, const char *one, const char *many)
{
	buf_printf(out, "%u %s", n, n == 1 ? one : many);
}

static void put_contents(const struct module *m, const struct section *s, struct buf *out)
{
	switch (s->id) {
	case 1:
		put_count(out, m->ntypes, "type", "types");
		break;
	case 2:
		put_count(out, m->nimports, "import", "imports");
		break;
	case 3:
		put_count(out, m->nfuncs - m->nimported_funcs, "function", "functions");
		break;
	case 4:
		put_count(out, m->ntables - m->nimported_tables, "table", "tables");
		break;
	case 5:
		put_count(out, m->nmemories - m->nimported_memories, "memory", "memories");
		break;
	case 6:
		put_count(out, m->nglobals - m->nimported_globals, "global", "globals");
		break;
	case 7:
		put_count(out, m->nexports, "export", "exports");
		break;
	case 8:
		buf_printf(out, "function %u", m->start);
		break;
	case 9:
		put_count(out, m->nelems, "segment", "segments");
		break;
	case 10:
		put_count(out, m->nfuncs - m->nimported_funcs, "body", "bodies");
		break;
	case 11:
		put_count(out, m->ndatas, "segment", "segments");
		break;
	case 12:
		put_count(out, m->data_count, "data segment", "data segments");
		break;
	case 13:
		put_count(out, m->ntags - m->nimported_tags, "tag", "tags");
		break;
	default:
		break;
	}
}

bool dump_sections(const struct module *m, struct buf *out)
{
	uint32_t custom = 0;

	buf_puts(out, "id  section     start       size        contents\n");
	for (uint32_t i = 0; i < m->nsections; i++) {
		const struct section *s = &m->sections[i];

		buf_printf(out, "%-3u %-11s 0x%-9x %-11u ", s->id, module_section_name(s->id), s->start, s->size);
		if (s->id == 0 && custom < m->ncustoms) {
			print_string(out, m->customs[custom].name.p, m->customs[custom].name.n, true);
			custom++;
		} else {
			put_contents(m, s, out);
		}
		buf_putc(out, '\n');
	}
	return !out->failed;
}
