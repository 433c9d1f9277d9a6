# What the recordings of openings share beside lab.sh: servers whose protocols begin in clear and turn to TLS, and clients
# for them. Needs the server that each function names (Debian: dovecot-*, postfix, vsftpd, prosody, inspircd, slapd,
# postgresql, mariadb-server, haproxy, tinyproxy, microsocks), openssl, curl and socat.
. "$(dirname "$0")/../lab.sh"

lab_port=
chain=$lab_pki/www.chain.pem key=$lab_pki/www.key

port_listens()
{
	on_server ss -Hltn "sport = :$lab_port" | grep -q .
}

# Starts a server by its command, on the server's host, and waits for its port: lab_serve_at PORT COMMAND...
lab_serve_at()
{
	lab_port=$1 lab_key=www
	shift
	on_server "$@" >>served 2>>served.said </dev/null &
	lab_daemon=$!
	wait_until port_listens
}

# Writes lines as they are sent, each ended by CR LF, with time for each answer.
lab_say()
{
	for line in "$@"; do
		sleep 0.3
		printf '%s\r\n' "$line"
	done
	sleep 0.3
}

# Turns to TLS and says lines: lab_starttls PROTOCOL PORT LINE...
lab_starttls()
{
	protocol=$1 port=$2 name=client.lab.test
	[ "$1" != xmpp ] || name=www.lab.test
	shift 2
	lab_say "$@" | timeout 10 openssl s_client -quiet -starttls "$protocol" -connect "192.0.2.7:$port" -name $name \
		-servername www.lab.test -CAfile "$lab_pki/root.pem" -keylogfile keys.log \
		>answer 2>openssl.said || :
	grep -q "verify return:1" openssl.said || fail "no TLS"
}

# Says lines in clear: lab_clear PORT LINE...
lab_clear()
{
	port=$1
	shift
	lab_say "$@" | timeout 10 socat -t 3 - "TCP4:192.0.2.7:$port" >answer || :
}

# Starts dovecot for one protocol (imap, pop3, lmtp or sieve) at a port: the account is AAA, the password 123. The last word
# is yes or no: whether it can do TLS.
lab_dovecot()
{
	mkdir -p mail && chmod 777 mail
	cat >dovecot.conf <<-CONF
		base_dir = $lab/dovecot
		state_dir = $lab/dovecot-state
		log_path = $lab/dovecot.log
		listen = 192.0.2.7
		hostname = mail.lab.test
		protocols = $1
		ssl = $3
		ssl_cert = <$chain
		ssl_key = <$key
		disable_plaintext_auth = no
		auth_mechanisms = plain login
		mail_location = maildir:$lab/mail/%u
		passdb {
			driver = static
			args = password=123
		}
		userdb {
			driver = static
			args = uid=nobody gid=nogroup home=$lab/mail/%u
		}
		service imap-login {
			inet_listener imaps {
				port = 0
			}
		}
		service pop3-login {
			inet_listener pop3s {
				port = 0
			}
		}
		service lmtp {
			inet_listener lmtp {
				port = 24
			}
		}
	CONF
	lab_serve_at "$2" dovecot -F -c "$lab/dovecot.conf"
}

lab_postfix()
{
	mkdir -p postfix/queue postfix/data
	cp -r /etc/postfix/master.cf postfix/
	chown postfix postfix/data
	cat >postfix/main.cf <<-CONF
		compatibility_level = 3.6
		queue_directory = $lab/postfix/queue
		data_directory = $lab/postfix/data
		command_directory = /usr/sbin
		daemon_directory = /usr/lib/postfix/sbin
		mail_owner = postfix
		setgid_group = postdrop
		myhostname = mail.lab.test
		mydestination = lab.test
		inet_interfaces = 192.0.2.7
		inet_protocols = ipv4
		maillog_file = /var/log/postfix-lab.log
		smtpd_tls_chain_files = $lab/postfix/key-and-chain.pem
		smtpd_tls_security_level = $1
	CONF
	cat "$key" "$chain" >postfix/key-and-chain.pem
	sed -i '/^smtp *inet/s/ y  / n  /' postfix/master.cf
	mount -t tmpfs log /var/log
	lab_serve_at 25 /usr/sbin/postfix -c "$lab/postfix" start-fg
}

lab_vsftpd()
{
	cat "$key" "$chain" >ftp.pem
	mkdir -p empty
	cat >vsftpd.conf <<-CONF
		listen=YES
		listen_address=192.0.2.7
		background=NO
		anonymous_enable=YES
		anon_root=$lab/empty
		secure_chroot_dir=$lab/empty
		ssl_enable=YES
		allow_anon_ssl=YES
		ssl_ciphers=HIGH
		require_ssl_reuse=NO
		rsa_cert_file=$lab/ftp.pem
		seccomp_sandbox=NO
		isolate_network=NO
		isolate=NO
	CONF
	lab_serve_at 21 vsftpd "$lab/vsftpd.conf"
}

lab_slapd()
{
	mkdir -p ldap
	cat >slapd.conf <<-CONF
		include /etc/ldap/schema/core.schema
		modulepath /usr/lib/ldap
		moduleload back_mdb
		TLSCertificateFile $chain
		TLSCertificateKeyFile $key
		database mdb
		suffix "dc=lab,dc=test"
		rootdn "cn=AAA,dc=lab,dc=test"
		rootpw 123
		directory $lab/ldap
	CONF
	lab_serve_at 389 slapd -d 0 -f "$lab/slapd.conf" -h ldap://192.0.2.7:389
}

