/* The tutorial in the workbench: the steps of repl/command/tutorial.h, checked after each key. */
#ifndef TUI_TUTORIAL_H
#define TUI_TUTORIAL_H

#include "repl/command/tutorial.h"
#include "tui/tui.h"

/* Go on when the step is done. */
void tutorial_check(struct tui *t);

#endif
