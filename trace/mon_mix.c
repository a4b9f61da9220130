/* Monitor mix: which instructions were executed, one by one and by what they are for. */
#include "engine/op.h"
#include "trace/monitor.h"

static const struct column op_columns[] = {
	{ "count", "executed", COLUMN_COUNT }, { "share", "", COLUMN_SHARE }, { "op", "instruction", COLUMN_TEXT }, { 0 },
};

static const struct column group_columns[] = {
	{ "count", "executed", COLUMN_COUNT }, { "share", "", COLUMN_SHARE }, { "group", "kind", COLUMN_TEXT }, { 0 },
};

static const char *group_of(enum op op)
{
	switch ((enum lower)op_info[op].lower) {
	case LOWER_NUM:
		return op_info[op].prefix == 0xfd ? "vectors" : "numbers";
	case LOWER_LANE:
		return "vectors";
	case LOWER_CONST:
		return "constants";
	case LOWER_LOAD:
		return "loads";
	case LOWER_STORE:
		return "stores";
	case LOWER_LANE_MEM:
		return op_info[op].nresults ? "loads" : "stores";
	case LOWER_ATOMIC:
		return "atomics";
	case LOWER_WIDE:
		return "numbers";
	case LOWER_CALL:
		return "calls";
	case LOWER_GC:
		return "objects";
	default:
		break;
	}
	switch (op) {
	case OP_LOCAL_GET: case OP_LOCAL_SET: case OP_LOCAL_TEE: case OP_GLOBAL_GET: case OP_GLOBAL_SET:
		return "variables";
	case OP_RETURN_CALL: case OP_RETURN_CALL_INDIRECT: case OP_RETURN_CALL_REF: case OP_CALL: case OP_CALL_REF:
	case OP_CALL_INDIRECT:
		return "calls";
	case OP_BLOCK: case OP_LOOP: case OP_IF: case OP_ELSE: case OP_END: case OP_BR: case OP_BR_IF: case OP_BR_TABLE:
	case OP_RETURN: case OP_UNREACHABLE: case OP_NOP: case OP_BR_ON_NULL: case OP_BR_ON_NON_NULL: case OP_TRY_TABLE:
	case OP_TRY: case OP_THROW: case OP_THROW_REF: case OP_RETHROW: case OP_CATCH: case OP_CATCH_ALL: case OP_DELEGATE:
		return "control";
	default:
		return "others";
	}
}

static void put_ranked(struct sheet *t, const struct ranked *r, size_t n, const char *const *names, uint64_t all, size_t rows)
{
	size_t shown = 0;

	for (size_t i = 0; i < n && r[i].value; i++) {
		if (shown++ >= rows) {
			t->hidden++;
			continue;
		}
		sheet_put_number(t, r[i].value);
		sheet_put_number(t, share(r[i].value, all));
		sheet_put_text(t, str_of(names[r[i].key]));
	}
}

enum { GROUPS_MAX = 16 };

static void mix_show(struct monitor *m, const struct monitor_ask *ask, struct report *out)
{
	const struct places *p = monitor_places(m);
	struct ranked ops[OP_COUNT], groups[GROUPS_MAX] = { 0 };
	const char *names[OP_COUNT], *group_names[GROUPS_MAX];
	uint64_t all = 0;
	size_t n = 0;

	for (unsigned op = 0; op < OP_COUNT; op++) {
		ops[op] = (struct ranked){ 0, op };
		names[op] = op_info[op].text;
	}
	for (size_t i = 0; i < p->all.count; i++)
		if (p->all.data[i].op != OP_NONE)
			ops[p->all.data[i].op].value += monitor_count(m, (uint32_t)i);
	for (unsigned op = 0; op < OP_COUNT; op++) {
		const char *group = group_of((enum op)op);
		size_t g = 0;
		while (g < n && strcmp(group_names[g], group) != 0)
			g++;
		if (g == n)
			group_names[n++] = group;
		groups[g].key = (uint32_t)g;
		groups[g].value += ops[op].value;
		all += ops[op].value;
	}
	ranked_sort(groups, n);
	ranked_sort(ops, OP_COUNT);
	put_ranked(report_sheet(out, "groups", NULL, group_columns), groups, n, group_names, all, ask->rows);
	put_ranked(report_sheet(out, "instructions", "instructions", op_columns), ops, OP_COUNT, names, all, ask->rows);
	report_total(out, "executed", all, COLUMN_COUNT, "instructions executed");
}

const struct monitor_info monitor_mix = {
	.name = "mix", .summary = "instructions executed, by what they are for and one by one", .counts = true, .show = mix_show,
};
