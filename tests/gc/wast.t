#!/bin/sh
# The scripts of this folder, as they are and with a collection before every allocation.
. tests/harness/tap.sh

for script in tests/gc/*.wast; do
	check "$script" "$WRENCH" wast "$script"
	check "$script, collecting before every allocation" "$WRENCH" wast --gc-stress --verify-ir "$script"
	check "$script, without fusion" "$WRENCH" wast --gc-stress --no-fuse "$script"
	check "$script, compiled" "$WRENCH" wast --tier baseline "$script"
	check "$script, compiled, collecting before every allocation" "$WRENCH" wast --tier baseline --gc-stress "$script"
	check "$script, changing tiers" "$WRENCH" wast --tier baseline --random-tier 3 --gc-stress "$script"
done
tap_done
