/*
 * `set predict on`: before each step of a stopped guest the user is asked what will be on top of the operand stack after
 * it; the step tells. Where nobody can be asked (s->ask), nothing is.
 */
#ifndef REPL_COMMAND_PREDICT_H
#define REPL_COMMAND_PREDICT_H

#include "repl/command/session.h"

/* Ask, when LINE is a step and the option is on; what was said into GIVEN. False: there is nothing to judge. */
bool predict_ask(struct session *s, struct str line, struct buf *given);
/* The same for a step of the validator, whose question is there already. */
#ifdef FRONT_NONE
static inline bool predict_types(struct session *s, const char *question, struct buf *given)
{
	return false;
}
#else
bool predict_types(struct session *s, const char *question, struct buf *given);
#endif
/* After the step: say in TEXT whether GIVEN was right. */
void predict_judge(struct session *s, struct str given, struct buf *text);

#endif
