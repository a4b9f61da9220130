#!/bin/sh
# The scripts of this folder, as they are and with a collection before every allocation.
. tests/harness/tap.sh

for script in tests/gc/*.wast; do
	check "$script" "$WRENCH" wast "$script"
	check "$script, collecting before every allocation" "$WRENCH" wast --gc-stress --verify-ir "$script"
	check "$script, without fusion" "$WRENCH" wast --gc-stress --no-fuse "$script"
done
tap_done
