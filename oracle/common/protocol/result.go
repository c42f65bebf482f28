package protocol

// Verdict is the verdict on one direction of a flow.
type Verdict string

const (
	Allowed       Verdict = "allowed"        // by a rule
	Redirected    Verdict = "redirected"     // to the proxy, where L7 rules decide
	Denied        Verdict = "denied"         // by a deny rule
	DefaultDenied Verdict = "default-denied" // no rule allows it
	Unenforced    Verdict = "unenforced"     // Cilium enforces nothing here
	Outside       Verdict = "outside"        // this end is no pod or host of the mesh
	Broken        Verdict = "error"          // the endpoint's policy cannot be computed
)

// Letter is the verdict in a Result's compact string.
func (v Verdict) Letter() byte {
	switch v {
	case Allowed:
		return 'a'
	case Redirected:
		return 'r'
	case Denied:
		return 'd'
	case DefaultDenied:
		return 'n'
	case Unenforced:
		return 'u'
	case Outside:
		return '-'
	}
	return 'e'
}

// The verdicts of the proxy on a request, in HTTP and DNS of Result and Decision.
const (
	HTTPAllowed   = 'a' // some rule lets the request through
	HTTPDenied    = 'd' // no rule does
	HTTPUnknown   = '?' // the judge does not know
	HTTPUndecided = '-' // not redirected, so L7 rules have no say
)

// Result answers a case about a mesh.
type Result struct {
	Refused        []Refusal       `json:"refused"`
	EndpointErrors []EndpointError `json:"endpointErrors"`
	// Verdicts has two letters per flow: egress, ingress.
	Verdicts string `json:"verdicts"`
	// HTTP has two letters per flow, if any flow of the case has an HTTP request.
	HTTP string `json:"http,omitempty"`
	// DNS has two letters per flow, if any flow of the case has a DNS query.
	DNS string `json:"dns,omitempty"`
	// Auth has two letters per flow, if any flow requires mutual authentication: the first letter of the mode, or '-'.
	Auth string `json:"auth,omitempty"`
	// Flows is set if the case asks for rules.
	Flows []FlowResult `json:"flows,omitempty"`
}

// Stage is where a document is refused. The API server refuses yaml and schema.
// A document that only Cilium refuses (parse, sanitize) is in the cluster and
// enforces nothing.
type Stage string

const (
	StageYAML     Stage = "yaml"     // no readable document
	StageSchema   Stage = "schema"   // the API server's admission
	StageParse    Stage = "parse"    // Cilium cannot read the object
	StageSanitize Stage = "sanitize" // Cilium reads it, and refuses its rules
)

// Refusal is a document that enforces nothing, and why.
type Refusal struct {
	Cluster   string `json:"cluster"`
	Kind      string `json:"kind"`
	Namespace string `json:"namespace"`
	Name      string `json:"name"`
	Stage     Stage  `json:"stage"`
	Error     string `json:"error"`
}

// EndpointError is an endpoint whose whole policy fails.
type EndpointError struct {
	Cluster   string `json:"cluster"`
	Namespace string `json:"namespace"`
	ID        string `json:"id"`
	Error     string `json:"error"`
}

// FlowResult is one flow with its reasons.
type FlowResult struct {
	Src      string   `json:"src"`
	Dst      string   `json:"dst"`
	Port     uint16   `json:"port"`
	Protocol string   `json:"protocol"`
	Egress   Decision `json:"egress"`
	Ingress  Decision `json:"ingress"`
}

// Decision is one direction of a flow with its reasons.
type Decision struct {
	Verdict Verdict `json:"verdict"`
	// Rules are the deciding policies, as Kind/namespace/name.
	Rules []string `json:"rules,omitempty"`
	// Auth is the mutual authentication that the rules require.
	Auth string `json:"auth,omitempty"`
	HTTP string `json:"http,omitempty"`
	DNS  string `json:"dns,omitempty"`
}

// AcceptResult answers a case about documents, in the order of Case.Accept.
type AcceptResult struct {
	Accepted []Accepted `json:"accepted"`
}

// Accepted is the answer on one document.
type Accepted struct {
	Kind      string `json:"kind"`
	Namespace string `json:"namespace"`
	Name      string `json:"name"`
	OK        bool   `json:"ok"`
	Stage     Stage  `json:"stage,omitempty"`
	Error     string `json:"error,omitempty"`
}

// Fatal is the answer to an invalid line.
type Fatal struct {
	Fatal string `json:"fatal"`
}
