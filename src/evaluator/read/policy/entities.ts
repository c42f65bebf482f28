import { CLUSTER_LABEL } from '../../../cilium/labels';
import { Traits } from '../../../cilium/traits';
import { LabelSelectorTerms, reservedSelector, WILDCARD } from '../../engine/label-selector';
import { PeerSelector } from '../../engine/selector';
import { PolicySettings } from '../../engine/settings';

const ENTITIES = [
  'all',
  'world',
  'cluster',
  'host',
  'init',
  'ingress',
  'unmanaged',
  'remote-node',
  'health',
  'none',
  'kube-apiserver',
];

/** The entities of the CRD. */
export function entitiesOf(traits: Traits): readonly string[] {
  return traits.clusterMeshEntity ? [...ENTITIES, 'cluster-mesh'] : ENTITIES;
}

const CLUSTER_PARTS = ['host', 'remote-node', 'init', 'ingress', 'health', 'unmanaged', 'kube-apiserver'];

/**
 * The selectors of an entity (pkg/policy/api/entity.go, v1.20.2). They include the aggregates in all versions, because
 * no identity has one before 1.20.
 */
export function entitySelectors(entity: string, settings: PolicySettings): PeerSelector[] {
  switch (entity) {
    case 'all':
      return [WILDCARD];
    case 'world':
      return ['world', 'world-ipv4', 'world-ipv6', 'aggregate-world'].map(reservedSelector);
    case 'cluster':
      return [
        ...[...CLUSTER_PARTS, 'aggregate-cluster'].map(reservedSelector),
        new LabelSelectorTerms().addMatch(`k8s:${CLUSTER_LABEL}`, settings.clusterName).selector(),
      ];
    case 'cluster-mesh':
      return [
        ...[...CLUSTER_PARTS, 'aggregate-cluster', 'aggregate-cluster-mesh'].map(reservedSelector),
        new LabelSelectorTerms().addExpression(CLUSTER_LABEL, 'Exists').selector(),
      ];
    case 'remote-node':
      return ['remote-node', 'aggregate-remote-node'].map(reservedSelector);
    default:
      return [reservedSelector(entity)];
  }
}
