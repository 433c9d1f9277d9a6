# Holds keyhole's records (first file: name, how, JSON) against captures/CHECKED.tsv (second file).
# Prints every contradiction; exit 1 if there is one, or if little was compared.
BEGIN {
	FS = "\t"
	question = "My account is AAA, the password is 123, send me my balance"
	answer = "Hello, your balance is 100 Yuan"
	verdict[0] = "ok"; verdict[9] = "not-yet-valid"; verdict[10] = "expired"; verdict[18] = "self-signed"
	verdict[19] = "unknown-root"
	verdict[20] = "unknown-root|missing-intermediate"; verdict[62] = "wrong-name"
}

# The word behind "key": in text; "-" if it is not there.
function word(text, key,    at) {
	at = index(text, "\"" key "\":\"")
	if (!at)
		return "-"
	text = substr(text, at + length(key) + 4)
	return substr(text, 1, index(text, "\"") - 1)
}

# What stands from "key" and its bracket on up to the bracket that closes it on the same level.
function part(text, key,    at, i, depth, c) {
	at = index(text, "\"" key "\":{")
	if (!at)
		return ""
	text = substr(text, at)
	for (i = length(key) + 4; i <= length(text); i++) {
		c = substr(text, i, 1)
		depth += (c == "{") - (c == "}")
		if (!depth)
			return substr(text, 1, i)
	}
	return text
}

# The frames of the step with this label, with commas; "-" if there are none.
function frames(text, label,    at) {
	at = index(text, "\"step\":\"" label "\",\"frames\":[")
	if (!at)
		return "-"
	text = substr(text, at)
	text = substr(text, index(text, "[") + 1)
	at = index(text, "]")
	return at > 1 ? substr(text, 1, at - 1) : "-"
}

function first(list) {
	sub(/,.*/, "", list)
	return list
}

function last(list) {
	sub(/.*,/, "", list)
	return list
}

function expect(what, found, wanted) {
	compared++
	if (found != wanted) {
		printf "%s, stream %s: %s is %s, tshark says %s\n", $1, $2, what, found, wanted
		wrong++
	}
}

# The last frames of several messages, as tshark gives them.
function both(a, b) {
	return a == "-" ? last(b) : b == "-" ? last(a) : last(a) "," last(b)
}

# Whether the words are in what was read of one side, and in one of the talk's frames.
function heard(json, side, words, frame,    text) {
	text = json
	sub(/.*"text":\{/, "", text)
	if (text == json || !index(text, words))
		return "-"
	return index("," frames(json, "11") ",", "," frame ",") || frame == "-" ? frame : "read elsewhere"
}

FNR == NR {
	random = word(part($3, "client"), "random")
	json = $3
	sub(/.*"tls":\{/, "", json)
	if (json != $3)
		random = word(part(json, "client"), "random")
	if (index(json, "\"ssl2_form\":true"))
		random = "-" # tshark has no random of a hello in the form of SSL 2.0
	said[$1, $2, random == "" ? "-" : random] = $3
	sessions[$1, $2]++
	next
}

FNR == 1 {
	next
}

{
	json = said[$1, "plain", $8]
	if (json == "") {
		expect("the session with random " $8, "missing", "there")
		next
	}
	tls = part(json, "tls")
	family = word(tls, "version_protocol") == "ssl" ? "SSL " : "TLS "
	expect("version", word(tls, "version") == "-" ? "-" : family word(tls, "version"), $5)
	expect("suite", word(tls, "cipher"), $6)
	expect("name", word(part(tls, "client"), "server_name"), $7)
	# Of packets that the capture cut, tshark decodes nothing: no hello there is no contradiction.
	if ($8 != "-")
		expect("ClientHello", both(frames(json, "2"), index(json, "\"step\":\"2a\"") ? $9 : "-"), $9)
	if ($5 != "TLS 1.3") {
		# Where one record holds both hello and certificate, tshark places both where the record ends.
		found = last(frames(json, "3"))
		if ($8 != "-" && !($10 == first($11) && found + 0 < $10 + 0))
			expect("ServerHello", found, $10)
		expect("Certificate", both(frames(json, "4"), frames(json, "4c")), $11)
		# Behind a hole keyhole believes a record only when another begins where it ends; tshark believes
		# what a segment begins with. So where packets were cut the first record may be a later one.
		found = first(frames(json, "11"))
		if (tls != "" && !($1 == "snap-short" && found + 0 >= $13 + 0))
			expect("application data", found, $13)
	}
	if ($12 != "-")
		expect("ClientKeyExchange", last(frames(json, "6")), $12)
	allowed = verdict[$15]
	if ($15 == 20 && index(json, "\"detail\":\"signature not checked: algorithm not known here\""))
		allowed = "self-signed"	# openssl knows nothing of its key, and so finds no issuer
	if ($15 != "-" && !index("|" allowed "|", "|" word(part(json, "check"), "first") "|"))
		expect("verdict", word(part(json, "check"), "first"), allowed)
	if ($16 != "-" || $17 != "-") {
		expect("the question", heard(json, "c", question, $16), $16)
		expect("the answer", heard(json, "s", answer, $17), $17)
	}
	if ((($1, "log") in sessions) && $18 != "-")
		expect("the question with the key log", heard(said[$1, "log", $8], "c", question, $18), $18)
	if ((($1, "log") in sessions) && $19 != "-")
		expect("the answer with the key log", heard(said[$1, "log", $8], "s", answer, $19), $19)
	if (($1, "key") in sessions) {
		expect("the question with the key", heard(said[$1, "key", $8], "c", question, $20), $20)
		expect("the answer with the key", heard(said[$1, "key", $8], "s", answer, $21), $21)
	}
}

END {
	if (compared < 300) {
		printf "only %d facts were compared\n", compared
		exit 1
	}
	exit wrong > 0
}
