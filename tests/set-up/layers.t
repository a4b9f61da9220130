#!/bin/sh
# Includes go downwards only, and a breach is noticed.
. tests/harness/tap.sh

plant() { # plant FILE LINE: is a tree with this one line refused?
	rm -rf "$TMPDIR/tree"
	mkdir -p "$TMPDIR/tree/$(dirname "$1")"
	echo "$2" >"$TMPDIR/tree/$1"
	tools/layers.sh "$TMPDIR/tree"
}

check     "the tree keeps its layers"                 tools/layers.sh
check     "a tool may include the engine"             plant debugger/step.c '#include "engine/module.h"'
check     "main may include every front end"          plant repl/main.c     '#include "scripts/bridge.h"'
check     "Lua is at home in scripts"                 plant scripts/x.c     '#include <lua.h>'
check_not "the engine includes no text format"        plant engine/link.c   '#include "wat/lex.h"'
check_not "the ground includes no engine"             plant engine/base/a.c '#include "engine/module.h"'
check_not "the text format includes no compiler"      plant wat/lex.c       '#include "jit/ins.h"'
check_not "commands include no front end"             plant repl/command/a.c '#include "repl/loop.h"'
check_not "front ends do not include each other"      plant tui/a.c         '#include "scripts/bridge.h"'
check_not "Lua is included nowhere else"              plant debugger/eval.c '#include <lua.h>'
check_not "curses is included in one file"            plant tui/view.c      '#include <ncurses.h>'
check_not "readline is included in one file"          plant repl/loop.c     '#include <readline/readline.h>'
check_not "includes are written from the top folder"  plant wat/lex.c       '#include "parse.h"'
tap_done
