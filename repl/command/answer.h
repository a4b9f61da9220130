/*
 * What a learner said, compared with what is so: word by word, numbers as numbers (0x10 is 16), letters of either case;
 * brackets and commas do not count.
 */
#ifndef REPL_COMMAND_ANSWER_H
#define REPL_COMMAND_ANSWER_H

#include <stdbool.h>

#include "engine/base/str.h"

bool answer_is(struct str given, struct str answer);

#endif
