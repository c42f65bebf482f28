package manifest

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	networkingv1 "k8s.io/api/networking/v1"
	"k8s.io/apiextensions-apiserver/pkg/apis/apiextensions"
	apiextensionsv1 "k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/v1"
	"k8s.io/apiextensions-apiserver/pkg/apiserver/schema"
	"k8s.io/apiextensions-apiserver/pkg/apiserver/schema/cel"
	"k8s.io/apiextensions-apiserver/pkg/apiserver/schema/defaulting"
	"k8s.io/apiextensions-apiserver/pkg/apiserver/schema/listtype"
	"k8s.io/apiextensions-apiserver/pkg/apiserver/schema/objectmeta"
	"k8s.io/apiextensions-apiserver/pkg/apiserver/schema/pruning"
	"k8s.io/apiextensions-apiserver/pkg/apiserver/validation"
	metavalidation "k8s.io/apimachinery/pkg/api/validation"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/util/validation/field"
	celconfig "k8s.io/apiserver/pkg/apis/cel"
	kjson "sigs.k8s.io/json"
)

// Schemas admits objects as the API server would on creation, with the strict
// field validation that kubectl requests.
type Schemas struct {
	kinds map[string]map[string]*crdVersion // kind, apiVersion
}

type crdVersion struct {
	namespaced bool
	structural *schema.Structural
	validator  validation.SchemaValidator
	cel        *cel.Validator
	hasStatus  bool
}

// NewSchemas compiles the served versions of CRDs.
func NewSchemas(crds ...apiextensionsv1.CustomResourceDefinition) (*Schemas, error) {
	s := &Schemas{kinds: map[string]map[string]*crdVersion{}}
	for i := range crds {
		crd := &crds[i]
		versions := map[string]*crdVersion{}
		for _, v := range crd.Spec.Versions {
			if !v.Served {
				continue
			}
			compiled, err := compile(crd, v)
			if err != nil {
				return nil, fmt.Errorf("%s %s: %w", crd.Name, v.Name, err)
			}
			versions[crd.Spec.Group+"/"+v.Name] = compiled
		}
		s.kinds[crd.Spec.Names.Kind] = versions
	}
	return s, nil
}

func compile(crd *apiextensionsv1.CustomResourceDefinition, v apiextensionsv1.CustomResourceDefinitionVersion) (*crdVersion, error) {
	var internal apiextensions.CustomResourceValidation
	if err := apiextensionsv1.Convert_v1_CustomResourceValidation_To_apiextensions_CustomResourceValidation(v.Schema, &internal, nil); err != nil {
		return nil, err
	}
	structural, err := schema.NewStructural(internal.OpenAPIV3Schema)
	if err != nil {
		return nil, err
	}
	validator, _, err := validation.NewSchemaValidator(internal.OpenAPIV3Schema)
	if err != nil {
		return nil, err
	}
	return &crdVersion{
		namespaced: crd.Spec.Scope == apiextensionsv1.NamespaceScoped,
		structural: structural,
		validator:  validator,
		cel:        cel.NewValidator(structural, true, celconfig.PerCallLimit),
		hasStatus:  v.Subresources != nil && v.Subresources.Status != nil,
	}, nil
}

// ErrKind is the refusal of an unknown kind.
var ErrKind = errors.New("unsupported kind")

// Admit checks the object and sets the defaults of the API server.
func (s *Schemas) Admit(d *Document) error {
	if d.Kind == "NetworkPolicy" {
		return admitNetworkPolicy(d)
	}
	versions, known := s.kinds[d.Kind]
	if !known {
		return fmt.Errorf("%w %q", ErrKind, d.Kind)
	}
	v, served := versions[d.APIVersion]
	if !served {
		return fmt.Errorf("no matches for kind %q in version %q", d.Kind, d.APIVersion)
	}
	return v.admit(d)
}

// admit follows the API server's handler and strategy for custom resources:
// prune and record unknown fields, drop nulls, set defaults, validate.
func (v *crdVersion) admit(d *Document) error {
	metadata, hasMetadata, unknownMetadata, err := objectmeta.GetObjectMetaWithOptions(d.Object, objectmeta.ObjectMetaOptions{ReturnUnknownFieldPaths: true})
	if err != nil {
		return err
	}
	if !hasMetadata {
		metadata = &metav1.ObjectMeta{}
	}
	unknown := append(unknownMetadata, pruning.PruneWithOptions(d.Object, v.structural, true, schema.UnknownFieldPathOptions{TrackUnknownFieldPaths: true})...)
	if len(unknown) > 0 {
		return fmt.Errorf("unknown fields: %s", strings.Join(unknown, ", "))
	}
	defaulting.PruneNonNullableNullsWithoutDefaults(d.Object, v.structural)
	defaulting.Default(d.Object, v.structural)
	if v.hasStatus {
		delete(d.Object, "status")
	}

	errs := validateMetadata(metadata, v.namespaced)
	errs = append(errs, validation.ValidateCustomResource(nil, d.Object, v.validator)...)
	errs = append(errs, objectmeta.Validate(nil, d.Object, v.structural, false)...)
	errs = append(errs, listtype.ValidateListSetsAndMaps(nil, v.structural, d.Object)...)
	if len(errs) == 0 && v.cel != nil {
		errs, _ = v.cel.Validate(context.Background(), nil, v.structural, d.Object, nil, celconfig.RuntimeCELCostBudget)
	}
	return errs.ToAggregate()
}

// admitNetworkPolicy checks the shape only: the API server's validation of
// NetworkPolicy is not in a package that can be linked.
func admitNetworkPolicy(d *Document) error {
	if d.APIVersion != "networking.k8s.io/v1" {
		return fmt.Errorf("no matches for kind %q in version %q", d.Kind, d.APIVersion)
	}
	text, err := json.Marshal(d.Object)
	if err != nil {
		return err
	}
	var np networkingv1.NetworkPolicy
	strict, err := kjson.UnmarshalStrict(text, &np)
	if err != nil {
		return err
	}
	if len(strict) > 0 {
		return errors.Join(strict...)
	}
	return validateMetadata(&np.ObjectMeta, true).ToAggregate()
}

// validateMetadata sets the namespace of the request: kubectl's default
// namespace for namespaced objects. The API server drops the namespace of other
// objects silently.
func validateMetadata(m *metav1.ObjectMeta, namespaced bool) field.ErrorList {
	m = m.DeepCopy()
	switch {
	case !namespaced:
		m.Namespace = ""
	case m.Namespace == "":
		m.Namespace = "default"
	}
	return metavalidation.ValidateObjectMeta(m, namespaced, metavalidation.NameIsDNSSubdomain, field.NewPath("metadata"))
}
