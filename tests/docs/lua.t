#!/usr/bin/env python3
"""The names in docs/lua.md are those that scripts find, and each script that comes along is in its table."""
import os
import re
import subprocess

WRENCH = os.environ["WRENCH"].split()
TOP = os.environ["TOP"]

SCRIPT = """
wb.load(arg[1])
dbg.start("fac(1)")
local function put(prefix, t)
	for key in pairs(t) do
		if type(key) == "string" then print(prefix .. "." .. key) end
	end
end
put("mod", mod) put("fn", mod.funcs[1]) put("frame", frame)
for _, name in ipairs { "wb", "dbg", "mem", "glob", "tab", "gc", "trace", "probe", "host", "lesson" } do
	put(name, _G[name])
end
for name in pairs(wb.cmds) do print("command " .. name) end
"""

with open(f"{TOP}/docs/lua.md", encoding="utf-8") as f:
	rows = [line for line in f if line.startswith("| `")]
path = os.path.join(os.environ["TMPDIR"], "names.lua")
with open(path, "w") as f:
	f.write(SCRIPT)
said = subprocess.run(WRENCH + ["script", path, f"{TOP}/examples/fac.wat"], stdout=subprocess.PIPE, check=True, text=True)
there = set(said.stdout.split("\n")) - {""}
commands = {name[len("command "):].rstrip("_") for name in there if name.startswith("command ")}
there = {name for name in there if not name.startswith("command ")}

documented, later = set(), set()
for row in rows:
	names = re.findall(r"`((?:wb|mod|fn|dbg|frame|mem|glob|tab|gc|trace|probe|host|lesson)[.:][a-z_]+)", row.split(" | ")[0])
	needs = re.search(r"\(with the command `([a-z ]+)`\)", row)
	missing = needs and needs.group(1).replace(" ", "_") not in commands
	(later if missing else documented).update(n.replace(":", ".") for n in names)

count = 0


def check(ok, name, more=""):
	global count
	count += 1
	print(f"{'ok' if ok else 'not ok'} {count} - {name}")
	if not ok:
		print(f"# {more}")


check(len(documented) > 80, "the page documents names")
check(not documented - there, "every name of the page exists", f"missing: {sorted(documented - there)}")
check(not there - documented, "every name that exists is on the page", f"not documented: {sorted(there - documented)}")
check(not later & there, "what needs an absent command is absent", f"there: {sorted(later & there)}")
listed = subprocess.run(WRENCH + ["script"], stdout=subprocess.PIPE, check=True, text=True).stdout.split("\n")
scripts = {line.split(" ")[0] for line in listed if line}
page = {m.group(1) for m in (re.match(r"\| `([a-z-]+)` \|", row) for row in rows) if m}
check(scripts <= page, "every script that comes along is in the table", f"missing: {sorted(scripts - page)}")
check(len(scripts) >= 10, "there are at least ten")
print(f"1..{count}")
