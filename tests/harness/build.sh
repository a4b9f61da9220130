#!/bin/sh
# build.sh VARIABLE=VALUE… — build another configuration from a test and print its folder, which then
# has wrench, libwrench.a and all.a. One build at a time, because tests run side by side.
#
#	dir=$(tests/harness/build.sh SAN=address,undefined) && "$dir/wrench" version
set -e
build=$(dirname "$B")
mkdir -p "$build"
exec 9>"$build/lock"
flock 9
make -s program BUILD="$build" "$@" </dev/null >&2 9>&-
realpath "$(make -s where BUILD="$build" "$@")"
