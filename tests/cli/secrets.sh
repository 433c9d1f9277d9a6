#!/bin/sh
# Keys, passphrases and key logs: given, missing, wrong, locked, damaged.
. "$(dirname "$0")/common.sh"
rsa=tls12-rsa/capture.pcap
ecdhe=tls12-ecdhe/capture.pcap
tls13=tls13/capture.pcap
answer='Hello, your balance is 100 Yuan'

test_that 'a key that is missing, empty or garbage gives 5 before the first packet'
: >"$scratch/empty"
echo garbage >"$scratch/garbage"
for key in missing.key "$scratch/empty" "$scratch/garbage" /dev/null; do
	run_keyhole -k "$key" "$rsa"
	exits 5; prints_nothing; says "${key##*/}: "
	run_keyhole --json -k "$key" "$rsa"
	exits 5; prints_nothing
done

test_that 'the right key opens the talk, in every form'
for key in tls12-rsa/server.key keys/server-pkcs1.pem keys/server-pkcs1.der keys/server-pkcs8.der pki; do
	run_keyhole -k "$key" "$rsa"
	exits 0; prints "$answer"; prints 'OPENED'
done

test_that 'a wrong key is named with its reason, and is no error'
run_keyhole -k keys/other.key "$rsa"
exits 0; prints 'Why: key-mismatch'; does_not_print "$answer"

test_that 'the fingerprints of a wrong key and of the one that is wanted are given, as openssl computes them'
for key in other.key server-pkcs1.pem; do
	print=$(openssl pkey -in "$captures/keys/$key" -pubout -outform DER | openssl dgst -sha256 -r | cut -c 1-8)
	prints "$print"
done

test_that 'with --need-secret what stays sealed gives 5, after the results'
run_keyhole --need-secret -k keys/other.key "$rsa"
exits 5; prints 'Why: key-mismatch'
run_keyhole --need-secret "$rsa"
exits 5; prints 'Why: key-missing'
run_keyhole --need-secret --json "$rsa"
exits 5; prints '"code":"key-missing"'
run_keyhole --need-secret -k tls12-rsa/server.key "$rsa"
exits 0; prints "$answer"
run_keyhole --need-secret plain-http/capture.pcap
exits 0

test_that 'the right key of a session with half-keys fits, and does not help'
run_keyhole -k tls12-ecdhe/server.key "$ecdhe"
exits 0; prints 'Why: ephemeral'; prints_words 'the key you gave is the right one'; does_not_print "$answer"

test_that 'a key that can only sign, and a certificate given as a key, say so'
for key in keys/ec.key pki/www.pem; do
	run_keyhole -k "$key" "$rsa"
	exits 0; prints 'Why: key-cannot'; says "$key: it can only sign or verify"
done

test_that 'a locked key opens with the passphrase from a file or the environment'
run_keyhole -k keys/locked.key --pass-file keys/locked.pass "$rsa"
exits 0; prints "$answer"
WORD=$(cat "$captures/keys/locked.pass")
export WORD
run_keyhole -k keys/locked.key --pass-env WORD "$rsa"
exits 0; prints "$answer"

test_that 'a passphrase file may end its line as other systems do'
printf '%s\r\nanother line\n' "$WORD" >"$scratch/pass"
run_keyhole -k keys/locked.key --pass-file "$scratch/pass" "$rsa"
exits 0; prints "$answer"
printf '%s' "$WORD" >"$scratch/pass"
run_keyhole -k keys/locked.key --pass-file "$scratch/pass" "$rsa"
exits 0; prints "$answer"

test_that 'a locked key that no passphrase opens gives the results, its reason, and 5'
WORD=wrong
run_keyhole -k keys/locked.key --pass-env WORD "$rsa"
exits 5; prints 'Why: passphrase'; says 'no passphrase opened it'
: >"$scratch/empty"
run_keyhole -k keys/locked.key --pass-file "$scratch/empty" "$rsa"
exits 5; prints 'Why: passphrase'

test_that 'without a terminal to ask on, a locked key stays locked'
if command -v setsid >/dev/null; then
	(cd "$captures" && setsid -w "$KEYHOLE" -k keys/locked.key "$rsa") >"$out" 2>"$err" </dev/null
	code=$?
	exits 5; prints 'Why: passphrase'
else
	skip "$sentence" 'there is no setsid'
fi

test_that 'a passphrase that is not where it should be gives 5 before the first packet'
run_keyhole -k keys/locked.key --pass-file missing.pass "$rsa"
exits 5; prints_nothing; says 'missing.pass: No such file'
run_keyhole -k keys/locked.key --pass-env NO_SUCH_WORD "$rsa"
exits 5; prints_nothing; says 'NO_SUCH_WORD: '

