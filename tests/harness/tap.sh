# tap.sh — for test scripts in sh: . tests/harness/tap.sh
#
#	check "name" COMMAND…       ok when the command succeeds; what it prints explains a failure
#	check_not "name" COMMAND…   ok when it fails
#	skip_all "reason"           nothing to do here
#	tap_done                    last

tap_count=0
tap_failed=0

tap_result() { # tap_result STATUS NAME OUTPUT
	tap_count=$((tap_count + 1))
	if [ "$1" = 0 ]; then
		echo "ok $tap_count - $2"
	else
		tap_failed=1
		echo "not ok $tap_count - $2"
		echo "$3" | sed 's/^/#   /' | tail -n 40
	fi
}

check() {
	tap_name=$1
	shift
	tap_output=$("$@" 2>&1)
	tap_result $? "$tap_name" "$tap_output"
}

check_not() {
	tap_name=$1
	shift
	if tap_output=$("$@" 2>&1); then
		tap_result 1 "$tap_name" "succeeded: $* $tap_output"
	else
		tap_result 0 "$tap_name" ""
	fi
}

skip_all() {
	echo "1..0 # SKIP $1"
	exit 0
}

tap_done() {
	echo "1..$tap_count"
	exit $tap_failed
}
