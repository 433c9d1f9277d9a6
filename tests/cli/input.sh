#!/bin/sh
# Inputs: missing, damaged, packed, piped, several.
. "$(dirname "$0")/common.sh"
rsa=tls12-rsa/capture.pcap

# Runs a command as somebody who has no rights: as nobody where the test is run by root.
as_nobody()
{
	if [ "$(id -u)" -eq 0 ]; then
		setpriv --reuid=65534 --regid=65534 --clear-groups "$@"
	else
		"$@"
	fi
}

test_that 'a missing file gives 3, its path and the reason'
run_keyhole missing.pcap
exits 3; prints_nothing; says '^keyhole: missing.pcap: No such file or directory$'

test_that 'a folder is no capture'
run_keyhole tls12-rsa
exits 3; prints_nothing; says 'is a folder'

test_that 'what is no capture shows how it begins'
echo hello >"$scratch/hello"
run_keyhole "$scratch/hello"
exits 3; prints_nothing; says 'not a capture (begins with 68 65 6c 6c)'

test_that 'an empty file is no capture'
: >"$scratch/empty"
run_keyhole "$scratch/empty"
exits 3; prints_nothing; says 'not a capture (empty)'

test_that 'a trouble with a file is a line of JSON too'
run_keyhole --json "$scratch/empty"
exits 3; prints '"schema":"keyhole.error/1".*"code":"capture-invalid"'

test_that 'a cut file gives its results, then 4 and where it was cut'
head -c 700 "$captures/$rsa" >"$scratch/cut.pcap"
run_keyhole "$scratch/cut.pcap"
exits 4; prints '10.0.0.5'; says 'cut after packet 5, 11 of 1514 bytes'
run_keyhole --json "$scratch/cut.pcap"
exits 4; prints '"schema":"keyhole.session/1"'; prints '"code":"capture-damaged","text":"cut after packet 5'

test_that 'every cut of a file ends well or says where it was cut'
for length in 1 23 24 25 39 40 41 113 114 115 4000; do
	head -c "$length" "$captures/$rsa" >"$scratch/cut.pcap"
	run_keyhole "$scratch/cut.pcap"
	case $length in
	1 | 23) exits 3 ;;
	24 | 114) exits 0 ;;
	*) exits 4; says 'cut after packet' ;;
	esac
done

test_that 'gzip, zstd and standard input give the same story'
run_keyhole "$rsa"
mv "$out" "$scratch/plain"
gzip -c "$captures/$rsa" >"$scratch/packed.gz"
packed=$scratch/packed.gz
if command -v zstd >/dev/null; then
	zstd -q "$captures/$rsa" -o "$scratch/packed.zst"
	packed="$packed $scratch/packed.zst"
else
	skip "$sentence" 'there is no zstd'
fi
for file in $packed; do
	run_keyhole "$file"
	exits 0
	cmp -s "$out" "$scratch/plain" || failed "$file is read differently"
	"$KEYHOLE" - <"$file" >"$out" 2>"$err"
	code=$?
	exits 0; says_nothing
	cmp -s "$out" "$scratch/plain" || failed "$file is read differently from standard input"
done
# shellcheck disable=SC2002 # the pipe is the point
cat "$captures/$rsa" | "$KEYHOLE" - >"$out" 2>"$err"
code=$?
exits 0
cmp -s "$out" "$scratch/plain" || failed 'a pipe is read differently'

test_that 'a cut gzip file gives what was in it, then 4'
head -c 1200 "$scratch/packed.gz" >"$scratch/cut.gz"
run_keyhole "$scratch/cut.gz"
exits 4; says 'the gzip data end in the middle'

test_that 'standard input has to be named'
"$KEYHOLE" <"$captures/$rsa" >"$out" 2>"$err"
code=$?
exits 2; prints_nothing; says '(- is standard input)'

test_that 'standard input that holds nothing is no capture'
run_keyhole -
exits 3; prints_nothing; says 'standard input: not a capture (empty)'

test_that 'closed standard input is an error'
"$KEYHOLE" - <&- >"$out" 2>"$err"
code=$?
exits 3; prints_nothing; says 'standard input: Bad file descriptor'
"$KEYHOLE" --json - <&- >"$out" 2>"$err"
code=$?
exits 3; says 'standard input: '

test_that 'a session on standard input can be explained, and no file is left behind'
mkdir "$scratch/spool"
TMPDIR=$scratch/spool "$KEYHOLE" -e 2 - <"$captures/lab/capture.pcapng" >"$out" 2>"$err"
code=$?
exits 0; prints 'SESSION 2'
[ -z "$(ls "$scratch/spool")" ] || failed 'a file was left behind'

test_that 'where standard input cannot be kept, that is said'
TMPDIR=$scratch/missing "$KEYHOLE" - <"$captures/$rsa" >"$out" 2>"$err"
code=$?
exits 3; prints_nothing; says 'standard input: No such file'
TMPDIR=$scratch/missing "$KEYHOLE" --json - <"$captures/$rsa" >"$out" 2>"$err"
code=$?
exits 0; prints 'keyhole.session/1'

test_that 'a slow pipe gives each session when it ends, not at the end'
mkfifo "$scratch/pipe"
"$KEYHOLE" --json - <"$scratch/pipe" >"$out" 2>"$err" &
reader=$!
exec 9>"$scratch/pipe"
cat "$captures/$rsa" >&9
wait_for "$out" 'keyhole.session/1' || failed 'the session did not come'
exec 9>&-
wait $reader
code=$?
exits 0; prints 'keyhole.stats/1'

test_that 'several files come one after the other, and one that is missing hides no other'
run_keyhole "$rsa" missing.pcap tls13/capture.pcap
exits 3; prints 'TLS_RSA_WITH_AES_128_GCM_SHA256'; prints 'TLS_AES_256_GCM_SHA384'; says 'missing.pcap: No such'
run_keyhole --json "$rsa" tls13/capture.pcap
exits 0
[ "$(grep -c keyhole.stats/1 "$out")" -eq 2 ] || failed 'not two inputs'

test_that 'of several troubles an input that cannot be used comes before a damaged one'
head -c 700 "$captures/$rsa" >"$scratch/cut.pcap"
run_keyhole "$scratch/cut.pcap" missing.pcap
exits 3
run_keyhole missing.pcap "$scratch/cut.pcap"
exits 3

test_that 'a file that may not be read gives 3 and the reason'
cp "$captures/$rsa" "$scratch/secret.pcap"
chmod 000 "$scratch/secret.pcap"
chmod 755 "$scratch"
if as_nobody test -x "$KEYHOLE" 2>/dev/null; then
	as_nobody "$KEYHOLE" "$scratch/secret.pcap" >"$out" 2>"$err"
	code=$?
	exits 3; prints_nothing; says 'secret.pcap: Permission denied'

	test_that 'who may not capture is told how to get the right'
	as_nobody "$KEYHOLE" -i lo -c 1 >"$out" 2>"$err"
	code=$?
	exits 3; prints_nothing; says 'no right to capture'; says 'setcap cap_net_raw'
else
	skip "$sentence" 'nobody cannot be, or cannot start the program here'
fi

test_that 'an interface that does not exist gives 3 and those that do'
run_keyhole -i nosuch0
exits 3; prints_nothing; says 'nosuch0: no such interface; there are.* lo'

test_that '-D lists the interfaces, one a line'
run_keyhole -D
exits 0; prints '^lo'; says_nothing

finish
