# What the tests of the command line share; read with `.`. A test is a sentence:
#
#   test_that 'a missing file is named'
#   run_keyhole missing.pcap
#   exits 3; says 'missing.pcap: No such file'; prints_nothing
#
# shellcheck shell=sh disable=SC2034
set -u
here=$(cd "$(dirname "$0")" && pwd)
top=$(cd "$here/../.." && pwd)
captures=$top/captures
scratch=$(mktemp -d "${TMPDIR:-/tmp}/cli.XXXXXX")
trap 'rm -rf "$scratch"' EXIT
out=$scratch/out
err=$scratch/err
escape=$(printf '\033')
failures=0
sentence=
code=
LC_ALL=C.UTF-8
TERM=xterm
unset SSLKEYLOGFILE KEYHOLE_PAGER PAGER NO_COLOR TMPDIR
export LC_ALL TERM

test_that()
{
	sentence=$1
}

skip()
{
	echo "skip: $1 ($2)"
}

failed()
{
	failures=$((failures + 1))
	echo "FAIL: $sentence: $1"
	sed 's/^/    out: /' "$out" | head -n 12
	sed 's/^/    err: /' "$err" | head -n 12
}

# Runs keyhole inside captures/, without a word from the test's own standard input.
run_keyhole()
{
	(cd "$captures" && exec "$KEYHOLE" "$@") >"$out" 2>"$err" </dev/null
	code=$?
}

exits()
{
	[ "$code" -eq "$1" ] || failed "exit code $code instead of $1"
}

says()
{
	grep -q -e "$1" "$err" || failed "standard error does not say: $1"
}

prints()
{
	grep -q -e "$1" "$out" || failed "standard output does not print: $1"
}

# The same for words that a line may be broken between.
prints_words()
{
	tr -s ' \n' '  ' <"$out" | grep -q -e "$1" || failed "standard output does not print: $1"
}

says_nothing()
{
	[ ! -s "$err" ] || failed 'standard error is not empty'
}

prints_nothing()
{
	[ ! -s "$out" ] || failed 'standard output is not empty'
}

does_not_say()
{
	! grep -q -e "$1" "$err" || failed "standard error says: $1"
}

does_not_print()
{
	! grep -q -e "$1" "$out" || failed "standard output prints: $1"
}

# No control character but the newline in either stream.
is_clean()
{
	if cat "$out" "$err" | LC_ALL=C tr -d '\n' | LC_ALL=C grep -q '[[:cntrl:]]'; then
		failed 'a control character got out'
	fi
}

# Waits, at most half a minute, until a file holds a pattern.
wait_for()
{
	tries=0
	until grep -q -e "$2" "$1" 2>/dev/null; do
		tries=$((tries + 1))
		[ "$tries" -lt 300 ] || return 1
		sleep 0.1
	done
}

finish()
{
	[ "$failures" -eq 0 ] || exit 1
	exit 0
}
