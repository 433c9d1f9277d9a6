#!/bin/sh
# Where results go: full and closed outputs, pipes, terminals, pagers, colours.
. "$(dirname "$0")/common.sh"
rsa=$captures/tls12-rsa/capture.pcap

test_that 'a full output is an error, in text and in JSON'
if [ -c /dev/full ]; then
	for how in --json --color=never --help --version -D; do
		"$KEYHOLE" "$how" "$rsa" >/dev/full 2>"$err"
		code=$?
		: >"$out"
		exits 3; says '^keyhole: standard output: No space left on device$'
		[ "$(wc -l <"$err")" -eq 1 ] || failed 'said more than once'
	done
else
	skip "$sentence" 'there is no /dev/full'
fi

test_that 'a closed output is an error, and nothing is written into another file'
cp "$rsa" "$scratch/copy.pcap"
"$KEYHOLE" "$scratch/copy.pcap" >&- 2>"$err"
code=$?
exits 3; says 'standard output: '
"$KEYHOLE" - <"$scratch/copy.pcap" >&- 2>"$err"
code=$?
exits 3; says 'standard output: '
cmp -s "$rsa" "$scratch/copy.pcap" || failed 'the capture was written to'

test_that 'a closed standard error hides no result'
"$KEYHOLE" -v "$rsa" >"$out" 2>&-
code=$?
: >"$err"
exits 0; prints 'ClientKeyExchange'

test_that 'a reader who has seen enough ends the program in silence'
for how in --color=never --json; do
	{
		"$KEYHOLE" "$how" "$rsa" "$rsa" "$rsa" 2>"$err"
		echo $? >"$scratch/code"
	} | head -n 1 >"$out"
	code=$(cat "$scratch/code")
	exits 0; says_nothing
	[ "$(wc -l <"$out")" -eq 1 ] || failed 'no line came'
done

test_that 'a pipe gets no colour and no pager'
KEYHOLE_PAGER='sed s/^/PAGED/'
export KEYHOLE_PAGER
run_keyhole "$rsa"
exits 0; is_clean; does_not_print PAGED

test_that '--color=always colours a pipe too, and --color=never nothing'
run_keyhole --color=always "$rsa"
exits 0; prints "$escape\["
run_keyhole --color=never "$rsa"
exits 0; is_clean
run_keyhole --color=sometimes "$rsa"
exits 2; says 'auto, always or never: sometimes'

test_that 'colour is colour alone, whatever else a terminal would have'
for TERM in xterm-256color linux screen tmux-256color xterm; do
	run_keyhole --color=always "$rsa"
	sed "s/$escape\\[[0-9;]*m//g" "$out" >"$scratch/plain"
	mv "$scratch/plain" "$out"
	exits 0; is_clean
done

test_that 'JSON has no colour whatever is asked for'
run_keyhole --json --color=always "$rsa"
exits 0; is_clean

# on_terminal ROWS TYPED ARGUMENT...
on_terminal()
{
	rows=$1
	typed=$2
	shift 2
	(cd "$captures" && python3 "$here/terminal.py" "$rows" "$typed" "$KEYHOLE" "$@") >"$out" 2>"$err" </dev/null
	code=$?
}

terminal_tests()
{
	test_that 'a terminal gets colours, and NO_COLOR none'
	on_terminal 60 '' "$rsa"
	exits 0; prints "$escape\["; does_not_print PAGED
	NO_COLOR=1
	export NO_COLOR
	on_terminal 60 '' "$rsa"
	exits 0; does_not_print "$escape\["
	on_terminal 60 '' --color=always "$rsa"
	exits 0; prints "$escape\["

	test_that 'what is longer than the terminal goes through the pager'
	on_terminal 20 '' "$rsa"
	exits 0; prints '^PAGED.*10.0.0.5'
	on_terminal 20 '' --no-pager "$rsa"
	exits 0; does_not_print PAGED

	test_that 'KEYHOLE_PAGER comes before PAGER, and an empty one is none'
	PAGER='sed s/^/OTHER/'
	export PAGER
	on_terminal 20 '' "$rsa"
	exits 0; prints PAGED; does_not_print OTHER
	KEYHOLE_PAGER=
	on_terminal 20 '' "$rsa"
	exits 0; prints '^10.0.0.5'; does_not_print OTHER
	unset KEYHOLE_PAGER
	on_terminal 20 '' "$rsa"
	exits 0; prints '^OTHER10.0.0.5'

	test_that 'a pager that cannot be started hides no result'
	PAGER=/nonexistent/pager
	on_terminal 20 '' "$rsa"
	exits 0; prints '^10.0.0.5'

	test_that 'a pager that is left early is no error'
	PAGER='head -n 1'
	on_terminal 20 '' "$rsa"
	exits 0; prints '10.0.0.5'
	unset PAGER

	test_that 'the passphrase of a locked key is asked on the terminal, and not shown'
	word=$(cat "$captures/keys/locked.pass")
	on_terminal 60 "$word\\n" -q -k keys/locked.key tls12-rsa/capture.pcap
	exits 0; prints '^Passphrase for keys/locked.key: $'; prints 'your balance is 100 Yuan'
	does_not_print "^$word\$"

	test_that 'a wrong passphrase on the terminal leaves the key locked'
	on_terminal 60 'wrong\n' -q -k keys/locked.key tls12-rsa/capture.pcap
	exits 5; prints 'Why: passphrase'

	test_that '^C at the passphrase ends at once and gives the terminal back'
	on_terminal 60 '\x03' -k keys/locked.key tls12-rsa/capture.pcap
	exits 130; does_not_print '10.0.0.5'
	(cd "$captures" && python3 "$here/terminal.py" 60 '\x03' sh -c \
		"trap : INT; '$KEYHOLE' -k keys/locked.key tls12-rsa/capture.pcap; stty -a") >"$out" 2>"$err" </dev/null
	code=$?
	exits 0; prints '[^-]echo '

	test_that 'a terminal as standard input is no capture'
	on_terminal 60 '' -
	exits 3; prints 'standard input: is a terminal'
}

if python3 -c 'import pty, os; os.waitstatus_to_exitcode' 2>/dev/null; then
	terminal_tests
else
	skip 'what a terminal gets' 'there is no python3'
fi

finish
