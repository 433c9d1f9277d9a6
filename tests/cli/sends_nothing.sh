#!/bin/sh
# keyhole sends nothing: over whole runs on files no socket is made, and no program started.
. "$(dirname "$0")/common.sh"
trace=$scratch/trace
ASAN_OPTIONS=${ASAN_OPTIONS:-}:detect_leaks=0 # the leak checker cannot run under strace
export ASAN_OPTIONS

if ! strace -f -o "$trace" true 2>/dev/null; then
	echo 'skip: there is no strace, or it may not trace here'
	exit 77
fi

# no_network ARGUMENT...: every call of the network's, and of starting programs, is looked for.
no_network()
{
	(cd "$captures" && strace -f -e trace=network,execve,execveat,io_uring_setup -o "$trace" "$KEYHOLE" "$@") \
		>"$out" 2>"$err" </dev/null
	code=$?
	grep -v -e '^[0-9]* *[+-][+-][+-] ' "$trace" | grep -v "execve(\"$KEYHOLE\"" >"$scratch/calls"
	[ ! -s "$scratch/calls" ] || failed "it calls $(head -n 1 "$scratch/calls")"
	grep -q "execve(\"$KEYHOLE\"" "$trace" || failed 'nothing was traced'
}

test_that 'the story of a session is told without a socket'
no_network tls12-rsa/capture.pcap
exits 0; prints 'ClientKeyExchange'

test_that 'keys, key logs and trust stores are used without a socket'
no_network --ca pki -k tls12-rsa/server.key -K tls12-rsa/keys.log tls12-rsa/capture.pcap
exits 0; prints 'OPENED'

test_that 'every bundled capture is read without a socket, as text, as JSON and explained'
for capture in "$captures"/*/capture.pcap*; do
	no_network --json --ca pki/root.pem -k pki -K "${capture%/*}/../tls13/keys.log" "$capture"
done
no_network "$captures"/*/capture.pcap*
no_network -e 1 lab/capture.pcapng

test_that 'a filter with names asks nobody'
no_network tls12-rsa/capture.pcap host www.lab.test
exits 2

finish
