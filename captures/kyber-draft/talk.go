// The dialogue by Go: talk serve CHAIN KEY ANSWER answers one client on 192.0.2.7:443; talk ask ROOT REQUEST prints what the
// server answers, and writes keys.log.
package main

import (
	"crypto/tls"
	"crypto/x509"
	"io"
	"net"
	"os"
)

func try[T any](value T, err error) T {
	if err != nil {
		panic(err)
	}
	return value
}

func serve(chain, key, answer string) {
	pair := try(tls.LoadX509KeyPair(chain, key))
	config := &tls.Config{Certificates: []tls.Certificate{pair}, NextProtos: []string{"http/1.1"}}
	talk := try(try(tls.Listen("tcp4", "192.0.2.7:443", config)).Accept())
	try(talk.Read(make([]byte, 4096)))
	try(talk.Write([]byte(answer)))
	talk.Close()
}

func ask(root, request string) {
	roots := x509.NewCertPool()
	roots.AppendCertsFromPEM(try(os.ReadFile(root)))
	config := &tls.Config{RootCAs: roots, ServerName: "www.lab.test", NextProtos: []string{"h2", "http/1.1"},
		KeyLogWriter: try(os.Create("keys.log"))}
	talk := tls.Client(try(net.Dial("tcp4", "192.0.2.7:443")), config)
	try(talk.Write([]byte(request)))
	try(io.Copy(os.Stdout, talk))
	talk.Close()
}

func main() {
	if os.Args[1] == "serve" {
		serve(os.Args[2], os.Args[3], os.Args[4])
	} else {
		ask(os.Args[2], os.Args[3])
	}
}
