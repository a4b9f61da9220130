/* What bisect has found, for people and as JSON. */
#ifndef REPL_COMMAND_BISECT_REPORT_H
#define REPL_COMMAND_BISECT_REPORT_H

#include "engine/base/str.h"

struct bisect;
struct lockstep;
struct node;
struct result;

/* While the functions' modules are there; L's sides differ. CALL: as typed. IN: the object for JSON. */
void bisect_report(const struct lockstep *l, const struct bisect *x, struct str call, struct result *r, struct node *in);

#endif
