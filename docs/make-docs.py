#!/usr/bin/env -S python3 -B
"""Write the pages that come from the program: `make docs`. What it does not write is checked by tests/docs."""
import os
import subprocess

import pictures
import session


def write(name, text):
	with open(os.path.join(session.TOP, "docs", name), "w", encoding="utf-8") as f:
		f.write(text)


write("reference.md", subprocess.run([session.WRENCH, "help", "--markdown"], stdout=subprocess.PIPE, check=True,
	text=True).stdout)
write("first-minute.txt", session.first_minute())
write("first-minute.svg", pictures.svg(session.first_minute().split("\n")[:-1]))
for page in ("README.md", "docs/tutorial.md"):
	session.update(os.path.join(session.TOP, page))
