// Greets a door that speaks HTTP/2 with Go's crypto/tls, and prints what came of it.
package main

import (
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"net"
	"os"
	"time"
)

const (
	patience = 15 * time.Second
	preface  = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\x00\x00\x00\x04\x00\x00\x00\x00\x00"
	settings = 4
)

var (
	address    = flag.String("address", "", "`HOST:PORT`")
	_          = flag.String("namespace", "", "not needed for a greeting")
	serverName = flag.String("server-name", "", "`NAME` that is sent and expected")
	serverCA   = flag.String("server-ca", "", "`FILE`")
	cert       = flag.String("cert", "", "`FILE`")
	key        = flag.String("key", "", "`FILE`")
	maxVersion = flag.String("max-version", "", "highest `VERSION` of TLS, if not the latest")
	alpn       = flag.String("alpn", "h2", "`PROTOCOL` that is offered, or none")
)

func main() {
	flag.Parse()
	answer := map[string]string{"result": "ok"}
	if err := greet(); err != nil {
		answer = map[string]string{"result": "refused", "text": err.Error()}
	}
	line, _ := json.Marshal(answer)
	fmt.Println(string(line))
}

func greet() error {
	roots := x509.NewCertPool()
	authorities, err := os.ReadFile(*serverCA)
	if err != nil || !roots.AppendCertsFromPEM(authorities) {
		return fmt.Errorf("failed to read %s: %w", *serverCA, err)
	}
	config := &tls.Config{RootCAs: roots, ServerName: *serverName}
	if *alpn != "none" {
		config.NextProtos = []string{*alpn}
	}
	if *maxVersion == "1.2" {
		config.MaxVersion = tls.VersionTLS12
	}
	if *cert != "" {
		pair, err := tls.LoadX509KeyPair(*cert, *key)
		if err != nil {
			return err
		}
		config.Certificates = []tls.Certificate{pair}
	}
	stream, err := tls.DialWithDialer(&net.Dialer{Timeout: patience}, "tcp", *address, config)
	if err != nil {
		return err
	}
	defer stream.Close()
	if err := stream.SetDeadline(time.Now().Add(patience)); err != nil {
		return err
	}
	if _, err := io.WriteString(stream, preface); err != nil {
		return err
	}
	head := make([]byte, 9)
	if _, err := io.ReadFull(stream, head); err != nil {
		return err
	}
	if head[3] != settings {
		return fmt.Errorf("a frame of type %d instead of SETTINGS", head[3])
	}
	return nil
}
