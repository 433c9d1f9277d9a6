# What every captures/*/record shares: two hosts joined by one cable, in network namespaces of their own, with nginx on
# one and a client on the other, and tcpdump between. Nothing here touches the machine's network; all ends with the script.
# Needs root, and unshare, nsenter, ip, ss, ethtool, tcpdump, nginx, curl, openssl (and editcap for pcapng).
set -eu

lab_folder=$(cd "$(dirname "$0")" && pwd)
lab_pki=$(cd "$lab_folder/../pki" && pwd)

# The first run enters namespaces of its own and starts the same script there: a pid namespace, so that no process
# outlives the script; a mount namespace, so that its scratch folder goes with it; and timeout, so that it ends.
if [ -z "${LAB_INSIDE:-}" ]; then
	[ "$(id -u)" = 0 ] || { echo "$0: needs root, to make network namespaces" >&2; exit 1; }
	exec env -i PATH="$PATH:/usr/sbin:/sbin" LAB_INSIDE=1 LC_ALL=C.UTF-8 \
		timeout 60 unshare --net --pid --mount --fork --kill-child --mount-proc sh "$0"
fi

lab=/run
mount -t tmpfs lab "$lab"
mkdir "$lab/www"
cd "$lab"

ask="My account is AAA, the password is 123, send me my balance"
hello="Hello, your balance is 100 Yuan"

# Runs a command on the server's host.
on_server()
{
	nsenter --net="/proc/$lab_server_host/ns/net" "$@"
}

# Says why on standard error and ends the script.
fail()
{
	echo "${lab_folder##*/}: $*" >&2
	exit 1
}

# Waits until a command succeeds, 5 seconds at most.
wait_until()
{
	tries=0
	until "$@"; do
		tries=$((tries + 1))
		[ $tries -lt 100 ] || fail "waited too long for: $*"
		sleep 0.05
	done
}

namespace_is_other()
{
	[ "$(readlink /proc/self/ns/net)" != "$(readlink "/proc/$lab_server_host/ns/net")" ]
}

# Joins the client's host (this one: 10.0.0.5) and the server's (192.0.2.7, .9 and .11) with one cable. There is no offload,
# so that segments and checksums are what a real cable carries, and no IPv6 and no ARP, so that only the talk is on it.
lab_wire()
{
	echo 1 >/proc/sys/net/ipv6/conf/default/disable_ipv6
	unshare --net sleep 60 &
	lab_server_host=$!
	wait_until namespace_is_other
	on_server sh -c 'echo 1 >/proc/sys/net/ipv6/conf/default/disable_ipv6'
	ip link add client0 address 02:00:00:00:00:05 type veth peer name server0 address 02:00:00:00:00:07
	ip link set server0 netns "$lab_server_host"
	for feature in tx tso gso gro; do
		ethtool -K client0 $feature off >/dev/null
		on_server ethtool -K server0 $feature off >/dev/null
	done
	ip address add 10.0.0.5 peer 192.0.2.0/24 dev client0
	ip link set client0 up
	on_server ip link set server0 up
	on_server ip neighbour replace 10.0.0.5 lladdr 02:00:00:00:00:05 dev server0
	for address in 192.0.2.7 192.0.2.9 192.0.2.11; do
		on_server ip address add $address peer 10.0.0.0/24 dev server0
		ip neighbour replace $address lladdr 02:00:00:00:00:07 dev client0
	done
}

lab_key=

