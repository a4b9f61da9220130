#!/bin/sh
# Includes go downwards only. Each row below names a folder and the folders it may include besides
# itself; a folder stands for all below it. Three foreign headers have one home each.
#
#	layers.sh [TOP]     prints every include that breaks a rule as FILE:LINE, exit 1 if there was one
cd "${1:-.}" || exit 2

find engine wat jit api debugger trace repl tui scripts include -name '*.[ch]' -o -name '*.def' 2>/dev/null | sort |
xargs awk '
BEGIN {
	may["engine/base"]  = ""
	may["engine"]       = "engine/base"
	may["wat"]          = "engine engine/base"
	may["jit"]          = "engine engine/base"
	may["trace"]        = "engine engine/base wat jit"
	may["api"]          = "engine engine/base wat jit include"
	may["debugger"]     = "engine engine/base wat jit trace"
	may["repl/command"] = "engine engine/base wat jit trace debugger"
	may["repl"]         = may["repl/command"] " repl/command"
	may["tui"]          = may["repl"]
	may["scripts"]      = may["repl"]
	may["include"]      = ""

	home["readline/"] = "repl/readline.c"
	home["editline/"] = "repl/readline.c"
	home["curses.h"]  = "tui/term_curses.c"
	home["lua"]       = "scripts/"
}

# the longest folder of the table that holds this file
function layer(path,   best, f) {
	best = ""
	for (f in may)
		if (index(path, f "/") == 1 && length(f) > length(best))
			best = f
	return best
}

function bad(why) {
	printf "%s:%d: %s\n", FILENAME, FNR, why
	broken = 1
}

/^[ \t]*#[ \t]*include[ \t]*"/ {
	split($0, quoted, "\"")
	from = layer(FILENAME); to = layer(quoted[2])
	if (to == "")
		bad("\"" quoted[2] "\" is not written from the top folder")
	else if (from != to && FILENAME != "repl/main.c" && index(" " may[from] " ", " " to " ") == 0)
		bad(from " may not include " to " (\"" quoted[2] "\")")
}

/^[ \t]*#[ \t]*include[ \t]*</ {
	split($0, part, /[<>]/)
	for (h in home)
		if (part[2] ~ ("^n?" (h == "lua" ? "(lua|lauxlib)" : h)) && index(FILENAME, home[h]) != 1)
			bad("<" part[2] "> belongs in " home[h] " alone")
}

END { exit broken }
'