test_that 'a key that others may read is warned about, and -q keeps quiet'
cp "$captures/tls12-rsa/server.key" "$scratch/open.key"
chmod 644 "$scratch/open.key"
run_keyhole -k "$scratch/open.key" "$rsa"
exits 0; says 'others may read this key file'
run_keyhole -q -k "$scratch/open.key" "$rsa"
exits 0; says_nothing
chmod 600 "$scratch/open.key"
run_keyhole -k "$scratch/open.key" "$rsa"
exits 0; says_nothing

test_that 'no secret and no passphrase is ever printed'
run_keyhole -v --json -k keys/locked.key --pass-file keys/locked.pass -K tls12-rsa/keys.log "$rsa"
exits 0
master=$(sed -n 's/^CLIENT_RANDOM [0-9a-f]* //p' "$captures/tls12-rsa/keys.log" | head -n 1)
does_not_print "$master"; does_not_say "$master"
does_not_say "$(cat "$captures/keys/locked.pass")\$"

test_that 'a key log opens what no server key can, by either flag'
run_keyhole -K tls13/keys.log "$tls13"
exits 0; prints "$answer"; says_nothing
run_keyhole -o tls.keylog_file:tls13/keys.log "$tls13"
exits 0; prints "$answer"; says_nothing

test_that 'a key log that is missing gives 5 before the first packet'
run_keyhole -K missing.log "$tls13"
exits 5; prints_nothing; says 'missing.log: No such file'

test_that 'lines that are none are counted and the first is named by its number; the others hold'
{
	cat "$captures/tls12-ecdhe/keys.log"
	echo 'CLIENT_RANDOM zz zz'
	echo 'nonsense'
} >"$scratch/odd.log"
line=$(($(wc -l <"$captures/tls12-ecdhe/keys.log") + 1))
run_keyhole -K "$scratch/odd.log" "$ecdhe"
exits 0; prints "$answer"; says "odd.log: 2 malformed lines, the first is line $line"

test_that 'a key log of other talks, and one half of the right one, have their reasons'
run_keyhole -K keys/foreign.log "$rsa"
exits 0; prints 'Why: log-miss'
run_keyhole -K keys/half.log "$tls13"
exits 0; prints 'log-part'

test_that 'SSLKEYLOGFILE is used and said; -q says nothing; --no-env-keylog leaves it'
SSLKEYLOGFILE=tls13/keys.log
export SSLKEYLOGFILE
run_keyhole "$tls13"
exits 0; prints "$answer"; says 'tls13/keys.log: used as key log'; says '--no-env-keylog'
run_keyhole -q "$tls13"
exits 0; prints "$answer"; says_nothing
run_keyhole --no-env-keylog "$tls13"
exits 0; does_not_print "$answer"; says_nothing
SSLKEYLOGFILE=missing.log
run_keyhole "$tls13"
exits 0; says_nothing
unset SSLKEYLOGFILE

test_that 'secrets inside the capture are used and said, and can be refused'
run_keyhole dsb/capture.pcapng
exits 0; prints "$answer"; says 'dsb/capture.pcapng: using the secrets'
run_keyhole --no-embedded-secrets dsb/capture.pcapng
exits 0; does_not_print "$answer"; says_nothing

test_that 'a trust store that is missing or holds nothing gives 3 before the first packet'
run_keyhole --ca missing.pem "$rsa"
exits 3; prints_nothing; says '^keyhole: missing.pem: No such file'
run_keyhole --ca "$scratch/empty" "$rsa"
exits 3; prints_nothing; says 'no PEM certificate'

test_that 'a trust store makes the chain known'
run_keyhole "$rsa"
exits 0; prints 'UNKNOWN ROOT'
for ca in pki/root.pem pki; do
	run_keyhole --ca "$ca" "$rsa"
	exits 0; does_not_print 'UNKNOWN ROOT'
	run_keyhole --json --ca "$ca" "$rsa"
	exits 0; prints '"chain":"ok"'
done

test_that 'dates are judged at the time given'
run_keyhole --json --ca pki/root.pem --at 2026-11-22 "$rsa"
exits 0; prints '"first":"ok"'
run_keyhole --json --ca pki/root.pem --at 2099-01-01T10:00:00Z "$rsa"
exits 0; prints '"first":"expired"'
run_keyhole --json --ca pki/root.pem --at 2021-01-01 "$rsa"
exits 0; prints '"first":"not-yet-valid"'

finish
