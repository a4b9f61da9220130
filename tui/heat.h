/* How often instructions were executed, as profile and the monitors that count know it: a column beside the code. */
#ifndef TUI_HEAT_H
#define TUI_HEAT_H

#include "tui/tui.h"

enum { HEAT_COLUMNS = 6 };

/* Whether something counts, or has counted. */
bool heat_known(const struct tui *t);
/* Executions of an instruction of the module that code panes show; false: nobody counted there. */
bool heat_at(const struct tui *t, uint32_t func, uint32_t offset, uint64_t *count);
/* HEAT_COLUMNS wide: "1.2k ", coloured by how it compares with MOST; "." where nothing was executed. */
void heat_put(struct pen *p, uint64_t count, uint64_t most);

#endif
