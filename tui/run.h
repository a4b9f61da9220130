/*
 * Carrying out command lines while the screen stays alive.
 *
 * The process's own standard streams are pipes of the workbench meanwhile, so whatever writes - a guest, a shell command, a
 * library - ends in *guest*, and the guest reads what is typed there. What commands say comes through a pipe of its own
 * into *repl*. A watcher thread empties the pipes and serves the keyboard while a command runs.
 */
#ifndef TUI_RUN_H
#define TUI_RUN_H

#include "tui/tui.h"

bool streams_open(struct tui *t, struct err *e);
void streams_close(struct tui *t);

/* Carry out a line and show it, and what it said, in *repl*. */
void run_line(struct tui *t, struct str line);
/* Show a line behind the prompt, MORE: behind that of a continued line; carry it out without showing it. */
void run_echo(struct tui *t, struct str line, bool more);
void run_echoed(struct tui *t, struct str line);
/* Carry out one of the workbench's own commands; only errors are shown. */
void run_quietly(struct tui *t, struct str line);
/* Take what has come through the pipes. True: something did. */
bool run_drain(struct tui *t);
/* The guest stops soon. */
void run_interrupt(struct tui *t);
/* Give a line to the guest's input; NULL: end it. */
void run_feed(struct tui *t, const char *line);

/* What the session asks for: lines at a stop under a host function, messages, answers. */
bool run_hooks_set(struct tui *t, struct err *e);
void run_hooks_clear(struct tui *t);

#endif
