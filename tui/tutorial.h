/* The tutorial: steps of tutorial.def, each done when the learner did what it asks for. */
#ifndef TUI_TUTORIAL_H
#define TUI_TUTORIAL_H

#include "tui/tui.h"

/* A command line was begun. */
void tutorial_note(struct tui *t, struct str line);
/* Go on when the step is done. */
void tutorial_check(struct tui *t);

#endif
