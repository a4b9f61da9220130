/* Scripts in Lua for a session: what struct scripting (repl/command/scripting.h) is made of. */
#ifndef SCRIPTS_SCRIPTING_H
#define SCRIPTS_SCRIPTING_H

#include "repl/command/scripting.h"

/* Fills s->scripting; s->eval has to be the evaluator of eval.h. Nothing of Lua is made before it is first used. False
   with E: out of memory. */
bool scripting_attach(struct session *s, struct err *e);

#endif
