#!/bin/sh
# Listening on an interface: real TLS on the loopback of a network namespace of our own.
. "$(dirname "$0")/common.sh"

if [ -z "${IN_OUR_NAMESPACE:-}" ]; then
	for command in unshare ip openssl python3; do
		command -v $command >/dev/null || {
			echo "skip: there is no $command"
			exit 77
		}
	done
	unshare -rn sh -c 'ip link set lo up' 2>/dev/null || {
		echo 'skip: no network namespace can be made here'
		exit 77
	}
	IN_OUR_NAMESPACE=1 unshare -rn "$0"
	exit
fi

ip link set lo up
trap 'kill $server $listener 2>/dev/null; rm -rf "$scratch"' EXIT # those that were started here
server=
listener=

serve()
{
	openssl s_server -quiet -accept 4433 -www -tls1_2 -cipher AES128-GCM-SHA256 \
		-cert "$captures/pki/www.pem" -key "$captures/pki/www.key" >"$scratch/server" 2>&1 &
	server=$!
}

# One talk; tried again until the server answers.
talk()
{
	for _ in 1 2 3 4 5 6 7 8 9 10; do
		printf 'GET / HTTP/1.0\r\n\r\n' | openssl s_client -quiet -connect 127.0.0.1:4433 \
			-servername www.lab.test >"$scratch/client" 2>&1 && return
		sleep 0.2
	done
	failed 'the talk did not come about'
}

# Without job control a shell starts background programs deaf to ^C; python3 gives them ears, and an
# end after two minutes whatever happens.
listen()
{
	: >"$out"
	: >"$err" # what is waited for must come from this run
	python3 -c 'import os, signal, sys
signal.signal(signal.SIGINT, signal.SIG_DFL)
signal.alarm(120)
os.execv(sys.argv[1], sys.argv[1:])' "$KEYHOLE" "$@" >"$out" 2>"$err" </dev/null &
	listener=$!
	wait_for "$err" 'listening' || failed 'it does not listen'
}

end_by()
{
	kill -"$1" "$listener"
	wait "$listener"
	code=$?
	listener=
}

serve
talk

test_that 'a session is told when it ends, and ^C ends with the summary and 0'
listen -i lo -k "$captures/pki/www.key" -f 'port 4433'
talk
wait_for "$out" 'www.lab.test' || failed 'no line came while listening'
prints '127.0.0.1:4433  "www.lab.test"  TLS 1.2  TLS_RSA_WITH_AES_128_GCM_SHA256  OPENED'
does_not_print '1 TLS session'
end_by INT
exits 0; prints '^lo: 1 TLS session'; says '^keyhole: lo: listening; ^C ends$'

test_that 'JSON comes line by line while listening, and SIGTERM is a normal end too'
listen -i lo --json port 4433
talk
wait_for "$out" 'keyhole.session/1' || failed 'no line came while listening'
prints '"code":"key-missing"'; does_not_print 'keyhole.stats/1'
end_by TERM
exits 0; prints 'keyhole.stats/1'

test_that 'a filter holds for an interface'
listen -i lo --json port 4434
talk
end_by INT
exits 0; does_not_print 'keyhole.session/1'; prints '"packets":0'

test_that 'SIGUSR1 prints the counters while listening'
listen -i lo port 4433
talk
kill -USR1 "$listener"
wait_for "$err" 'lo: packets [1-9]' || failed 'no counters came'
end_by INT
exits 0

test_that '-c ends the listening after so many packets'
listen -i lo --json -c 3 port 4433
talk
wait "$listener"
code=$?
listener=
exits 0; prints '"packets":3'

test_that 'a wrong filter for an interface gives 2'
run_keyhole -i lo -f 'port bogus'
exits 2; prints_nothing; says 'bogus'

test_that 'an interface that is down is said to be'
ip link add down0 type dummy 2>/dev/null
if ip link show down0 >/dev/null 2>&1; then
	run_keyhole -i down0
	exits 3; prints_nothing; says 'down0: the interface is down'
else
	skip "$sentence" 'no interface can be made here'
fi

finish
