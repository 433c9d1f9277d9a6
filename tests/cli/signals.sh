#!/bin/sh
# ^C, SIGTERM and SIGUSR1 while a file is read, and the line that says how far it is.
. "$(dirname "$0")/common.sh"
rsa=$captures/tls12-rsa/capture.pcap

# Starts keyhole on a pipe that brings one session and then nothing, and waits until it has been read.
begin()
{
	rm -f "$scratch/pipe"
	mkfifo "$scratch/pipe"
	: >"$out"
	# Without job control a shell starts background programs deaf to ^C; python3 gives them ears, and an
# end after two minutes whatever happens.
	python3 -c 'import os, signal, sys
signal.signal(signal.SIGINT, signal.SIG_DFL)
signal.alarm(120)
os.execv(sys.argv[1], sys.argv[1:])' "$KEYHOLE" --json - <"$scratch/pipe" >"$out" 2>"$err" &
	reader=$!
	exec 9>"$scratch/pipe"
	cat "$rsa" >&9
	wait_for "$out" 'keyhole.session/1' || failed 'the session did not come'
}

end()
{
	wait "$reader"
	code=$?
	exec 9>&-
}

if ! command -v python3 >/dev/null; then
	echo 'skip: there is no python3'
	exit 77
fi

test_that '^C ends in order: what was found, then 130'
begin
kill -INT "$reader"
end
exits 130; prints 'keyhole.stats/1'; says 'stopped by a signal after packet 17'

test_that 'SIGTERM ends in order: what was found, then 143'
begin
kill -TERM "$reader"
end
exits 143; prints 'keyhole.stats/1'

test_that 'SIGUSR1 prints the counters as one line and goes on'
begin
kill -USR1 "$reader"
tail -c +25 "$captures/tls12-rsa-cbc/capture.pcap" >&9 # without the file header: packets alone
wait_for "$err" 'standard input: packets [0-9]*, bytes ' || failed 'no counters came'
[ "$(wc -l <"$err")" -eq 1 ] || failed 'more than one line'
exec 9>&-
end
exits 0; prints 'keyhole.stats/1'

# A capture of a few seconds: the pipe brings packets and then rests.
test_that 'a terminal is told how far a long input has been read, after a second'
mkfifo "$scratch/slow"
{
	cat "$rsa"
	for rest in 1 2 3 4 5 6 7 8; do
		sleep 0.25
		tail -c +25 "$rsa"
	done
} >"$scratch/slow" &
python3 "$here/terminal.py" 40 '' sh -c "'$KEYHOLE' --json - <'$scratch/slow' >'$scratch/json'" >"$out" 2>"$err" </dev/null
code=$?
exits 0; prints ' MB/s  [0-9]* session'

test_that 'a file has its share and the rest of the time on that line'
{
	cat "$rsa"
	yes | head -n 1000 | while read -r _; do tail -c +25 "$rsa"; done
} >"$scratch/long.pcap"
if strace -o "$scratch/trace" true 2>/dev/null; then
	python3 "$here/terminal.py" 40 '' sh -c "ASAN_OPTIONS=detect_leaks=0 strace -o '$scratch/trace' \
		-P '$scratch/long.pcap' -e inject=read:delay_exit=150000 \
		'$KEYHOLE' --workers 1 --json '$scratch/long.pcap' >'$scratch/json'" >"$out" 2>"$err" </dev/null
	code=$?
	exits 0; prints '  [0-9][0-9]* %  [0-9.]* of 4.[0-9] MB  [0-9]* MB/s  [0-9,]* session'
	prints ' s left '
	test_that '-q shows no such line'
	python3 "$here/terminal.py" 40 '' sh -c "ASAN_OPTIONS=detect_leaks=0 strace -o '$scratch/trace' \
		-P '$scratch/long.pcap' -e inject=read:delay_exit=150000 \
		'$KEYHOLE' -q --workers 1 --json '$scratch/long.pcap' >'$scratch/json'" >"$out" 2>"$err" </dev/null
	code=$?
	exits 0; prints_nothing
else
	skip "$sentence" 'there is no strace'
fi

finish
