// Command crds writes the sources of imports/ into the folder that is its only argument:
//
//   - the CustomResourceDefinitions of the kinds that this library uses
//   - the values schema of Cilium's Helm chart
//   - the values that the chart's templates accept beyond that schema
//
// All of it comes from the modules in go.mod. To follow another Cilium release, change its version there.
package main

import (
	"encoding/json"
	"fmt"
	"io/fs"
	"log"
	"log/slog"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
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
	chart, err := chartFolder()
	if err != nil {
		return err
	}
	schema, err := os.ReadFile(filepath.Join(chart, "values.schema.json"))
	if err != nil {
		return err
	}
	if err := os.WriteFile(filepath.Join(folder, "cilium-values.schema.json"), schema, 0o644); err != nil {
		return err
	}
	beyond, err := templateValues(filepath.Join(chart, "templates"))
	if err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(folder, "cilium-values.templates.json"), beyond, 0o644)
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

// chartFolder finds the chart in the module's folder: no Go package of Cilium embeds its Helm chart.
func chartFolder() (string, error) {
	list := exec.Command("go", "list", "-m", "-f", "{{.Dir}}", "github.com/cilium/cilium")
	list.Stderr = os.Stderr
	dir, err := list.Output()
	if err != nil {
		return "", fmt.Errorf("%s: %w", list, err)
	}
	return filepath.Join(strings.TrimSpace(string(dir)), "install/kubernetes/cilium"), nil
}

var (
	valuePath = regexp.MustCompile(`\.Values((?:\.[A-Za-z0-9]+)+)`)
	valueKey  = regexp.MustCompile(`(?:hasKey|get)\s+\(?\$?\.Values((?:\.[A-Za-z0-9]+)*)\s+"([A-Za-z0-9]+)"`)
	withValue = regexp.MustCompile(`\{\{-?\s*(?:with|if|else if)\s+\$?\.Values((?:\.[A-Za-z0-9]+)+)\s*-?\}\}`)
	blockEnd  = regexp.MustCompile(`\{\{-?\s*end\b`)
	toYAML    = regexp.MustCompile(`toYaml\s+\(?\$?\.Values((?:\.[A-Za-z0-9]+)+)`)
	toYAMLDot = regexp.MustCompile(`toYaml\s+\.[^A-Za-z]`)
)

// templateValues lists values that the schema lacks, because it is generated from values.yaml: the paths that a
// template reads, and the paths of maps that a template copies, which accept any key.
func templateValues(folder string) ([]byte, error) {
	read, copied := map[string]bool{}, map[string]bool{}
	err := filepath.WalkDir(folder, func(file string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		bytes, err := os.ReadFile(file)
		if err != nil {
			return err
		}
		text := string(bytes)
		for _, match := range valuePath.FindAllStringSubmatch(text, -1) {
			read[match[1][1:]] = true
		}
		for _, match := range valueKey.FindAllStringSubmatch(text, -1) {
			read[strings.TrimPrefix(match[1]+"."+match[2], ".")] = true
		}
		for _, match := range toYAML.FindAllStringSubmatch(text, -1) {
			copied[match[1][1:]] = true
		}
		for _, at := range withValue.FindAllStringSubmatchIndex(text, -1) {
			block := text[at[1]:]
			if end := blockEnd.FindStringIndex(block); end != nil {
				block = block[:end[0]]
			}
			if toYAMLDot.MatchString(block) {
				copied[text[at[2]+1:at[3]]] = true
			}
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	return json.MarshalIndent(map[string][]string{"read": slices.Sorted(maps.Keys(read)), "copied": slices.Sorted(maps.Keys(copied))}, "", "  ")
}
