#!/usr/bin/env python3
"""What the debugger costs while it is off, in time: the same call at the prompt with nothing set, with a breakpoint in another
function, with a watchpoint that was deleted, in turn. The least processor time of each is compared with that of nothing.

	tests/bench/debugger_cost.py [--rounds N] [--within PERCENT] MODULE CALL OTHER

CALL is what is measured ("fib(35)"), OTHER where the breakpoint is. Exit 1: one took longer than nothing by more than
PERCENT (1). Times need a machine that does nothing else; tests/debugger/zero_cost.t counts instructions instead.
"""
import argparse
import os
import resource
import subprocess
import sys


def seconds(command):
	before = resource.getrusage(resource.RUSAGE_CHILDREN)
	subprocess.run(command, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
	after = resource.getrusage(resource.RUSAGE_CHILDREN)
	# the kernel measures the sum; how it divides it is a guess
	return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def main():
	parser = argparse.ArgumentParser()
	parser.add_argument("--rounds", type=int, default=15)
	parser.add_argument("--within", type=float, default=1)
	parser.add_argument("module")
	parser.add_argument("call")
	parser.add_argument("other")
	o = parser.parse_args()
	wrench = os.environ.get("WRENCH", "./wrench")
	before = {
		"nothing": [],
		"nothing, again": [],
		f"break {o.other}": ["instantiate", f"break {o.other}"],
		"watch, then delete": ["instantiate", "watch mem32[64]", "delete"],
	}
	least = {name: 1e9 for name in before}
	for turn in range(o.rounds):
		for name, commands in sorted(before.items(), reverse=turn % 2):
			arguments = [word for c in [*commands, o.call] for word in ("-e", c)]
			least[name] = min(least[name], seconds([wrench, *arguments, o.module]))
	base, worst = least["nothing"], 0
	for name, t in least.items():
		worst = max(worst, t / base - 1)
		print(f"{name:24} {t:.3f} s  {(t / base - 1) * 100:+.2f} %")
	sys.exit(worst * 100 > o.within)


main()
