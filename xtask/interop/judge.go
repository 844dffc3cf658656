// Judges client certificate chains as a Go server does: one JSON document in, one out.
package main

import (
	"bytes"
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"os"
	"time"
)

type document struct {
	At time.Time `json:"at"`
	// DER, each certificate once; the cases name them by position.
	Certificates [][]byte `json:"certificates"`
	Cases        []chain  `json:"cases"`
}

type chain struct {
	ID     string `json:"id"`
	Bundle []int  `json:"bundle"`
	Leaf   int    `json:"leaf"`
	Sent   []int  `json:"sent"`
}

type verdicts struct {
	// Why a certificate cannot be parsed; empty where it can.
	Certificates []string `json:"certificates"`
	// Their subjects as Go prints them; empty where it cannot parse them.
	Subjects []string  `json:"subjects"`
	Cases    []verdict `json:"cases"`
}

type verdict struct {
	ID       string `json:"id"`
	Accepted bool   `json:"accepted"`
	Error    string `json:"error"`
}

func main() {
	run := judge
	if len(os.Args) > 1 {
		switch os.Args[1] {
		case "pem":
			run = readPEM
		case "readers":
			run = readFiles
		}
	}
	if err := run(); err != nil {
		fmt.Fprintln(os.Stderr, "judge:", err)
		os.Exit(1)
	}
}

// readPEM answers a list of files with the labels of the blocks that are read from each.
func readPEM() error {
	var texts [][]byte
	if err := json.NewDecoder(os.Stdin).Decode(&texts); err != nil {
		return err
	}
	out := make([][]string, 0, len(texts))
	for _, rest := range texts {
		labels := []string{}
		for {
			var block *pem.Block
			if block, rest = pem.Decode(rest); block == nil {
				break
			}
			labels = append(labels, block.Type)
		}
		out = append(out, labels)
	}
	return json.NewEncoder(os.Stdout).Encode(out)
}

func judge() error {
	var given document
	if err := json.NewDecoder(os.Stdin).Decode(&given); err != nil {
		return err
	}
	parsed := make([]*x509.Certificate, len(given.Certificates))
	out := verdicts{
		Certificates: make([]string, len(given.Certificates)),
		Subjects:     make([]string, len(given.Certificates)),
		Cases:        make([]verdict, 0, len(given.Cases)),
	}
	for i, der := range given.Certificates {
		certificate, err := x509.ParseCertificate(der)
		if err != nil {
			out.Certificates[i] = err.Error()
			continue
		}
		parsed[i] = certificate
		out.Subjects[i] = certificate.Subject.String()
	}
	for _, c := range given.Cases {
		answer := verdict{ID: c.ID, Accepted: true}
		if err := verify(c, parsed, out.Certificates, given.At); err != nil {
			answer.Accepted, answer.Error = false, err.Error()
		}
		out.Cases = append(out.Cases, answer)
	}
	return json.NewEncoder(os.Stdout).Encode(out)
}

func verify(c chain, parsed []*x509.Certificate, unparsed []string, at time.Time) error {
	roots, intermediates := x509.NewCertPool(), x509.NewCertPool()
	for _, i := range c.Bundle {
		certificate := parsed[i]
		switch {
		case certificate == nil:
			// Go's own readers of bundles leave it out as well.
		case bytes.Equal(certificate.RawSubject, certificate.RawIssuer):
			roots.AddCert(certificate)
		default:
			intermediates.AddCert(certificate)
		}
	}
	for _, i := range append([]int{c.Leaf}, c.Sent...) {
		if parsed[i] == nil {
			return fmt.Errorf("parse: %s", unparsed[i])
		}
	}
	for _, i := range c.Sent {
		intermediates.AddCert(parsed[i])
	}
	_, err := parsed[c.Leaf].Verify(x509.VerifyOptions{
		Roots:         roots,
		Intermediates: intermediates,
		CurrentTime:   at,
		KeyUsages:     []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth},
	})
	return err
}