# Adds a server to nginx: lab_server ADDRESS:PORT CERTIFICATE KEY DIRECTIVES, or lab_server ADDRESS:PORT for plain HTTP.
# CERTIFICATE and KEY are names in pki/. The first key is the one kept as server.key.
lab_server()
{
	place=$1 tls=
	if [ $# -gt 1 ]; then
		place="$1 ssl"
		tls="ssl_certificate $lab_pki/$2.pem; ssl_certificate_key $lab_pki/$3.key; $4"
		[ -n "$lab_key" ] || lab_key=$3
	fi
	cat >>servers.conf <<-CONF
		server {
			listen $place;
			server_name www.lab.test;
			$tls
			location = /balance { return 200 "$hello\n"; }
			location = /statement { error_page 405 =200 \$uri; }
		}
	CONF
}

server_listens()
{
	on_server ss -Hltn | grep -q .
}

no_server_listens()
{
	! server_listens
}

# Starts GnuTLS as the server, which says every word back: the words are more options.
lab_gnutls_server()
{
	lab_serve gnutls-serv --echo --disable-client-cert --port 443 "$@"
}

echo_is_heard()
{
	grep -q "$ask" answer
}

# Starts GnuTLS as the client, which sends what is written to descriptor 3: the words are more options, and the address.
lab_gnutls_client()
{
	[ -p client.words ] || mkfifo client.words
	SSLKEYLOGFILE=$lab/keys.log timeout 20 gnutls-cli --port 443 --x509cafile "$lab_pki/root.pem" \
		--sni-hostname www.lab.test --verify-hostname www.lab.test "$@" <client.words >answer 2>&1 &
	lab_client=$!
	exec 3>client.words
	wait_until client_said "Simple Client Mode"
}

# The client asks, the server says it back, and the client says goodbye.
lab_gnutls_talk()
{
	lab_request close >&3
	wait_until echo_is_heard
	exec 3>&-
	wait "$lab_client"
}

# Asks a server that says every word back, with GnuTLS: the words are more options, and the address.
lab_gnutls_dialogue()
{
	lab_gnutls_client "$@"
	lab_gnutls_talk
}

# Starts BoringSSL as the server: the words are more options.
lab_boring_server()
{
	lab_key=www
	lab_serve bssl-tool server -accept 443 -cert "$lab_pki/www.chain.pem" -key "$lab_pki/www.key" -loop "$@"
}

# Starts BoringSSL as the client, which sends what is written to descriptor 3: the words are more options.
lab_boring_client()
{
	[ -p client.words ] || mkfifo client.words
	SSLKEYLOGFILE=$lab/keys.log timeout 10 bssl-tool client -connect 192.0.2.7:443 \
		-root-certs "$lab_pki/root.pem" "$@" <client.words >answer 2>boring.said &
	lab_client=$!
	exec 3>client.words
}

# Makes the certificate database of NSS, nss, with the lab's authorities, and the certificate and key $1 of pki/.
lab_nss()
{
	mkdir nss
	certutil -N -d sql:nss --empty-password
	certutil -A -d sql:nss -n root -t C,, -i "$lab_pki/root.pem"
	certutil -A -d sql:nss -n intermediate -t ,, -i "$lab_pki/intermediate.pem"
	openssl pkcs12 -export -in "$lab_pki/$1.pem" -inkey "$lab_pki/$1.key" -name "$1" -passout pass: -out nss.p12
	pk12util -i nss.p12 -d sql:nss -W "" >nss.said
}

# Asks selfserv, the server of NSS, which answers in its own words, with NSS: the words are more options.
lab_nss_dialogue()
{
	[ -p client.words ] || mkfifo client.words
	SSLKEYLOGFILE=$lab/keys.log timeout 2 tstclnt -h 192.0.2.7 -p 443 -a www.lab.test -d sql:nss -f "$@" <client.words \
		>answer 2>nss.said &
	lab_client=$!
	exec 3>client.words
	printf 'GET / HTTP/1.0\r\nSubject: %s\r\n\r\n' "$ask" >&3
	wait_until client_said "^EOF"
	exec 3>&-
	wait "$lab_client" || : # it does not end by itself
}

# Asks with Node: the word is the options of its tls module.
lab_node()
{
	lab_request close | timeout 10 node --tls-keylog=keys.log "$lab_folder/../talk.js" ask "$1" >answer 2>node.said
}

# Asks with Java, which offers the protocols $1.
lab_java()
{
	lab_request close >request
	echo "192.0.2.7 www.lab.test" >hosts
	timeout 20 java -Djdk.net.hosts.file=hosts "$lab_folder/../Ask.java" "$lab_pki/root.pem" "$1" request >answer
}

# Starts nginx with the servers added, in an OpenSSL configuration of its own where $lab/server.cnf exists.
lab_start()
{
	cat >nginx.conf <<-CONF
		user root;
		daemon off;
		worker_processes 1;
		pid $lab/nginx.pid;
		error_log $lab/error.log;
		events { }
		http {
			access_log off;
			server_tokens off;
			default_type text/plain;
			root $lab/www;
			client_body_temp_path $lab/body;
			proxy_temp_path $lab/proxy;
			fastcgi_temp_path $lab/fastcgi;
			uwsgi_temp_path $lab/uwsgi;
			scgi_temp_path $lab/scgi;
			include $lab/servers.conf;
		}
	CONF
	lab_serve nginx -p "$lab" -c "$lab/nginx.conf"
}

# Starts a server by its command, on the server's host: it prints to served and served.said, and reads what is written to
# descriptor 4.
lab_serve()
{
	[ -p words ] || mkfifo words
	exec 4<>words
	nsenter --net="/proc/$lab_server_host/ns/net" "$@" <&4 >>served 2>>served.said &
	lab_daemon=$!
	wait_until server_listens
}

# Starts openssl as the server, with the certificate and key of www.lab.test: the words are more options. It reads the letters
# that are its commands, and answers, from descriptor 4.
lab_openssl_server()
{
	lab_key=www
	lab_serve openssl s_server -accept 192.0.2.7:443 -cert "$lab_pki/www.pem" -key "$lab_pki/www.key" \
		-cert_chain "$lab_pki/intermediate.pem" "$@"
}

question_is_heard()
{
	grep -q "$ask" served
}

answer_is_heard()
{
	grep -q "$hello" answer
}

# Answers the question once the server has heard it.
lab_answer()
{
	wait_until question_is_heard
	: >served
	printf 'HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: %s\r\n\r\n%s\n' $((${#hello} + 1)) "$hello" >&4
	wait_until answer_is_heard
}

client_said()
{
	grep -q "$1" answer
}

# Starts openssl as the client, which reads its commands, and what it shall send, from descriptor 3: the words are more options.
lab_openssl_client()
{
	[ -p client.words ] || mkfifo client.words
	exec 3<>client.words
	timeout 20 openssl s_client -connect 192.0.2.7:443 -servername www.lab.test -CAfile "$lab_pki/root.pem" \
		-keylogfile keys.log "$@" <&3 >answer 2>&1 &
	lab_client=$!
	wait_until client_said "Verify return code"
}

# The client asks, the server answers, and the client says goodbye by its command Q: all with openssl.
lab_openssl_talk()
{
	lab_request close >&3
	lab_answer
	echo Q >&3
	wait "$lab_client"
}

# The dialogue between openssl and openssl: the words are the client's options.
lab_openssl_dialogue()
{
	lab_openssl_client "$@"
	lab_openssl_talk
}

# Ends the server, so that another one can be started in its place.
lab_end_server()
{
	kill "$lab_daemon"
	wait "$lab_daemon" 2>/dev/null || :
	wait_until no_server_listens
}

tcpdump_listens()
{
	grep -q "listening on" tcpdump.said
}

# Starts recording on the client's end of the cable; more words are tcpdump's options or filter.
lab_listen()
{
	: >tcpdump.said
	tcpdump -Z root -i client0 -U --immediate-mode -w recorded.pcap "$@" 2>tcpdump.said &
	lab_tcpdump=$!
	wait_until tcpdump_listens
}

no_connection_is_open()
{
	! on_server ss -Htn exclude listening exclude time-wait exclude closed | grep -q .
}

# Ends the recording when the last goodbye was said.
lab_stop()
{
	wait_until no_connection_is_open
	sleep 0.2
	kill -INT "$lab_tcpdump"
	wait "$lab_tcpdump" || :
	grep -q "^0 packets dropped by kernel" tcpdump.said || fail "tcpdump lost packets"
	kill "$lab_daemon" "$lab_server_host" 2>/dev/null || :
	wait "$lab_daemon" "$lab_server_host" 2>/dev/null || :
}

# Keeps the recording (or the file named, if any) as capture.pcap or .pcapng, with the key log, the key and the root.
lab_keep()
{
	kept=${1:-recorded.pcap}
	install -m 644 "$kept" "$lab_folder/capture.${kept##*.}"
	[ ! -s keys.log ] || install -m 644 keys.log "$lab_folder/keys.log"
	[ -z "$lab_key" ] || install -m 644 "$lab_pki/$lab_key.key" "$lab_folder/server.key"
	[ -z "$lab_key" ] || install -m 644 "$lab_pki/root.pem" "$lab_folder/ca.pem"
}

# Keeps only the TCP stream on which the question was asked: a browser opens more than it needs.
lab_one_talk()
{
	stream=$(WIRESHARK_CONFIG_DIR=$lab tshark -nr recorded.pcap -o "tls.keylog_file:$lab/keys.log" -Y http.request \
		-T fields -e tcp.stream 2>tshark.said | head -n 1)
	tshark -nr recorded.pcap -Y "tcp.stream == ${stream:?no question}" -F pcap -w talk.pcap 2>tshark.said
	mv talk.pcap recorded.pcap
	random=$(tshark -nr recorded.pcap -Y "tls.handshake.type == 1" -T fields -e tls.handshake.random 2>tshark.said)
	grep "$random" keys.log >talk.log
	mv talk.log keys.log
}

# Asks the story's question with curl: the words are more options of curl, and the address to ask.
lab_ask()
{
	SSLKEYLOGFILE=$lab/keys.log curl -q --silent --show-error --max-time 10 \
		--cacert "$lab_pki/root.pem" --resolve www.lab.test:80:192.0.2.7 --resolve www.lab.test:443:192.0.2.7 \
		--header "Content-Type: text/plain" --data "$ask" "$@" >answer
}

# Writes the story's question, as curl would ask it, to standard output; the word is the Connection header's.
lab_request()
{
	printf 'POST /balance HTTP/1.1\r\nHost: www.lab.test\r\nConnection: %s\r\n' "$1"
	printf 'Content-Type: text/plain\r\nContent-Length: %s\r\n\r\n%s' ${#ask} "$ask"
}

# Talks to the server with openssl, which sends standard input and ends when the server does: the words are more options.
lab_openssl()
{
	timeout 10 openssl s_client -quiet -connect 192.0.2.7:443 -servername www.lab.test -CAfile "$lab_pki/root.pem" \
		-keylogfile keys.log "$@" 2>openssl.said
}

# Makes sure that the client read the story's answer.
lab_answered()
{
	grep -q "$hello" answer || fail "the client did not get the answer"
}

# Writes a page for a browser, page.html, that asks the story's question by itself.
lab_page()
{
	cat >page.html <<-HTML
		<script>fetch("https://www.lab.test/balance", {method: "POST", mode: "no-cors", body: "$ask"})</script>
	HTML
}

question_was_answered()
{
	grep -q '"POST /balance HTTP/1.1" 200' access.log
}

# The whole of a plain recording: one server, one question, one answer. The words are curl's.
lab_dialogue()
{
	lab_wire
	lab_start
	lab_listen
	lab_ask "$@"
	lab_answered
	lab_stop
}
