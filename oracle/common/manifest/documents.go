// Package manifest reads manifests as kubectl does and admits them as the API
// server does.
package manifest

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"

	utilyaml "k8s.io/apimachinery/pkg/util/yaml"
	kjson "sigs.k8s.io/json"
	"sigs.k8s.io/yaml"
)

// Document is one object of a manifest, or the reason why it is unreadable.
type Document struct {
	APIVersion, Kind, Namespace, Name string

	Object map[string]any
	Err    error
}

// Split reads the documents of a text. It skips empty ones and unfolds the items
// of a List.
func Split(text string) []*Document {
	var out []*Document
	r := utilyaml.NewYAMLReader(bufio.NewReader(strings.NewReader(text)))
	for {
		raw, err := r.Read()
		if errors.Is(err, io.EOF) {
			return out
		}
		if err != nil {
			return append(out, &Document{Err: err})
		}
		out = append(out, read(raw)...)
	}
}

func read(raw []byte) []*Document {
	// Strict: a duplicate key has no defined meaning.
	text, err := yaml.YAMLToJSONStrict(raw)
	if err != nil {
		return []*Document{{Err: err}}
	}
	if string(text) == "null" {
		return nil
	}
	var object map[string]any
	if err := kjson.UnmarshalCaseSensitivePreserveInts(text, &object); err != nil {
		return []*Document{{Err: fmt.Errorf("not an object: %w", err)}}
	}
	items, isList := object["items"].([]any)
	if kind, _ := object["kind"].(string); isList && kind == "List" {
		var out []*Document
		for _, i := range items {
			item, ok := i.(map[string]any)
			if !ok {
				out = append(out, &Document{Err: errors.New("an item of the List is not an object")})
				continue
			}
			out = append(out, newDocument(item))
		}
		return out
	}
	return []*Document{newDocument(object)}
}

func newDocument(object map[string]any) *Document {
	text := func(m map[string]any, key string) string {
		s, _ := m[key].(string)
		return s
	}
	meta, _ := object["metadata"].(map[string]any)
	d := &Document{
		APIVersion: text(object, "apiVersion"),
		Kind:       text(object, "kind"),
		Namespace:  text(meta, "namespace"),
		Name:       text(meta, "name"),
		Object:     object,
	}
	switch d.Kind {
	case "CiliumNetworkPolicy", "NetworkPolicy":
		if d.Namespace == "" {
			d.Namespace = "default" // kubectl's
		}
	case "CiliumClusterwideNetworkPolicy", "ClusterNetworkPolicy", "CiliumCIDRGroup":
		d.Namespace = "" // the API server drops it from cluster-scoped objects
	}
	return d
}

// Decode reads the object into a typed one as client-go does: case-sensitive,
// ignoring unknown fields.
func (d *Document) Decode(into any) error {
	text, err := json.Marshal(d.Object)
	if err != nil {
		return err
	}
	return kjson.UnmarshalCaseSensitivePreserveInts(text, into)
}
