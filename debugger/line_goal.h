/* What stepping by source lines forwards and backwards shares: where lines begin. For step_line.c and reverse_line.c. */
#ifndef DEBUGGER_LINE_GOAL_H
#define DEBUGGER_LINE_GOAL_H

#include "debugger/dbg.h"
#include "debugger/dwarf.h"

/* The line that a step starts from. */
struct line_origin {
	struct frame f;
	struct dwarf *dwarf;
	bool known;                     /* there is a line at this instruction */
	struct dwarf_place at;
};

/* Of the innermost frame; false: its module has no source lines. */
bool line_origin_find(const struct dbg *d, struct line_origin *out);
bool line_is_same(const struct line_origin *o, const struct dwarf_place *p);
bool func_has_lines(const struct func *f);

enum way { WAY_INTO, WAY_OVER, WAY_ON, WAY_BACK };

/*
 * Goals in the frame where statements begin: of other lines; WAY_INTO: and at the calls of this one; WAY_ON: further on
 * only; WAY_BACK: of all lines, behind the prologue. But for WAY_INTO not in inlined calls that the frame is not in.
 */
bool goals_of_lines(struct dbg *d, const struct line_origin *o, enum way way, struct err *e);
/* At the call instructions of one row. */
bool goals_of_calls(struct dbg *d, const struct line_origin *o, const struct dwarf_place *row, struct err *e);

#endif
