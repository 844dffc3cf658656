package main

import (
	"bytes"
	"crypto/sha1"
	"crypto/x509"
	"encoding/hex"
	"encoding/json"
	"encoding/pem"
	"errors"
	"fmt"
	"os"
	"time"
)

// given is a file, and a client to be judged by it: leaf first, DER; none where the file alone is asked about.
type given struct {
	Text   []byte    `json:"text"`
	Client [][]byte  `json:"client"`
	At     time.Time `json:"at"`
}

// reading is what became of a file in one reader's hands.
type reading struct {
	Error string `json:"error"`
	// Fingerprints, in order.
	Certificates []string `json:"certificates"`
}

type readings struct {
	Tcld      reading `json:"tcld"`
	CloudCLI  reading `json:"cloud-cli"`
	Terraform reading `json:"terraform"`
	Go        reading `json:"go"`
	// Verify is empty where the client is accepted; nil where none was given.
	Verify *string `json:"verify"`
}

func readFiles() error {
	var files []given
	if err := json.NewDecoder(os.Stdin).Decode(&files); err != nil {
		return err
	}
	out := make([]readings, 0, len(files))
	for _, file := range files {
		all := readings{
			Tcld:      guarded(file.Text, likeTcld),
			CloudCLI:  guarded(file.Text, likeCloudCLI),
			Terraform: guarded(file.Text, likeTerraform),
		}
		pool, taken := likePool(file.Text)
		all.Go = taken
		if len(file.Client) > 0 {
			said := ""
			if err := judgeClient(file, pool); err != nil {
				said = err.Error()
			}
			all.Verify = &said
		}
		out = append(out, all)
	}
	return json.NewEncoder(os.Stdout).Encode(out)
}

// row is what the three uploaders share: the joined bytes of all blocks, the blocks' number, and what is left.
func row(text []byte) (joined []byte, blocks int, rest []byte) {
	rest = text
	for {
		block, remaining := pem.Decode(rest)
		if block == nil {
			return joined, blocks, rest
		}
		joined = append(joined, block.Bytes...)
		blocks++
		rest = remaining
	}
}

// paired parses the row and gives each certificate its block, as tcld and the cloud CLI do.
func paired(joined []byte, blocks int) ([]*x509.Certificate, error) {
	certificates, err := x509.ParseCertificates(joined)
	if err != nil {
		return nil, err
	}
	payloads := make([]struct{}, blocks)
	for i := range certificates {
		_ = payloads[i]
	}
	return certificates, nil
}

func likeTcld(text []byte) ([]*x509.Certificate, error) {
	joined, blocks, rest := row(text)
	switch {
	case len(joined) == 0:
		return nil, errors.New("failed to decode certificates")
	case len(rest) > 0:
		return nil, fmt.Errorf("failed to parse one or more certificates, remainingBytesLen=%d", len(rest))
	}
	certificates, err := paired(joined, blocks)
	if err != nil {
		return nil, fmt.Errorf("failed to parse certificates: %w", err)
	}
	return certificates, nil
}

func likeCloudCLI(text []byte) ([]*x509.Certificate, error) {
	joined, blocks, _ := row(text)
	certificates, err := paired(joined, blocks)
	if err == nil && len(certificates) == 0 {
		err = errors.New("invalid certificate")
	}
	return certificates, err
}

func likeTerraform(text []byte) ([]*x509.Certificate, error) {
	if len(text) == 0 {
		return nil, errors.New("no certificates received")
	}
	joined, _, rest := row(text)
	if len(bytes.TrimSpace(rest)) > 0 {
		return nil, errors.New("malformed certificates")
	}
	return x509.ParseCertificates(joined)
}

func likePool(text []byte) (*x509.CertPool, reading) {
	pool := x509.NewCertPool()
	taken := reading{Certificates: []string{}}
	if !pool.AppendCertsFromPEM(text) {
		taken.Error = "false"
	}
	// The pool does not show what is in it: each block is offered to a pool of its own.
	for rest := text; ; {
		block, remaining := pem.Decode(rest)
		if block == nil {
			return pool, taken
		}
		if x509.NewCertPool().AppendCertsFromPEM(rest[:len(rest)-len(remaining)]) {
			taken.Certificates = append(taken.Certificates, fingerprint(block.Bytes))
		}
		rest = remaining
	}
}

func judgeClient(file given, pool *x509.CertPool) error {
	intermediates := x509.NewCertPool()
	var leaf *x509.Certificate
	for i, der := range file.Client {
		certificate, err := x509.ParseCertificate(der)
		if err != nil {
			return fmt.Errorf("tls: failed to parse certificate from client: %w", err)
		}
		if i == 0 {
			leaf = certificate
		} else {
			intermediates.AddCert(certificate)
		}
	}
	_, err := leaf.Verify(x509.VerifyOptions{
		Roots:         pool,
		Intermediates: intermediates,
		CurrentTime:   file.At,
		KeyUsages:     []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth},
	})
	return err
}

// guarded turns a panic into what the program would print of it.
func guarded(text []byte, read func([]byte) ([]*x509.Certificate, error)) (out reading) {
	out.Certificates = []string{}
	defer func() {
		if problem := recover(); problem != nil {
			out.Error = fmt.Sprint("panic: ", problem)
		}
	}()
	certificates, err := read(text)
	if err != nil {
		out.Error = err.Error()
		return out
	}
	for _, certificate := range certificates {
		out.Certificates = append(out.Certificates, fingerprint(certificate.Raw))
	}
	return out
}

func fingerprint(der []byte) string {
	sum := sha1.Sum(der)
	return hex.EncodeToString(sum[:])
}
