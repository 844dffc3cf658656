// Go's crypto/tls and net/http as a rival of `cargo xtask bench serve`: server FOLDER CA READY-FILE
package main

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"io"
	"log"
	"net"
	"net/http"
	"os"
	"path/filepath"
)

func main() {
	if err := serve(os.Args[1], os.Args[2], os.Args[3]); err != nil {
		log.Fatal(err)
	}
}

func serve(folder, authority, ready string) error {
	pem, err := os.ReadFile(authority)
	if err != nil {
		return err
	}
	authorities := x509.NewCertPool()
	if !authorities.AppendCertsFromPEM(pem) {
		return errors.New("no CA in " + authority)
	}
	own, err := tls.LoadX509KeyPair(filepath.Join(folder, "server.pem"), filepath.Join(folder, "server.key"))
	if err != nil {
		return err
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	server := http.Server{
		Handler: http.HandlerFunc(func(http.ResponseWriter, *http.Request) {}),
		// What a connection logs is no part of the measurement.
		ErrorLog: log.New(io.Discard, "", 0),
		TLSConfig: &tls.Config{
			Certificates:           []tls.Certificate{own},
			ClientAuth:             tls.RequireAndVerifyClientCert,
			ClientCAs:              authorities,
			CurvePreferences:       []tls.CurveID{tls.X25519},
			MinVersion:             tls.VersionTLS13,
			NextProtos:             []string{"h2"},
			SessionTicketsDisabled: true,
		},
	}
	// The queue of the listener takes connections from here on.
	if err := os.WriteFile(ready+".new", []byte(listener.Addr().String()+"\n"), 0o644); err != nil {
		return err
	}
	if err := os.Rename(ready+".new", ready); err != nil {
		return err
	}
	return server.ServeTLS(listener, "", "")
}
