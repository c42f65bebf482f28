// Signs certificates as Cilium's certificate Job does (github.com/cilium/certgen, which no module proxy serves). It
// reads one JSON object with a certificate authority and the Job's own list of certificates, and writes the signed ones.
package main

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"math/big"
	"net"
	"os"
	"time"
)

type input struct {
	CA    pair      `json:"ca"`
	Certs []request `json:"certs"`
}

type pair struct {
	Certificate string `json:"certificate"`
	Key         string `json:"key"`
}

// As in the value of CILIUM_CERTGEN_CONFIG.
type request struct {
	Name       string   `json:"name"`
	Namespace  string   `json:"namespace"`
	CommonName string   `json:"commonName"`
	Hosts      []string `json:"hosts"`
	Usage      []string `json:"usage"`
	Validity   string   `json:"validity"`
}

func main() {
	if err := run(); err != nil {
		fmt.Fprintln(os.Stderr, "certificates:", err)
		os.Exit(1)
	}
}

func run() error {
	var in input
	decoder := json.NewDecoder(os.Stdin)
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(&in); err != nil {
		return err
	}
	ca, err := tls.X509KeyPair([]byte(in.CA.Certificate), []byte(in.CA.Key))
	if err != nil {
		return fmt.Errorf("the certificate authority: %w", err)
	}
	authority, err := x509.ParseCertificate(ca.Certificate[0])
	if err != nil {
		return fmt.Errorf("the certificate authority: %w", err)
	}
	signed := make([]pair, len(in.Certs))
	for i, each := range in.Certs {
		if signed[i], err = sign(each, authority, ca.PrivateKey); err != nil {
			return fmt.Errorf("%s: %w", each.Name, err)
		}
	}
	return json.NewEncoder(os.Stdout).Encode(signed)
}

func sign(each request, authority *x509.Certificate, authorityKey crypto.PrivateKey) (pair, error) {
	validity, err := time.ParseDuration(each.Validity)
	if err != nil {
		return pair{}, err
	}
	serial, err := rand.Int(rand.Reader, new(big.Int).Lsh(big.NewInt(1), 128))
	if err != nil {
		return pair{}, err
	}
	template := x509.Certificate{
		SerialNumber: serial,
		Subject:      pkix.Name{CommonName: each.CommonName},
		NotBefore:    time.Now().Add(-5 * time.Minute),
		NotAfter:     time.Now().Add(validity),
	}
	for _, usage := range each.Usage {
		switch usage {
		case "signing":
			template.KeyUsage |= x509.KeyUsageDigitalSignature
		case "key encipherment":
			template.KeyUsage |= x509.KeyUsageKeyEncipherment
		case "server auth":
			template.ExtKeyUsage = append(template.ExtKeyUsage, x509.ExtKeyUsageServerAuth)
		case "client auth":
			template.ExtKeyUsage = append(template.ExtKeyUsage, x509.ExtKeyUsageClientAuth)
		default:
			return pair{}, fmt.Errorf("usage %q is not known here", usage)
		}
	}
	for _, host := range each.Hosts {
		if ip := net.ParseIP(host); ip != nil {
			template.IPAddresses = append(template.IPAddresses, ip)
		} else {
			template.DNSNames = append(template.DNSNames, host)
		}
	}
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return pair{}, err
	}
	certificate, err := x509.CreateCertificate(rand.Reader, &template, authority, key.Public(), authorityKey)
	if err != nil {
		return pair{}, err
	}
	der, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		return pair{}, err
	}
	return pair{Certificate: encode("CERTIFICATE", certificate), Key: encode("PRIVATE KEY", der)}, nil
}

func encode(kind string, der []byte) string {
	return string(pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: der}))
}