# Starts PostgreSQL; the word is on or off: whether it can do TLS.
lab_postgresql()
{
	bin=$(ls -d /usr/lib/postgresql/*/bin | tail -n 1)
	mkdir -p pg && chown postgres pg
	install -o postgres -m 600 "$key" pg.key
	install -o postgres -m 644 "$chain" pg.pem
	printf '123\n' >pg.pass && chown postgres pg.pass
	setpriv --reuid postgres --regid postgres --clear-groups "$bin/initdb" -D "$lab/pg/data" -U AAA -A password \
		--pwfile pg.pass >initdb.said 2>&1
	printf 'host all all all password\n' >>pg/data/pg_hba.conf
	lab_serve_at 5432 setpriv --reuid postgres --regid postgres --clear-groups "$bin/postgres" -D "$lab/pg/data" \
		-c listen_addresses=192.0.2.7 -c unix_socket_directories="$lab/pg" -c ssl="$1" \
		-c ssl_cert_file="$lab/pg.pem" -c ssl_key_file="$lab/pg.key"
}

# Starts MariaDB; more words are its options.
lab_mariadb()
{
	mkdir -p my && chown mysql my
	install -o mysql -m 600 "$key" my.key
	install -o mysql -m 644 "$chain" my.pem
	mariadb-install-db --no-defaults --user=mysql --datadir="$lab/my/data" --skip-test-db --auth-root-authentication-method=normal \
		>install.said 2>&1
	printf "create user AAA identified by '123';\n" >my/start.sql
	chmod 644 my/start.sql
	lab_serve_at 3306 mariadbd --no-defaults --user=mysql --datadir="$lab/my/data" --bind-address=192.0.2.7 \
		--socket="$lab/my/socket" --init-file="$lab/my/start.sql" --skip-name-resolve "$@"
}

lab_prosody()
{
	mkdir -p prosody certs && chown prosody prosody
	install -o prosody -m 600 "$key" certs/www.lab.test.key
	install -o prosody -m 644 "$chain" certs/www.lab.test.crt
	cat >prosody.cfg.lua <<-CONF
		pidfile = "$lab/prosody/pid"
		data_path = "$lab/prosody"
		plugin_paths = {}
		modules_enabled = { "saslauth", "tls" }
		modules_disabled = { "s2s", "offline", "posix" }
		interfaces = { "192.0.2.7" }
		daemonize = false
		log = { info = "$lab/prosody/log" }
		VirtualHost "www.lab.test"
		ssl = { certificate = "$lab/certs/www.lab.test.crt", key = "$lab/certs/www.lab.test.key" }
	CONF
	lab_serve_at 5222 setpriv --reuid prosody --regid prosody --clear-groups prosody -F --config "$lab/prosody.cfg.lua"
}

lab_inspircd()
{
	mkdir -p irc && chmod 777 irc
	cp "$key" irc/key.pem; cp "$chain" irc/cert.pem; chmod 644 irc/*.pem
	cat >irc/conf <<-CONF
		<server name="www.lab.test" description="lab" network="lab">
		<admin name="AAA" nick="AAA" email="AAA@lab.test">
		<bind address="192.0.2.7" port="6667" type="clients">
		<connect allow="*" maxchans="5" resolvehostnames="no" useident="no" timeout="10">
		<module name="ssl_gnutls">
		<gnutls certfile="$lab/irc/cert.pem" keyfile="$lab/irc/key.pem">
		<sslprofile name="gnutls" provider="gnutls" certfile="$lab/irc/cert.pem" keyfile="$lab/irc/key.pem">
		<module name="cap">
		<module name="starttls">
		<starttls sslprofile="gnutls">
		<path datadir="$lab/irc" logdir="$lab/irc" runtimedir="$lab/irc">
		<pid file="$lab/irc/pid">
		<log method="file" type="*" level="default" target="log">
	CONF
	lab_serve_at 6667 setpriv --reuid irc --regid irc --clear-groups inspircd --nofork --config "$lab/irc/conf"
}

# Starts haproxy on the client's host, which passes on what comes to port 8443; the words are its options for the server.
lab_haproxy()
{
	ip link set lo up
	cat "$chain" "$key" >haproxy.pem
	cat >haproxy.cfg <<-CONF
		defaults
			mode tcp
			timeout connect 5s
			timeout client 5s
			timeout server 5s
		frontend front
			bind 127.0.0.1:8443 $1
			default_backend back
		backend back
			server www 192.0.2.7:443 $2
	CONF
	haproxy -f haproxy.cfg >haproxy.said 2>&1 &
	lab_proxy=$!
	wait_until lab_proxy_listens
}

lab_proxy_listens()
{
	ss -Hltn "sport = :8443" | grep -q .
}

lab_xrdp()
{
	sed -e 's/^port=3389/port=tcp:\/\/192.0.2.7:3389/' -e 's/^security_layer=.*/security_layer=tls/' \
		-e "s|^certificate=.*|certificate=$chain|" -e "s|^key_file=.*|key_file=$key|" \
		-e "s|^LogFile=.*|LogFile=$lab/xrdp.log|" -e 's/^EnableSyslog=.*/EnableSyslog=false/' /etc/xrdp/xrdp.ini >xrdp.ini
	mkdir -p xrdp
	lab_serve_at 3389 xrdp --nodaemon --config "$lab/xrdp.ini"
}
