#!/usr/bin/env python3
"""make pairs: which register-IR cells run one after another in the programs of ../shared/bench, and what fusing saves.

	pairs.py [--seconds N] [--top N] PROGRAM [NAME…]

PROGRAM is wrench with the counting interpreter of pairs.c; NAMEs choose rows, without any every row runs (N seconds at
most, 2 unless told), except those with fewer than a million cells. Counts are shares of all cells that a program executed;
a program counts once, however long it runs.

  mean     over the programs
  most     in the one where the share is largest, and which that is

The last table is about forms: the cells that a form saved in comparison with the unfused body, as a share of what would
have been executed without it. A form below 1 % everywhere should go unless it is free.
"""
import argparse
import collections
import csv
import os
import subprocess
import tempfile

TOP = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
BENCH = os.path.join(os.path.dirname(TOP), "shared", "bench")


def counts_of(program, row, seconds):
	"""{kind: {ops: count}} of one program; "saved" for what a cell's op saved"""
	call = row["invocation"].split()[1:] if row["kind"] == "invoke" else []
	with tempfile.NamedTemporaryFile("r") as out:
		subprocess.run([program, "run", "--tier", "interp", "--timeout", f"{seconds}s", os.path.join(BENCH, row["file"])]
			+ (["--invoke"] + call if call else []), env=os.environ | {"PAIRS_OUT": out.name}, capture_output=True)
		seen = collections.defaultdict(collections.Counter)
		for line in out:
			kind, *ops = line.split()
			if kind == "cell":
				seen["saved"][ops[0]] += int(ops.pop())
			seen[kind][tuple(ops[:-1])] += int(ops[-1])
	return seen


def table(title, shares, top, programs):
	"""shares: {what: {program: share}}"""
	print(f"\n{title:<62}{'mean':>8}{'most':>8}")
	means = {what: sum(by.values()) / programs for what, by in shares.items()}
	for what in sorted(means, key=means.get, reverse=True)[:top]:
		name, most = max(shares[what].items(), key=lambda item: item[1])
		print(f"  {what:<60}{means[what]:>8.2%}{most:>8.1%}  {name}")


def main():
	p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
	p.add_argument("program")
	p.add_argument("names", nargs="*")
	p.add_argument("--seconds", type=int, default=2)
	p.add_argument("--top", type=int, default=40)
	options = p.parse_intermixed_args()
	with open(os.path.join(BENCH, "benchmarks.tsv")) as f:
		rows = [r for r in csv.DictReader(f, delimiter="\t") if not options.names or r["name"] in options.names]
	shares = {kind: collections.defaultdict(dict) for kind in ("cell", "pair", "triple", "saved")}
	print(f"{'program':<16}{'cells':>14}{'without fusing':>16}")
	programs = 0
	for row in rows:
		seen = counts_of(options.program, row, options.seconds)
		cells, saved = sum(seen["cell"].values()), sum(seen["saved"].values())
		if cells < 1_000_000:
			continue
		programs += 1
		print(f"{row['name']:<16}{cells:>14}{(cells + saved) / cells:>16.2f}")
		for kind in ("cell", "pair", "triple"):
			for ops, n in seen[kind].items():
				shares[kind][" ".join(ops)][row["name"]] = n / cells
		for op, n in seen["saved"].items():
			if n:
				shares["saved"][op][row["name"]] = n / (cells + saved)
	for kind, title in (("cell", "cells"), ("pair", "pairs"), ("triple", "triples"), ("saved", "saved by form")):
		table(title, shares[kind], options.top, programs)


main()
