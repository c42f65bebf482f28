/** Annotation of a Namespace: whether it is global (pkg/annotation/k8s.go, v1.20.2). */
export const GLOBAL_NAMESPACE_ANNOTATION = 'clustermesh.cilium.io/global';
