// Command crds writes what imports/ is generated from into the folder given as its only argument: the
// CustomResourceDefinitions of the kinds this library uses, and the values schema of Cilium's Helm chart.
//
// All of it comes out of the modules named in go.mod: to follow another Cilium release, change its version there.
package main

import (
	"fmt"
	"log"
	"log/slog"
	"os"
	"os/exec"
	"path/filepath"
	"strings"

	ciliumio "github.com/cilium/cilium/pkg/k8s/apis/cilium.io"
	"github.com/cilium/cilium/pkg/k8s/apis/cilium.io/client"
	apiextensionsv1 "k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	mcscrd "sigs.k8s.io/mcs-api/config/crd"
	"sigs.k8s.io/yaml"
)

// ciliumCRDs are names in Cilium's client package: a kind and the schema's version.
var ciliumCRDs = []string{client.CNPCRDName, client.CCNPCRDName, client.CCGCRDName, client.LBIPPoolCRDName}

func main() {
	log.SetFlags(0)
	log.SetPrefix("crds: ")
	if len(os.Args) != 2 {
		log.Fatal("usage: go run . FOLDER")
	}
	if err := write(os.Args[1]); err != nil {
		log.Fatal(err)
	}
}

func write(folder string) error {
	if err := os.MkdirAll(folder, 0o755); err != nil {
		return err
	}
	// Byte for byte: mcs-api exports its CRDs as YAML, with its release in a label.
	crds := [][]byte{mcscrd.ServiceExportCRD, mcscrd.ServiceImportCRD}
	for _, name := range ciliumCRDs {
		crd, err := ciliumCRD(name)
		if err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
		crds = append(crds, crd)
	}
	for _, crd := range crds {
		var meta metav1.PartialObjectMetadata
		if err := yaml.Unmarshal(crd, &meta); err != nil {
			return err
		}
		// A CRD's name is always <plural>.<group>; the API server accepts no other.
		if err := os.WriteFile(filepath.Join(folder, meta.Name+".yaml"), crd, 0o644); err != nil {
			return err
		}
	}
	schema, err := valuesSchema()
	if err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(folder, "cilium-values.schema.json"), schema, 0o644)
}

// ciliumCRD returns a CRD as YAML, its keys sorted.
func ciliumCRD(name string) ([]byte, error) {
	crd := client.GetPregeneratedCRD(slog.Default(), name)
	// The label that Cilium sets when it registers its CRDs (constructV1CRD in the client package): it tells releases apart.
	metav1.SetMetaDataLabel(&crd.ObjectMeta, ciliumio.CustomResourceDefinitionSchemaVersionKey, ciliumio.CustomResourceDefinitionSchemaVersion)
	// A struct of its own, because CustomResourceDefinition would add an empty status, which only the API server writes.
	return yaml.Marshal(struct {
		metav1.TypeMeta   `json:",inline"`
		metav1.ObjectMeta `json:"metadata"`
		Spec              apiextensionsv1.CustomResourceDefinitionSpec `json:"spec"`
	}{crd.TypeMeta, crd.ObjectMeta, crd.Spec})
}

// valuesSchema reads the schema from the module's folder: no Go package of Cilium embeds its Helm chart.
func valuesSchema() ([]byte, error) {
	list := exec.Command("go", "list", "-m", "-f", "{{.Dir}}", "github.com/cilium/cilium")
	list.Stderr = os.Stderr
	dir, err := list.Output()
	if err != nil {
		return nil, fmt.Errorf("%s: %w", list, err)
	}
	return os.ReadFile(filepath.Join(strings.TrimSpace(string(dir)), "install/kubernetes/cilium/values.schema.json"))
}
