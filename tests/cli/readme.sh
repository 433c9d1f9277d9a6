#!/bin/sh
# The screens of README.md are what the program prints.
#   readme.sh           compares (a test)
#   readme.sh --renew   writes the screens anew; read the difference before it is committed
#
# A screen is a fenced block that begins with "$ keyhole ARGUMENTS".
. "$(dirname "$0")/common.sh"
readme=$top/README.md

# Prints README.md with each screen made anew.
with_fresh_screens()
{
	in_screen=
	while IFS= read -r line; do
		case $line in
		'$ keyhole '*)
			printf '%s\n' "$line"
			# shellcheck disable=SC2086 # words as they were typed
			(cd "$top" && "$KEYHOLE" ${line#'$ keyhole '}) 2>/dev/null </dev/null ||
				printf 'keyhole failed with %s\n' $?
			in_screen=yes
			continue
			;;
		'```') in_screen= ;;
		esac
		[ -n "$in_screen" ] || printf '%s\n' "$line"
	done <"$readme"
}

with_fresh_screens >"$scratch/README.md"
if [ "${1:-}" = --renew ] && ! grep -q '^keyhole failed' "$scratch/README.md"; then
	cat "$scratch/README.md" >"$readme"
	exit
fi

: >"$out"
: >"$err"
test_that 'README.md shows the program as it is'
[ "$(grep -c '^\$ keyhole ' "$readme")" -ge 2 ] || failed 'it has no screens'
diff -u "$readme" "$scratch/README.md" >"$out" || failed 'tests/cli/readme.sh --renew writes its screens anew'

test_that 'the two commands of the README are there'
for command in run test; do
	grep -q "^    ./$command" "$readme" || failed "./$command is not in it"
	[ -x "$top/$command" ] || failed "./$command cannot be started"
done

finish
