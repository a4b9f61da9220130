/* Buffers of scripts. */
#ifndef TUI_VIEW_SCRIPT_H
#define TUI_VIEW_SCRIPT_H

#include "tui/view.h"

/* What a view of the pane called NAME ("calls", "*calls*") is made of; the view frees it. NULL: there is no such pane. */
const struct view_ops *script_view_ops(struct tui *t, struct str name);

#endif
