#!/bin/sh
# Flags, words, filters: what the command line takes and refuses.
. "$(dirname "$0")/common.sh"
rsa=tls12-rsa/capture.pcap

test_that '--help ends well and goes to standard output'
run_keyhole --help
exits 0; prints '^usage: keyhole'; prints '--need-secret'; says_nothing

test_that 'every flag of the list is in the help and in the manual'
for flag in $(sed -n "s/^OPTION('\(.\)'.*/-\1/p; s/^OPTION([^,]*, \"\([^\"]*\)\".*/--\1/p" "$top/src/options.def"); do
	grep -q -e "$flag" "$out" || failed "--help lacks $flag"
	grep -q -e "^\.It.* Fl ${flag#-}\( .*\)*$" "$top/docs/keyhole.1" || failed "keyhole.1 lacks $flag"
done

test_that 'every reason has its place in keyhole-reasons(7), and no other has'
sed -n 's/^REASON([^,]*, "\([^"]*\)".*/\1/p' "$top/src/model/reason.def" | sort >"$out"
sed -n 's/^\.It Sy //p' "$top/docs/keyhole-reasons.7" | sort >"$err"
cmp -s "$out" "$err" || failed 'the lists differ'

test_that '--version is one line with the name'
run_keyhole --version
exits 0; prints '^keyhole [0-9]'
[ "$(wc -l <"$out")" -eq 1 ] || failed 'more than one line'

test_that 'nothing to read is a usage error that names a way'
run_keyhole
exits 2; prints_nothing; says 'no file and no interface'; says '--help'

test_that 'a flag that does not exist is a usage error, by its letter and by its word'
run_keyhole -x "$rsa"
exits 2; prints_nothing; says 'no such option: -x'
run_keyhole -nx "$rsa"
exits 2; says 'no such option: -x'
run_keyhole --exprain "$rsa"
exits 2; says 'no such option: --exprain'

test_that 'a flag without its argument is a usage error, and so is an argument too many'
run_keyhole -r
exits 2; says 'needs an argument: -r'
run_keyhole --ca
exits 2; says 'needs an argument: --ca'
run_keyhole --json=3 "$rsa"
exits 2; says 'takes no argument: --json=3'

test_that 'formats that are not there are refused by name'
for format in zeek eve ecs csv html md mermaid script '' TEXT; do
	run_keyhole -T "$format" "$rsa"
	exits 2; prints_nothing; says "text or ndjson: $format"
done

test_that 'numbers that are none, or do not fit, are refused'
for number in x '' -1 1x 0x10 99999999999999999999; do
	run_keyhole -c "$number" "$rsa"
	exits 2; prints_nothing; says 'not a number'
done
run_keyhole --workers 0 "$rsa"
exits 2; says '1 to 16: 0'
run_keyhole --memory 1 "$rsa"
exits 2; says '16 to 1048576: 1'

test_that 'a time that is none is refused'
for time in 2026-13-01 yesterday 2026-11-22T10 2026-11-22x; do
	run_keyhole --at "$time" "$rsa"
	exits 2; prints_nothing; says "--at takes a time"
done

test_that 'settings of tshark other than the key log are refused'
run_keyhole -o http.port:80 "$rsa"
exits 2; prints_nothing; says 'tls.keylog_file:FILE: http.port:80'

test_that 'files and an interface together are refused'
run_keyhole -i lo "$rsa"
exits 2; prints_nothing; says 'not both'

test_that 'an interface cannot be explained'
run_keyhole -i lo -e
exits 2; prints_nothing; says 'needs one'

test_that 'a filter that is wrong gives 2 with a caret under the word'
run_keyhole -f 'port 443 and bogus' "$rsa"
exits 2; prints_nothing; says '^  port 443 and bogus$'; says '^               ^$'

test_that 'a filter that is wrong is said once for several files'
run_keyhole -f bogus "$rsa" tls13/capture.pcap
exits 2; prints_nothing
[ "$(grep -c bogus "$err")" -eq 2 ] || failed 'said more than once'

test_that 'words after the files are a filter, which may hide everything'
run_keyhole "$rsa" port 443
exits 0; prints 'ClientKeyExchange'; says_nothing
run_keyhole "$rsa" port 80
exits 0; prints '0 TLS sessions'
run_keyhole "$rsa" net 10.0.0.0/8 and port 443
exits 0; prints 'ClientKeyExchange'

test_that 'names in filters are never looked up'
run_keyhole "$rsa" host example.com
exits 2; prints_nothing

test_that 'the trailing words go on with what -f begins'
run_keyhole -f 'port 443' "$rsa" and port 80
exits 0; prints '0 TLS sessions'

test_that 'a first word that is no file is a missing file, not a filter'
run_keyhole nosuch
exits 3; says 'nosuch: No such file'
run_keyhole "$rsa" missing.pcap
exits 3; says 'missing.pcap: No such file'; prints 'ClientKeyExchange'

test_that '-- ends the flags, and a file may begin with a dash'
cp "$captures/$rsa" "$scratch/-odd.pcap"
(cd "$scratch" && "$KEYHOLE" -- -odd.pcap >"$out" 2>"$err")
code=$?
exits 0; prints 'ClientKeyExchange'
run_keyhole -- -missing.pcap
exits 3; says '^keyhole: -missing.pcap: No such file'

test_that '-n, the habit of tcpdump, changes nothing'
run_keyhole "$rsa"
mv "$out" "$scratch/plain"
run_keyhole -n -nn "$rsa"
exits 0
cmp -s "$out" "$scratch/plain" || failed 'the output differs'

test_that '-c stops after so many packets, and 0 means all'
run_keyhole --json -c 5 "$rsa"
exits 0; prints '"packets":5,'
run_keyhole --json -c 0 "$rsa"
exits 0; prints '"packets":17,'

test_that 'a session that does not exist is a usage error that says how many there are'
run_keyhole -e 9 "$rsa"
exits 2; prints_nothing; says 'no session 9: it has 1'
run_keyhole -e 0 "$rsa"
exits 2; says 'the number of a session: 0'

test_that '-e takes its number beside it or behind it, or is the first session'
for number in '-e 2' '-e2' '--explain=2'; do
	# shellcheck disable=SC2086 # one word or two
	run_keyhole $number lab/capture.pcapng
	exits 0; prints 'SESSION 2'
done
run_keyhole -e lab/capture.pcapng
exits 0; prints 'SESSION 1'

test_that 'the same flags work behind the files'
run_keyhole "$rsa" -q --json
exits 0; prints '^{"schema":"keyhole.session/1"'

test_that 'words with escapes and newlines are never printed raw'
odd=$(printf 'odd\033[31m\nkeyhole: lie\302\233.pcap')
run_keyhole "$odd"
exits 3; is_clean; does_not_say '^keyhole: lie'
for flag in -T -c --at --ca -k -K --pass-env -o --color; do
	run_keyhole "$flag" "$odd" "$rsa"
	is_clean; does_not_say '^keyhole: lie'
done
run_keyhole "--$odd" "$rsa"
exits 2; is_clean; does_not_say '^keyhole: lie'
run_keyhole -i "$odd"
exits 3; is_clean; does_not_say '^keyhole: lie'
cp "$captures/tls12-rsa/capture.pcap" "$scratch/$odd"
run_keyhole "$scratch/$odd" "$rsa"
exits 0; is_clean; does_not_print '^keyhole: lie'
run_keyhole --json "$scratch/$odd"
exits 0; is_clean

finish
