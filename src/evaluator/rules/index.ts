import { contextTwice } from './mesh/context-twice';
import { meshModel } from './mesh/mesh-model';
import { nothingToCheck } from './mesh/nothing-to-check';
import { snapshotGap } from './mesh/snapshot-gap';
import { namespaceAnnotation } from './namespaces/namespace-annotation';
import { namespaceLabelMissing } from './namespaces/namespace-label-missing';
import { namespaceLabelsUnknown } from './namespaces/namespace-labels-unknown';
import { namespaceNotGlobal } from './namespaces/namespace-not-global';
import { apiVersionRemoved } from './objects/api-version-removed';
import { ignoredDocuments } from './objects/ignored-documents';
import { objectKindUnknown } from './objects/object-kind-unknown';
import { objectTwice } from './objects/object-twice';
import { serviceInvalid } from './objects/service-invalid';
import { workloadInvalid } from './objects/workload-invalid';
import { workloadKindUnread } from './objects/workload-kind-unread';
import { authenticationFails } from './policies/authentication-fails';
import { authenticationOrder } from './policies/authentication-order';
import { cidrGroupMissing } from './policies/cidr-group-missing';
import { cidrOfNodes } from './policies/cidr-of-nodes';
import { cidrOfPods } from './policies/cidr-of-pods';
import { cidrOfServices } from './policies/cidr-of-services';
import { clusterUnknown } from './policies/cluster-unknown';
import { dnsDenied } from './policies/dns-denied';
import { emptyRuleAllowsNoPeer } from './policies/empty-rule-allows-no-peer';
import { entityClusterIsLocal } from './policies/entity-cluster-is-local';
import { fqdnWithoutDnsRule } from './policies/fqdn-without-dns-rule';
import { halfOpen } from './policies/half-open';
import { hostFirewallDisabled } from './policies/host-firewall-disabled';
import { hostPolicyCutsMesh } from './policies/host-policy-cuts-mesh';
import { labelKeyTwice } from './policies/label-key-twice';
import { labelNotInIdentity } from './policies/label-not-in-identity';
import { localClusterDefault } from './policies/local-cluster-default';
import { peerOnHostNetwork } from './policies/peer-on-host-network';
import { peerSelectsNothing } from './policies/peer-selects-nothing';
import { policyConflict } from './policies/policy-conflict';
import { policyInOneCluster } from './policies/policy-in-one-cluster';
import { policyKindDisabled } from './policies/policy-kind-disabled';
import { policyKindUnknown } from './policies/policy-kind-unknown';
import { policyNotModelled } from './policies/policy-not-modelled';
import { policyOnHostNetwork } from './policies/policy-on-host-network';
import { policyRefusedByApiServer } from './policies/policy-refused-by-api-server';
import { policyRefusedByCilium } from './policies/policy-refused-by-cilium';
import { policySelectsNothing } from './policies/policy-selects-nothing';
import { portNameUnknown } from './policies/port-name-unknown';
import { selectorIncludesWorld } from './policies/selector-includes-world';
import { servicePortDenied } from './policies/service-port-denied';
import { servicePortInPolicy } from './policies/service-port-in-policy';
import { toServices } from './policies/to-services';
import { Rule } from './rule';
import { routeBackendDenied } from './services/route-backend-denied';
import { serviceAffinityNone } from './services/service-affinity-none';
import { serviceAffinityWithoutEffect } from './services/service-affinity-without-effect';
import { serviceAnnotationLegacy } from './services/service-annotation-legacy';
import { serviceAnnotationUnknown } from './services/service-annotation-unknown';
import { serviceAnnotationValue } from './services/service-annotation-value';
import { serviceAnnotationWithoutGlobal } from './services/service-annotation-without-global';
import { serviceExportConflict } from './services/service-export-conflict';
import { serviceExportCrd } from './services/service-export-crd';
import { serviceExportDisabled } from './services/service-export-disabled';
import { serviceExportWithoutService } from './services/service-export-without-service';
import { serviceHeadlessWithoutSync } from './services/service-headless-without-sync';
import { serviceInOtherNamespace } from './services/service-in-other-namespace';
import { serviceMissing } from './services/service-missing';
import { serviceNamespaceNotGlobal } from './services/service-namespace-not-global';
import { serviceNotGlobal } from './services/service-not-global';
import { servicePartial } from './services/service-partial';
import { servicePortNameDiffers } from './services/service-port-name-differs';
import { servicePortUnknown } from './services/service-port-unknown';
import { servicePortsMixed } from './services/service-ports-mixed';
import { serviceRedirected } from './services/service-redirected';
import { serviceSelectsNothing } from './services/service-selects-nothing';
import { serviceTrafficLocal } from './services/service-traffic-local';
import { serviceWithoutBackends } from './services/service-without-backends';
import { auditMode } from './values/audit-mode';
import { certificateAuthorityDiffers } from './values/certificate-authority-differs';
import { helmValueRemoved } from './values/helm-value-removed';
import { meshPeerUnknown } from './values/mesh-peer-unknown';
import { podCidrPoolDiffers } from './values/pod-cidr-pool-differs';
import { valuesNotModelled } from './values/values-not-modelled';
import { valuesOtherCluster } from './values/values-other-cluster';

/** Every rule of `check`, in the order of the documentation. */
export const RULES: readonly Rule[] = [
  nothingToCheck,
  objectTwice,
  objectKindUnknown,
  workloadInvalid,
  serviceInvalid,
  apiVersionRemoved,
  workloadKindUnread,
  ignoredDocuments,
  policyRefusedByApiServer,
  policyRefusedByCilium,
  policyNotModelled,
  policyConflict,
  policyKindDisabled,
  policyKindUnknown,
  policySelectsNothing,
  policyOnHostNetwork,
  hostFirewallDisabled,
  hostPolicyCutsMesh,
  policyInOneCluster,
  peerSelectsNothing,
  peerOnHostNetwork,
  selectorIncludesWorld,
  servicePortDenied,
  servicePortInPolicy,
  portNameUnknown,
  clusterUnknown,
  halfOpen,
  localClusterDefault,
  authenticationFails,
  authenticationOrder,
  dnsDenied,
  fqdnWithoutDnsRule,
  emptyRuleAllowsNoPeer,
  labelNotInIdentity,
  labelKeyTwice,
  entityClusterIsLocal,
  cidrOfPods,
  cidrOfServices,
  cidrOfNodes,
  cidrGroupMissing,
  toServices,
  namespaceNotGlobal,
  namespaceAnnotation,
  namespaceLabelsUnknown,
  namespaceLabelMissing,
  serviceAnnotationUnknown,
  serviceAnnotationValue,
  serviceAnnotationLegacy,
  serviceAnnotationWithoutGlobal,
  serviceAffinityNone,
  serviceAffinityWithoutEffect,
  serviceMissing,
  serviceNotGlobal,
  serviceInOtherNamespace,
  serviceNamespaceNotGlobal,
  serviceHeadlessWithoutSync,
  serviceSelectsNothing,
  serviceWithoutBackends,
  servicePortUnknown,
  servicePortNameDiffers,
  servicePortsMixed,
  servicePartial,
  serviceTrafficLocal,
  serviceExportDisabled,
  serviceExportCrd,
  serviceExportWithoutService,
  serviceExportConflict,
  serviceRedirected,
  routeBackendDenied,
  auditMode,
  valuesOtherCluster,
  valuesNotModelled,
  helmValueRemoved,
  certificateAuthorityDiffers,
  meshPeerUnknown,
  podCidrPoolDiffers,
  contextTwice,
  snapshotGap,
  meshModel,
];
