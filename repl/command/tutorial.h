/*
 * The tutorial: steps of tutorial.def, each done when the learner did what it asks for, in the workbench or at the prompt.
 * Both work on the same list, so one may begin here and go on there; steps about windows exist in the workbench only.
 */
#ifndef REPL_COMMAND_TUTORIAL_H
#define REPL_COMMAND_TUTORIAL_H

#include "repl/command/session.h"

struct buf;

/* The step under way: what it is called, and what it asks for where S is used now. NULL: none is, or not here. */
const char *tutorial_title(const struct session *s);
const char *tutorial_text(const struct session *s);
/* Its number, from 1, among the steps that exist here; how many do. */
uint32_t tutorial_number(const struct session *s);
uint32_t tutorial_steps(const struct session *s);
/* The buffer that a window has to show for this step to be done; NULL: it asks for something else. */
const char *tutorial_view(const struct session *s);

/* A command line was begun: it counts. */
void tutorial_note(struct session *s, struct str line);
/* Whether what the step asks for is done. Not for steps with a tutorial_view(). */
bool tutorial_done(struct session *s);
/* To the next step, or the one before, that exists here. */
void tutorial_forward(struct session *s);
void tutorial_backward(struct session *s);

/* At the prompt, after LINE was carried out: goes on when the step is done, and adds the next one to TEXT (NULL: says nothing). */
void tutorial_follow(struct session *s, struct str line, struct buf *text);

#endif
