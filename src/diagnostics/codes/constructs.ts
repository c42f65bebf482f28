import { MESH_CODES } from './mesh';
import { Codes } from '../diagnostic';

/** Codes of the constructs: for their properties, and the manifests that they write. */
export const CONSTRUCT_CODES = {
  // placement and output
  'no-mesh': {
    severity: 'error',
    title: 'Construct outside of a mesh',
    documentation: 'The construct lies below no ClusterMesh and no Mesh, so it has no clusters to act in.',
    fix: 'Create the construct in a mesh or in one of its clusters. `new Mesh(app, …)` puts a mesh into an App.',
  },
  'construct-id-invalid': {
    severity: 'error',
    title: 'Invalid id of a construct',
    documentation: 'A tree of constructs knows each construct by its id. It cannot hold an empty one, nor `__proto__`, nor one id twice ' +
      'in a scope.',
    fix: 'Choose an id.',
  },
  'mesh-misplaced': {
    severity: 'error',
    title: 'Mesh in a wrong place',
    documentation: 'A Mesh lies in an App, which writes it, and in no other mesh.',
    fix: 'Create the Mesh in the App.',
  },
  'outdir-shared': {
    severity: 'error',
    title: 'Two meshes in one folder',
    documentation:
      'Two meshes of a program would write files of the same names into one folder, so only those of one would stay. ' +
      'Or one would write into a folder of a cluster of the other, which is applied as a whole. Meshes that write the ' +
      'same contents are accepted.',
    fix: 'Set `outdir` of one of the meshes.',
  },
  'outdir-unwritable': {
    severity: 'error',
    title: 'Output folder that cannot be written',
    documentation: 'A file lies where a folder would be created or the other way round, or the user may not write there.',
    fix: 'Name another folder in `outdir`, or move what is in the way.',
  },
  'chart-of-cluster-name': {
    severity: 'error',
    title: 'Chart with the name of a cluster',
    documentation:
      'A chart beside a Mesh in an App has the name of a cluster, so both would be written into one file or folder.',
    fix: 'Rename the chart, or set `outdir` of the mesh.',
  },
  'kustomization-flat': {
    severity: 'error',
    title: 'kustomization.yaml without a folder',
    documentation: 'Kustomize reads files in or below the folder of a kustomization.yaml; the layout FLAT has one folder.',
    fix: 'Set `layout` to FOLDERS or PER_RESOURCE, or remove `kustomizations`.',
  },
  'mesh-outdir-in-cluster': {
    severity: 'error',
    title: 'Files of the mesh in the folder of a cluster',
    documentation: 'kubectl, Flux and Argo CD apply all files in the folder of a cluster.',
    fix: 'Name another folder in `meshOutdir`.',
  },
  'construct-invalid': {
    severity: 'error',
    title: 'Invalid construct',
    documentation: 'A validation of a construct, added with `node.addValidation`, reports an error.',
    fix: 'Correct the construct.',
  },
  'dependency-cycle': {
    severity: 'error',
    title: 'Cycle of dependencies',
    documentation: 'Objects or charts of a cluster depend on each other in a circle, so they have no order.',
    fix: 'Remove one of the dependencies.',
  },
  'cluster-not-found': {
    severity: 'error',
    title: 'Cluster not found',
    documentation: 'The mesh, or the construct, does not have the cluster.',
    fix: 'Name a cluster of the mesh in which the construct acts.',
  },
  'cluster-of-other-mesh': {
    severity: 'error',
    title: 'Cluster of another mesh',
    documentation: 'A cluster, or that of a peer, belongs to another mesh than the construct, perhaps one of the same name.',
    fix: 'Name clusters and peers of the mesh of the construct.',
  },
  'clusters-empty': {
    severity: 'error',
    title: 'Empty list of clusters',
    documentation: 'The construct would be in no cluster, so it would write nothing.',
    fix: 'Name the clusters, or remove the list for all of them.',
  },
  'chart-outside-cluster': {
    severity: 'error',
    title: 'Chart outside of the clusters',
    documentation:
      'The chart lies directly below the mesh. `synth()` writes one file for each cluster, so no file would contain ' +
      'its objects.',
    fix: 'Create the chart below a cluster.',
  },
  'object-outside-cluster': {
    severity: 'error',
    title: 'Object outside of the clusters',
    documentation:
      'The object lies below the mesh, and not below one of its clusters. `synth()` writes one file for each cluster, ' +
      'so no file would contain it.',
    fix: 'Create the object in a cluster, or in each cluster.',
  },
  'object-duplicate': {
    severity: 'error',
    title: 'Duplicate object',
    documentation: 'A cluster has two objects of one kind, namespace and name. kubectl would keep only the last one.',
    fix: 'Rename one of the two objects.',
  },
  'object-name-invalid': {
    severity: 'error',
    title: 'Invalid object name',
    documentation:
      'Names must be 1 to 253 lower-case letters, digits, dashes and dots, with a letter or digit at both ends.',
    fix: 'Correct the name, or rename the construct that it comes from.',
  },
  'patch-duplicate': {
    severity: 'error',
    title: 'Duplicate patch',
    documentation: 'An object has two patches in one stage.',
    fix: 'Join the two patches.',
  },
  'object-not-data': {
    severity: 'error',
    title: 'Object that cannot be written',
    documentation: 'An object of the program contains itself, or a value that is not data, such as a Date or a Map.',
    fix: 'Pass plain data.',
  },
  'patch-target-invalid': {
    severity: 'error',
    title: 'Invalid object of a patch',
    documentation: 'No object can have the kind, the namespace or the name of the patch.',
    fix: 'Name the object as `kubectl get` does.',
  },
  'upgrade-values-duplicate': {
    severity: 'error',
    title: 'Duplicate upgrade values',
    documentation: 'A cluster has two sets of values for its upgrade.',
    fix: 'Join the two sets.',
  },
  'property-missing': {
    severity: 'error',
    title: 'Missing property',
    documentation: 'A required property or argument is missing or null, so the construct does not know what to write.',
    fix: 'Set the property.',
  },
  'property-unknown': {
    severity: 'error',
    title: 'Unknown property',
    documentation:
      'The property does not exist, for example because of a typing error. It would have no effect. In Python, write ' +
      'structs in lists and maps as classes: jsii drops unknown keys of dictionaries there before the construct sees ' +
      'them.',
    fix: 'Correct the name, or remove the property.',
  },
  'property-type': {
    severity: 'error',
    title: 'Property of the wrong type',
    documentation:
      'A property or an argument has another type than the construct needs. Programs without types can pass any value.',
    fix: 'Pass a value of the type.',
  },
  'value-lazy': {
    severity: 'error',
    title: 'Value that is known at synth only',
    documentation:
      'The value is a `Lazy` or another value that cdk8s resolves at synth. Constructs check and use values when they ' +
      'are created. Fields of objects can be lazy: patch the object.',
    fix: 'Pass the value itself.',
  },
  'value-not-data': {
    severity: 'error',
    title: 'Value that YAML cannot hold',
    documentation:
      'A value of any type contains itself, a function, a value of a class, or a number that is not finite. JSON and ' +
      'YAML cannot hold it.',
    fix: 'Pass plain data: text, numbers, booleans, null, and lists and maps of these.',
  },
  'value-unknown': {
    severity: 'error',
    title: 'Value outside of a closed set',
    documentation:
      'Programs without types can pass any value. Cilium would ignore most unknown ones without a message.',
    fix: 'Use one of the allowed values.',
  },
  'feature-unknown-to-version': {
    severity: 'error',
    title: 'Feature unknown to the version of Cilium',
    documentation: 'Cilium in one of the clusters does not know the feature yet, and would ignore or refuse it.',
    fix: 'Do without the feature, or upgrade the cluster.',
  },

  'list-empty': {
    severity: 'error',
    title: 'Empty list',
    documentation:
      'An empty list means nothing. Read as all or as none, it would allow or deny flows that no statement names.',
    fix: 'Name the members of the list, or remove the property.',
  },

  // workloads and selectors
  'selector-missing': {
    severity: 'error',
    title: 'Missing labels',
    documentation: 'No labels say which pods are meant. An empty list would mean all pods, or none.',
    fix: 'Name the labels. `Selector.all()` selects all pods.',
  },
  'selector-twice': {
    severity: 'error',
    title: 'Two selectors',
    documentation: 'Two properties say which pods are meant, and they could contradict each other.',
    fix: 'Remove one of the two.',
  },
  'selector-label-filtered': {
    severity: 'error',
    title: 'Label that is not part of identities',
    documentation:
      'Cilium leaves the label out of identities, so no selector ever matches it (pkg/labelsfilter/filter.go, ' +
      'v1.20.2).',
    fix: 'Select by another label.',
  },
  'selector-label-reserved': {
    severity: 'error',
    title: 'Cluster or namespace as a label',
    documentation: 'The constructs write cluster and namespace into every policy themselves.',
    fix: 'Set clusters, namespace or namespaceLabels of the workload.',
  },
  'selector-values-missing': {
    severity: 'error',
    title: 'Expression without values',
    documentation: 'Cilium refuses `In` and `NotIn` without values, and the whole policy would enforce nothing.',
    fix: 'Name the values, or use `exists` or `doesNotExist`.',
  },
  'selector-contradiction': {
    severity: 'error',
    title: 'Selector that no pod matches',
    documentation:
      'The labels and expressions of a selector contradict each other, for example `app` in `[web]` and `app` not in ' +
      '`[web]`. A policy with it would select nothing.',
    fix: 'Remove one of the requirements.',
  },
  'label-key-invalid': {
    severity: 'error',
    title: 'Invalid label key',
    documentation: 'Kubernetes refuses the label key.',
    fix: 'Correct the key.',
  },
  'label-value-invalid': {
    severity: 'error',
    title: 'Invalid label value',
    documentation: 'Kubernetes refuses the label value.',
    fix: 'Correct the value.',
  },
  'label-invalid': {
    severity: 'error',
    title: 'Invalid label',
    documentation: 'Kubernetes refuses the key or the value of a label of a namespace, a Service or its pods.',
    fix: 'Correct the label.',
  },
  'annotation-invalid': {
    severity: 'error',
    title: 'Invalid annotation',
    documentation: 'Kubernetes refuses the key of the annotation.',
    fix: 'Correct the key.',
  },
  'namespace-invalid': {
    severity: 'error',
    title: 'Invalid namespace',
    documentation:
      'The name of a namespace must be 1 to 63 lower-case letters, digits and dashes, with a letter or digit at ' +
      'both ends.',
    fix: 'Correct the name.',
  },
  'namespace-twice': {
    severity: 'error',
    title: 'One namespace and several',
    documentation: 'The properties name one namespace, and all or several of them.',
    fix: 'Remove one of the two.',
  },
  'service-account-invalid': {
    severity: 'error',
    title: 'Invalid service account',
    documentation:
      'The name of a service account is the value of a label in policies: at most 63 lower-case letters, digits, ' +
      'dashes and dots.',
    fix: 'Correct the name.',
  },
  'workload-empty': {
    severity: 'error',
    title: 'Workload without objects',
    documentation: 'Without objects the workload has no pods.',
    fix: 'Name the objects.',
  },
  'workload-object': {
    severity: 'error',
    title: 'Object without selectable pods',
    documentation:
      'The construct has no Kubernetes object, its object has no pods, or the pods have no labels that are part of ' +
      'Cilium identities.',
    fix: 'Create a Workload with the labels of the pods.',
  },
  'object-in-no-cluster': {
    severity: 'error',
    title: 'Object outside of the clusters',
    documentation: 'The object was not created in a cluster of the mesh, so the cluster of its pods is unknown.',
    fix: 'Create the object in a cluster.',
  },

  // peers and ports
  'port-invalid': MESH_CODES['port-invalid'],
  'port-name-invalid': {
    severity: 'error',
    title: 'Invalid port name',
    documentation:
      'Names of ports must be 1 to 15 lower-case letters, digits and single dashes, with at least one letter.',
    fix: 'Correct the name.',
  },
  'port-range-reversed': {
    severity: 'error',
    title: 'Reversed port range',
    documentation: 'The range ends before it begins. Cilium would match only its first port.',
    fix: 'Swap the two ports.',
  },
  'icmp-type-invalid': {
    severity: 'error',
    title: 'Invalid ICMP type',
    documentation: 'An ICMP type must be a whole number from 0 to 255.',
    fix: 'Correct the type.',
  },
  'icmp-type-zero': {
    severity: 'error',
    title: 'ICMPv4 type 0',
    documentation: 'Cilium reads type 0 of ICMPv4 as every type. Replies to allowed requests need no rule.',
    fix: 'Name another type, or remove the rule.',
  },
  'cidr-invalid': MESH_CODES['cidr-invalid'],
  'cidr-except-outside': {
    severity: 'error',
    title: 'Exception outside of its CIDR',
    documentation: 'Cilium refuses an exception that is not a part of its CIDR.',
    fix: 'Correct the exception, or remove it.',
  },
  'cidr-except-all': {
    severity: 'error',
    title: 'Exceptions of all addresses',
    documentation:
      'The exceptions leave no address of the CIDR. The rule would match nothing, and Cilium up to 1.16 opens its ' +
      'ports to everyone (CIDRRuleSlice.GetAsEndpointSelectors, pkg/policy/api/cidr.go, v1.16.19).',
    fix: 'Remove exceptions, or the peer.',
  },
  'cidr-group-name-invalid': {
    severity: 'error',
    title: 'Invalid name of a CIDR group',
    documentation: 'The name of a CiliumCIDRGroup must be lower-case letters, digits, dashes and dots.',
    fix: 'Correct the name.',
  },
  'cidrs-missing': {
    severity: 'error',
    title: 'CIDR group without CIDRs',
    documentation: 'A group without CIDRs matches nothing.',
    fix: 'Name the CIDRs.',
  },
  'fqdn-invalid': {
    severity: 'error',
    title: 'Invalid DNS name or pattern',
    documentation: 'Cilium refuses the DNS name or pattern, and the whole policy would enforce nothing.',
    fix: 'Correct the name. `Peer.fqdnPattern` accepts wildcards.',
  },

  // policies
  'side-empty': {
    severity: 'error',
    title: 'No sources or no destinations',
    documentation: 'One side of the flow is empty, so there is no policy to write.',
    fix: 'Name the sources and the destinations.',
  },
  'peer-nowhere': {
    severity: 'error',
    title: 'Peer in no cluster',
    documentation: 'The peer has no pods in any cluster, so the policy would select nothing.',
    fix: 'Name a peer with a cluster.',
  },
  'ports-missing': {
    severity: 'error',
    title: 'Missing ports',
    documentation: 'No ports are named, or the list is empty. An empty list would allow nothing.',
    fix: 'Name the ports. `Port.all()` means every port.',
  },
  'services-differ': {
    severity: 'error',
    title: 'Services that Cilium does not merge',
    documentation:
      'Cilium merges the backends of Services of one name and namespace in different clusters ' +
      '(Documentation/network/clustermesh/global-services.rst, v1.20.2).',
    fix: 'Name the Services alike, one in each cluster.',
  },
  'http-part-empty': {
    severity: 'error',
    title: 'Empty part of an HTTP rule',
    documentation: 'Cilium reads an empty method, path, host or header value as any value (pkg/policy/api/http.go, v1.20.2).',
    fix: 'Correct the part, or remove it for any value.',
  },
  'http-header-invalid': {
    severity: 'error',
    title: 'Invalid name of an HTTP header',
    documentation:
      'Names of headers have no blanks and colons. Cilium splits an entry of `headers` at the first blank into a name ' +
      'and a value (pkg/envoy, v1.20.2).',
    fix: 'Correct the name, and write the value into `value`.',
  },
  'node-selector-invalid': {
    severity: 'error',
    title: 'Invalid selector of nodes',
    documentation: 'Cilium reads `nodeSelector` as a label selector in text form (k8s.io/apimachinery/pkg/labels).',
    fix: 'Correct the selector.',
  },
  'exposed-type': {
    severity: 'error',
    title: 'Exposed part that the Service does not have',
    documentation:
      '`exposedType` names the only part of a Service that Cilium provisions. A Service of type ClusterIP has no node ' +
      'ports and no load balancer, so nothing of it would be left (pkg/annotation/k8s.go, v1.20.2).',
    fix: 'Remove `exposedType`, or set `serviceType`.',
  },
  'service-node-port': {
    severity: 'error',
    title: 'Node port of a Service without node ports',
    documentation: 'The API server refuses `nodePort` in a Service of type ClusterIP.',
    fix: 'Set `serviceType` to NODE_PORT or LOAD_BALANCER, or remove `nodePort`.',
  },
  'port-duplicate': {
    severity: 'error',
    title: 'Duplicate port of a Service',
    documentation: 'The API server refuses two ports of a Service with one protocol and number.',
    fix: 'Remove one of the two ports, or correct the number.',
  },
  'headless-ports': {
    severity: 'error',
    title: 'Ports of a headless service that differ',
    documentation:
      'Nothing translates the ports of a headless Service. Its clients connect to the pods on `port`, or on the ' +
      '`targetPort` that SRV records name. A policy without ports could miss the port on which the pods listen.',
    fix: 'Name the ports of the policy, or give the Service the port on which the pods listen.',
  },
  'all-clusters-unused': {
    severity: 'error',
    title: 'No peer in all clusters',
    documentation:
      '`allClusters` lets one selector stand for all clusters of the mesh. No policy of the construct names all of ' +
      'them, so it has no effect.',
    fix: 'Remove `allClusters`.',
  },
  'cidr-family': {
    severity: 'error',
    title: 'CIDRs of an IP family that no pod has',
    documentation:
      'Pods without addresses of a family exchange no packets with addresses of it, so policies with these CIDRs ' +
      'match nothing.',
    fix: 'Name CIDRs of a family in `podCidrs` of the clusters, or remove the statement.',
  },
  'node-labels-off': {
    severity: 'error',
    title: 'Nodes as peers where Cilium does not know their labels',
    documentation:
      'Cilium refuses policies with `fromNodes` or `toNodes` unless `nodeSelectorLabels` is set in the Helm values ' +
      '(pkg/policy/api/rule_validation.go, v1.20.2).',
    fix: 'Set `helmValues: { nodeSelectorLabels: true }` of the cluster or in `defaults`.',
  },
  // GitOps
  'gitops-path': {
    severity: 'error',
    title: 'Invalid folder of a repository',
    documentation: 'Argo CD and Flux read a folder below the root of a repository.',
    fix: 'Name the folder into which the mesh is written and committed, such as `dist`.',
  },
  'gitops-layout': {
    severity: 'error',
    title: 'GitOps without a folder for each cluster',
    documentation:
      'Argo CD and Flux deploy all objects of a folder. The layout FLAT has the files of all clusters in one folder.',
    fix: 'Set `layout` of the mesh to FOLDERS or PER_RESOURCE.',
  },
  'gitops-repository': {
    severity: 'error',
    title: 'Invalid URL of a repository',
    documentation: 'Argo CD reads the repository at this URL.',
    fix: 'Correct the URL.',
  },
  'gitops-clusters-twice': {
    severity: 'error',
    title: 'Clusters of Argo CD named twice',
    documentation: '`clusterNames` names the clusters of the mesh, `clusterLabels` those of Argo CD with some labels.',
    fix: 'Remove one of the two.',
  },
  'gitops-not-automated': {
    severity: 'error',
    title: 'Setting of automated synchronization without it',
    documentation: '`prune` and `selfHeal` say what Argo CD does when it synchronizes by itself.',
    fix: 'Remove the setting, or set `automated`.',
  },
  'gitops-scope': {
    severity: 'error',
    title: 'ApplicationSet in no cluster',
    documentation: 'An ApplicationSet belongs to the cluster in which Argo CD runs, not to all clusters.',
    fix: 'Create it in a cluster of the mesh, or in a chart beside a Mesh.',
  },
  'gitops-interval': {
    severity: 'error',
    title: 'Invalid interval of Flux',
    documentation: 'Flux reads durations such as `10m` or `1h30m` (kustomize.toolkit.fluxcd.io/v1).',
    fix: 'Correct the duration.',
  },
  'gitops-cluster-name': {
    severity: 'error',
    title: 'Invalid name of a cluster in Argo CD',
    documentation: 'Argo CD would find no cluster of this name.',
    fix: 'Set the name that the Secret of the cluster has.',
  },
  'gitops-cluster-shared': {
    severity: 'error',
    title: 'Two clusters of the mesh in one cluster',
    documentation:
      'Two clusters have the same kubeconfig Secret, or the same name in Argo CD, so one cluster would get the objects ' +
      'of both.',
    fix: 'Name another one for each cluster.',
  },
  'gitops-depends-on-itself': {
    severity: 'error',
    title: 'Kustomizations that wait for themselves',
    documentation: 'Flux applies a Kustomization once those of `dependsOn` are ready. These would never be ready.',
    fix: 'Remove the name from `dependsOn`.',
  },
  'gitops-revision': {
    severity: 'error',
    title: 'Invalid revision',
    documentation: 'Argo CD reads this branch, tag or commit of the repository.',
    fix: 'Correct the revision.',
  },
  'gitops-namespace': {
    severity: 'error',
    title: 'Object without a namespace for Flux',
    documentation:
      'kubectl applies an object without a namespace to the one of its context. Flux applies objects as they are, and ' +
      'refuses those of namespaced kinds without one.',
    fix: 'Set `namespace` of the construct, or `defaultNamespace` of the mesh.',
  },
  'gitops-kubeconfig': {
    severity: 'error',
    title: 'Flux without access to a cluster',
    documentation:
      'Without `kubeConfig`, Flux deploys a Kustomization into the cluster in which it runs, so the objects of another ' +
      'cluster would end there.',
    fix: 'Name a Secret with the kubeconfig of each other cluster.',
  },
  'ports-all-mixed': {
    severity: 'error',
    title: 'Every port and single ports',
    documentation: '`Port.all()` includes the other ports.',
    fix: 'Keep `Port.all()` or the single ports.',
  },
  'port-name-outside': {
    severity: 'error',
    title: 'Port name of a destination without containers',
    documentation: 'Containers name ports. Addresses and nodes have no port names, so the rule would match nothing.',
    fix: 'Name the port by number.',
  },
  'service-unreachable': {
    severity: 'error',
    title: 'Service that the source cannot reach',
    documentation:
      'Clients in the clusters of the source reach no backend of the service, so there is no flow to allow or deny.',
    fix: 'Correct global, shared or the clusters of the service, or remove the source.',
  },
  'flow-elsewhere': {
    severity: 'error',
    title: 'Flows between other clusters',
    documentation:
      'A construct that is created in a cluster acts on flows from and to pods in that cluster. Its peers also have ' +
      'flows between pods of other clusters.',
    fix: 'Create the construct in the mesh, or name the pods with `workload.inClusters(…)`.',
  },
  'cidr-group-elsewhere': {
    severity: 'error',
    title: 'CIDR group of other clusters',
    documentation: 'The policy would name a group that its cluster does not have, so it would match nothing.',
    fix: 'Create the CidrGroup in the mesh, or add the cluster to its clusters.',
  },
  'statement-name-taken': {
    severity: 'error',
    title: 'Two statements of one name',
    documentation:
      'Statements of `connections` are named after both sides and the ports, so two about the same flows have one name.',
    fix: 'Set `name` in the options, or remove one of the statements.',
  },
  'no-endpoints': {
    severity: 'error',
    title: 'Flow without pods of the mesh',
    documentation: 'Policies apply to pods of the mesh, and neither side of the flow has any.',
    fix: 'Name a workload on at least one side.',
  },
  'same-cluster-outside': {
    severity: 'error',
    title: 'sameCluster with a peer outside of the clusters',
    documentation: 'sameCluster allows flows between pods of one cluster, and this peer is in no cluster.',
    fix: 'Name workloads on both sides, or remove sameCluster.',
  },
  'same-cluster-service': {
    severity: 'error',
    title: 'sameCluster with a service of several clusters',
    documentation: 'Clients of a global service reach its pods in other clusters, and sameCluster would deny that.',
    fix: 'Remove sameCluster, or set isGlobal of the service to false.',
  },
  'same-cluster-nowhere': {
    severity: 'error',
    title: 'sameCluster without a cluster in common',
    documentation: 'No cluster has pods of both sides, so there is no policy to write.',
    fix: 'Name workloads with a cluster in common, or remove sameCluster.',
  },
  'source-service': {
    severity: 'error',
    title: 'Service as a source',
    documentation: 'A Service receives connections and opens none.',
    fix: 'Name the workload whose pods open connections.',
  },
  'source-fqdn': {
    severity: 'error',
    title: 'DNS name as a source',
    documentation: 'Cilium knows DNS names of destinations only.',
    fix: 'Use a CIDR.',
  },
  'deny-fqdn': {
    severity: 'error',
    title: 'Denial by DNS name',
    documentation: 'Cilium cannot deny by DNS name.',
    fix: 'Deny a CIDR, or allow the names that are needed.',
  },
  'http-port': {
    severity: 'error',
    title: 'HTTP rules without TCP ports',
    documentation: 'Cilium accepts HTTP rules on TCP ports only.',
    fix: 'Name TCP ports, or remove http.',
  },
  'dns-port': {
    severity: 'error',
    title: 'DNS rules without single UDP or TCP ports',
    documentation: 'Cilium accepts DNS rules on single ports of UDP and TCP only.',
    fix: 'Name single ports, or remove dns.',
  },
  'dns-source': {
    severity: 'error',
    title: 'DNS rules without pods that ask',
    documentation:
      'Cilium enforces DNS rules on egress, at the pods that ask. A source outside of the mesh has no egress policy.',
    fix: 'Name workloads as sources, or remove dns.',
  },
  'l7-mixed': {
    severity: 'error',
    title: 'HTTP and DNS rules together',
    documentation: 'Cilium refuses HTTP and DNS rules on one port.',
    fix: 'Create two policies.',
  },
  'http-regex-invalid': {
    severity: 'error',
    title: 'Invalid regular expression',
    documentation:
      'RE2 does not accept the regular expression. Cilium refuses the whole policy then, and it would enforce ' +
      'nothing.',
    fix: 'Correct the expression.',
  },
  'dns-rule-invalid': {
    severity: 'error',
    title: 'Invalid DNS rule',
    documentation:
      'A DNS rule has either a valid matchName or a valid matchPattern. Cilium refuses the whole policy otherwise, ' +
      'and it would enforce nothing.',
    fix: 'Correct the rule.',
  },
  'except-namespaces': {
    severity: 'error',
    title: 'exceptNamespaces without clusterwide',
    documentation: 'A policy of one namespace has no namespaces to except, so the property has no effect.',
    fix: 'Remove exceptNamespaces, or set clusterwide to true.',
  },
  'dns-without-egress': {
    severity: 'error',
    title: 'DNS property without a rule for DNS',
    documentation:
      'The policy does not deny egress, or allows no DNS requests, so it has no rule for DNS and the property has no ' +
      'effect.',
    fix: 'Remove the property, or set direction to EGRESS or BOTH and dns to UDP or UDP_AND_TCP.',
  },
  'exceptions-all': {
    severity: 'error',
    title: 'Exceptions of all pods',
    documentation: 'The exceptions match all pods that the policy would select, so nothing is left to deny.',
    fix: 'Correct the exceptions or the selector, or remove the policy.',
  },
  'exceptions-too-many': {
    severity: 'error',
    title: 'Too many exceptions',
    documentation:
      'The policy needs a selector for each combination of labels that the exceptions leave, and writes at most 64.',
    fix: 'Set one label on all pods that the policy leaves alone, and except that label.',
  },

  // what is written, verified at synth
  'policy-refused': {
    severity: 'error',
    title: 'Refused policy',
    documentation:
      'The API server or Cilium refuses a policy that the program writes, for the version and the settings of its ' +
      'cluster. Nothing of it would be enforced.',
    fix: 'Correct the property that leads to the field. `verify: false` of the mesh writes it unverified.',
  },
  'policy-without-rules': {
    severity: 'error',
    title: 'Policy that enforces nothing',
    documentation: 'Cilium accepts the policy, and it has no rules to enforce.',
    fix: 'Write a rule, or remove the policy.',
  },
  'statement-untrue': {
    severity: 'error',
    title: 'Statement that its own policies do not make true',
    documentation:
      'The evaluator finds a flow on which the policies of a construct decide otherwise than the construct says. ' +
      'Settings of the cluster can do that, such as `labels`, `policyEnforcementMode` or global namespaces, and ' +
      'patches.',
    fix: 'Correct the settings or patches. `verify: false` of the mesh writes the policies unverified.',
  },

  // services
  'service-name-invalid': {
    severity: 'error',
    title: 'Invalid Service name',
    documentation: 'Names of Services must be 1 to 63 lower-case letters, digits and dashes, beginning with a letter.',
    fix: 'Correct the name.',
  },
  'port-name-missing': {
    severity: 'error',
    title: 'Missing port name',
    documentation: 'Kubernetes requires a name for each port of a Service with several ports.',
    fix: 'Name the port.',
  },
  'port-name-duplicate': {
    severity: 'error',
    title: 'Duplicate port name',
    documentation: 'Two ports of a Service have the same name, and Kubernetes refuses the Service.',
    fix: 'Rename one of the two ports.',
  },
  'target-port-twice': {
    severity: 'error',
    title: 'Two target ports',
    documentation: 'targetPort and targetPortName both name the port of the pods.',
    fix: 'Remove one of the two.',
  },
  'app-protocol-invalid': {
    severity: 'error',
    title: 'Invalid application protocol',
    documentation: 'Kubernetes refuses an `appProtocol` that is no qualified name, such as `http` or `kubernetes.io/h2c`.',
    fix: 'Correct the name, or remove `appProtocol`.',
  },
  'service-protocol': {
    severity: 'error',
    title: 'Service port of any protocol',
    documentation: 'Each port of a Service has one protocol.',
    fix: 'Write one port for each protocol.',
  },
  'headless-type': {
    severity: 'error',
    title: 'Headless Service of another type',
    documentation: 'A headless Service has no cluster IP, which the types NODE_PORT and LOAD_BALANCER need.',
    fix: 'Remove headless, or set type to CLUSTER_IP.',
  },
  'shared-without-global': {
    severity: 'error',
    title: 'shared on a Service that is not global',
    documentation: 'Cilium ignores the annotation on Services that are not global.',
    fix: 'Remove shared, or set global to true.',
  },
  'affinity-without-global': {
    severity: 'error',
    title: 'affinity on a Service that is not global',
    documentation: 'Cilium ignores the annotation on Services that are not global.',
    fix: 'Remove affinity, or set global to true.',
  },
  'annotation-owned': {
    severity: 'error',
    title: 'Annotation that a property sets',
    documentation:
      "Properties write Cilium's annotations with values that Cilium knows. An annotation by hand could contradict " +
      'them or hold a typing error.',
    fix: 'Use the property.',
  },
  'endpoint-slice-sync-disabled': {
    severity: 'error',
    title: 'EndpointSlice synchronization is off',
    documentation: 'The cluster does not synchronize EndpointSlices, so the annotation would have no effect.',
    fix: 'Set endpointSliceSync of the cluster to true.',
  },
  'mcs-api-disabled': {
    severity: 'error',
    title: 'Multi-Cluster Services API is off',
    documentation: 'The cluster does not enable the Multi-Cluster Services API, so the export would have no effect.',
    fix: 'Set mcsApi of the cluster to true.',
  },
  'mcs-api-conflict': {
    severity: 'error',
    title: 'Exports differ between clusters',
    documentation:
      'Exports of one service must not differ. Cilium resolves the conflict by age, the oldest export wins ' +
      '(Documentation/network/clustermesh/mcsapi.rst, v1.20.2).',
    fix: 'Set the same values in all clusters.',
  },
  'workload-selector': {
    severity: 'error',
    title: 'Workload that a Service cannot select',
    documentation: 'A Service selects pods by labels only, by the same labels in every cluster.',
    fix: 'Set a selector on the Service.',
  },
  'workload-namespace': {
    severity: 'error',
    title: 'Workload of another namespace',
    documentation: 'A Service selects pods of its own namespace.',
    fix: 'Create the Service in the namespace of the workload.',
  },
  'service-object': {
    severity: 'error',
    title: 'Object is not a Service with a selector',
    documentation:
      'The construct has no Kubernetes object, its object is not a Service, or the Service selects nothing.',
    fix: 'Create a ServiceReference with the labels of the pods.',
  },
  'backend-clusters': {
    severity: 'error',
    title: 'Invalid backendClusters',
    documentation:
      'backendClusters says where the pods of the selector run: in clusters of the service, and only together with ' +
      'a selector.',
    fix: 'Name clusters of the service, or remove backendClusters.',
  },

  // examples that are constructs
  'replicas-invalid': {
    severity: 'error',
    title: 'Invalid number of pods',
    documentation: 'The API server refuses numbers of replicas that are negative or not whole.',
    fix: 'Set a whole number from 0.',
  },
  'planet-missing': {
    severity: 'error',
    title: 'Missing planet',
    documentation:
      'The answer of RebelBaseApp contains the planet of its cluster, which is known only for the clusters of the ' +
      'lab.',
    fix: 'Set planet of the cluster, or message for the whole answer.',
  },
  'external-etcd-version': {
    severity: 'error',
    title: 'External etcd with a clustermesh-apiserver',
    documentation:
      'Cilium 1.14 and later connects clusters through the clustermesh-apiserver, and needs no external etcd.',
    fix: 'Remove ExternalEtcdMesh.',
  },
  'etcd-address-invalid': {
    severity: 'error',
    title: 'Invalid etcd address',
    documentation: 'Agents find the etcds by hostAliases, which hold IP addresses only.',
    fix: 'Set IP addresses.',
  },
  'etcd-addresses-missing': {
    severity: 'error',
    title: 'Missing etcd addresses',
    documentation:
      "Without the addresses of the load balancer, agents of the other clusters cannot reach the cluster's etcd.",
    fix: 'Set the addresses.',
  },
} as const satisfies Codes;

/** A code of the constructs. */
export type ConstructCode = keyof typeof CONSTRUCT_CODES;
