# Holds includes and calls against tests/layers.txt:  awk -f layers.awk layers.txt FILE...
# with paths from the top. Prints each breach as FILE:LINE: what, and exits 1 when there was one.

FNR == NR {
	if ($1 ~ /^[a-z]/)
		read_rule()
	next
}

FNR == 1 {
	in_comment = 0
	room = room_of(FILENAME)
}

{
	if ($0 ~ /^[ \t]*#[ \t]*include[ \t]*"/)
		check_own(quoted($0, "\"", "\""))
	else if ($0 ~ /^[ \t]*#[ \t]*include[ \t]*</)
		check_system(quoted($0, "<", ">"))
	else
		check_calls(code_only($0))
}

END {
	exit n_breaches > 0
}

function read_rule(    text, colon, i, n, left, right)
{
	text = $0
	sub(/^[a-z]+ +/, "", text)
	colon = index(text, ":")
	left = substr(text, 1, colon - 1)
	right = substr(text, colon + 1)
	if ($1 == "room")
		may[left] = right
	else if ($1 == "except")
		excepted[left] = excepted[left] " " right
	else {
		n = split(left, names, " ")
		for (i = 1; i <= n; i++)
			add_rule($1, names[i], right)
	}
}

function add_rule(kind, name, where)
{
	if (kind == "ban")
		banned[name] = where
	else {
		n_rules++
		rule_kind[n_rules] = kind
		rule_header[n_rules] = name
		rule_where[n_rules] = where
	}
}

function breach(what)
{
	n_breaches++
	print FILENAME ":" FNR ": " what
}

# Says whether text begins with one of the prefixes in a list.
function begins(text, prefixes,    i, n, list)
{
	n = split(prefixes, list, " ")
	for (i = 1; i <= n; i++)
		if (index(text, list[i]) == 1)
			return 1
	return 0
}

function room_of(file,    r, best)
{
	best = ""
	for (r in may)
		if (index(file, r "/") == 1 && length(r) > length(best))
			best = r
	return best
}

function quoted(line, open, close_mark,    from)
{
	from = index(line, open)
	line = substr(line, from + 1)
	return substr(line, 1, index(line, close_mark) - 1)
}

function check_own(path)
{
	if (path !~ /\//)
		breach("\"" path "\" is not a path from the top")
	else if (room != "" && !begins(path, may[room]))
		breach(room " may not include " path)
}

function check_system(header,    i)
{
	for (i = 1; i <= n_rules; i++)
		if (index(header, rule_header[i]) == 1)
			check_rule(rule_kind[i], header, rule_where[i])
}

function check_rule(kind, header, where)
{
	if (kind == "only" && !begins(FILENAME, where))
		breach("<" header "> is only for" where)
	if (kind == "never" && begins(FILENAME, where) && !begins(header, excepted[FILENAME]))
		breach("<" header "> is not for" where)
	if (kind == "single" && begins(FILENAME, where)) {
		if (holder[where] != "" && holder[where] != FILENAME)
			breach("<" header "> is already included by " holder[where])
		holder[where] = FILENAME
	}
}

# Gives a line without comments, texts and characters.
function code_only(line,    end)
{
	if (in_comment) {
		end = index(line, "*/")
		if (end == 0)
			return ""
		line = substr(line, end + 2)
		in_comment = 0
	}
	gsub(/\\./, "", line)
	gsub(/"[^"]*"/, "\"\"", line)
	gsub(/'[^']*'/, "0", line)
	sub(/\/\/.*/, "", line)
	while ((end = index(line, "/*")) > 0) {
		rest = substr(line, end + 2)
		line = substr(line, 1, end - 1)
		end = index(rest, "*/")
		if (end == 0)
			in_comment = 1
		else
			line = line " " substr(rest, end + 2)
	}
	return line
}

function check_calls(line,    name)
{
	while (match(line, /[A-Za-z_][A-Za-z0-9_]*[ \t]*\(/)) {
		name = substr(line, RSTART, RLENGTH - 1)
		sub(/[ \t]+$/, "", name)
		if (name in banned && begins(FILENAME, banned[name]))
			breach(name "() is banned")
		line = substr(line, RSTART + RLENGTH)
	}
}
