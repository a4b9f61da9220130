/* Scopes of the DWARF reader: the function, blocks and inlined calls around an address, and the variables in them. */
#ifndef DEBUGGER_DWARF_SCOPE_H
#define DEBUGGER_DWARF_SCOPE_H

#include "debugger/dwarf_unit.h"

enum { DWARF_NEST = 48 };

/* The function at ADDRESS, then the blocks and inlined calls inwards. 0: none is known. */
uint32_t dwarf_nest_at(struct dwarf *d, uint64_t address, struct dwarf_die out[DWARF_NEST]);
/* The variable that NAME means at ADDRESS: of the innermost scope that has it, else of the file, else of any file. */
bool dwarf_variable_find(struct dwarf *d, uint64_t address, uint32_t call, struct str name, struct dwarf_die *out);
/* What DW_OP_fbreg counts from. */
bool dwarf_frame_base(struct dwarf *d, uint64_t address, struct str *expr);

#endif
