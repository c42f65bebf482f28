import { CLUSTER_LABEL } from '../../../cilium/labels';
import { didYouMean, isTypingError } from '../../../diagnostics/did-you-mean';
import { EvaluatedCluster, knownNamespaces } from '../../read/cluster';
import { unwrittenService, UnwrittenService } from '../../read/policy/services';
import { isCiliumPolicy, RuleSyntax, ServiceReferenceSyntax } from '../../read/policy/syntax';
import { EvaluatedService } from '../../read/service';
import { PolicyOf, RuleContext } from '../context';
import { inManifest, Rule } from '../rule';
import { listNames } from '../shared/names';

export const toServices: Rule<'to-services'> = {
  codes: {
    'to-services': {
      severity: 'warning',
      title: 'toServices selects other pods than it seems to',
      documentation:
        "Cilium looks `toServices` up among the Services of the policy's own cluster and selects their " +
        'pods there (pkg/policy/k8s/service.go). ' +
        'It finds no backends of other clusters. Where it finds no peer at all, a rule with `toPorts` allows all ' +
        'peers on these ports.',
      fix: 'Select the pods behind the Service with toEndpoints, and name the clusters.',
    },
  },
  check(context, report) {
    for (const { cluster, policy } of context.policies) {
      if (isCiliumPolicy(context.syntaxOf(policy)) && policy.refusals.every(({ stage }) => stage === 'unmodelled')) {
        for (const { path, message, fix } of context
          .syntaxOf(policy)
          .rules.flatMap(rule => problemsOf(context, { cluster, policy }, rule))) {
          report('to-services', { at: inManifest(cluster.name, policy.manifest, path), message, fix });
        }
      }
    }
  },
};

interface Problem {
  readonly path: string;
  readonly message: string;
  readonly fix: string;
}

/**
 * What a rule allows that has ports, and Services without any peer; both together are refused before 1.17
 * (pkg/policy/utils/parserules.go, v1.20.2).
 */
const ALLOWS_ALL = 'with toPorts the rule allows all peers on these ports';

function problemsOf(
  context: RuleContext,
  of: PolicyOf,
  { path, services: references, denies, hasPorts }: RuleSyntax,
): Problem[] {
  const { cluster } = of;
  if (references === undefined) {
    return [];
  }
  if (denies) {
    const effect = hasPorts
      ? 'with toPorts the rule denies all peers on these ports'
      : 'the rule denies no peer, and turns on default deny';
    return [
      {
        path: `${path}.toServices`,
        message: `Cilium does not look up Services in egressDeny: ${effect}`,
        fix: 'deny the pods behind the Service by their labels',
      },
    ];
  }
  if (references.length === 0) {
    return hasPorts
      ? [
        {
          path: `${path}.toServices`,
          message: `toServices is an empty list: ${ALLOWS_ALL}`,
          fix: 'name a Service, or remove the rule',
        },
      ]
      : [];
  }
  const referred = references.map(reference => ({
    reference,
    services: reference.matches ? cluster.services.filter(each => reference.matches!.matches(each)) : [],
  }));
  const known = knownNamespaces(cluster.input);
  const unwrittenOf = ({ matches }: ServiceReferenceSyntax) =>
    matches && unwrittenService(matches, name => known.has(name));
  const hasPeers = referred.some(
    ({ reference, services }) =>
      services.some(hasBackends) || (services.length === 0 && unwrittenOf(reference) !== undefined),
  );
  const effect = hasPeers || !hasPorts ? 'this item allows no peer' : ALLOWS_ALL;
  return referred.flatMap(({ reference, services }) =>
    services.length === 0
      ? isUnknown(context, of, reference)
        ? []
        : [
          unwritten(cluster, reference, unwrittenOf(reference), hasPorts) ?? missing(cluster, reference, effect),
        ].flat()
      : problemsOfReference(context, cluster, reference, services, !hasPeers && hasPorts),
  );
}

function hasBackends({ selector, addresses }: EvaluatedService): boolean {
  return selector !== undefined || addresses.length > 0;
}

/** Whether a cluster may have a Service that its manifests do not show, and the name is no likely typing error. */
function isUnknown(
  context: RuleContext,
  { cluster, policy }: PolicyOf,
  { byName }: ServiceReferenceSyntax,
): boolean {
  const { name, namespace } = byName ?? {};
  const names = cluster.services.filter(each => (namespace ?? each.namespace) === each.namespace);
  return (
    (context.mayHaveMore(cluster, namespace === undefined ? undefined : [namespace]) ||
      context.mayBeChanged(cluster, policy.manifest)) &&
    !names.some(each => name !== undefined && isTypingError(name, each.name))
  );
}

/** What is known of a Service that the manifests do not have. */
function unwritten(
  { name: cluster }: EvaluatedCluster,
  reference: ServiceReferenceSyntax,
  found: UnwrittenService | undefined,
  hasPorts: boolean,
): Problem[] | undefined {
  const name = formatReference(reference);
  if (found?.kind === 'unknown') {
    return [
      {
        path: reference.path,
        message:
          `the manifests of ${cluster} have nothing of namespace ${reference.matches!.namespace}, so its peers are ` +
          `unknown here. If ${cluster} has no Service ${name}, ${hasPorts ? ALLOWS_ALL : 'this item allows no peer'}`,
        fix: `add the manifests of namespace ${reference.matches!.namespace}, or select the pods with toEndpoints`,
      },
    ];
  }
  return found && found.service.selector === undefined
    ? [
      {
        path: reference.path,
        message:
          `Service ${name} means the addresses of the API server, which manifests do not have. ` +
          'Cilium recommends the entity instead, because CIDRs select no nodes',
        fix: 'write toEntities: [kube-apiserver] instead of toServices',
      },
    ]
    : found && [];
}

function missing(cluster: EvaluatedCluster, reference: ServiceReferenceSyntax, effect: string): Problem {
  const { name, namespace } = reference.byName ?? {};
  const names = cluster.services
    .filter(each => namespace === undefined || each.namespace === namespace)
    .map(each => each.name);
  const elsewhere = cluster.services.filter(each => each.name === name).map(each => each.namespace);
  return {
    path: reference.path,
    message:
      `${cluster.name} has no Service ${formatReference(reference)}${didYouMean(name, names)}` +
      `${elsewhere.length === 0 ? '' : `, only in namespace ${elsewhere.join(', ')}`}: ${effect}`,
    fix: `correct serviceName and namespace, or add the Service to ${cluster.name}`,
  };
}

function problemsOfReference(
  context: RuleContext,
  cluster: EvaluatedCluster,
  reference: ServiceReferenceSyntax,
  services: readonly EvaluatedService[],
  allowsAll: boolean,
): Problem[] {
  const name = formatReference(reference);
  const problem = (message: string, fix: string) => [{ path: reference.path, message, fix }];
  if (!cluster.version.traits.servicesWithSelector && services.some(({ selector }) => selector !== undefined)) {
    return problem(
      `Service ${name} has a selector, and Cilium ${cluster.version.text} ignores such Services in toServices: ` +
        'this item allows no peer',
      'select the pods behind the Service with toEndpoints',
    );
  }
  return [
    ...(allowsAll
      ? problem(
        `Service ${name} has neither a selector nor addresses: ${ALLOWS_ALL}`,
        'add a selector or EndpointSlices to the Service',
      )
      : []),
    ...(services.length > 1 && reference.byName
      ? problem(
        `${name} without a namespace matches the Services of all namespaces: ` +
            listNames(services.map(each => `${each.namespace}/${name}`)),
        `write namespace: ${services[0].namespace} or another of these namespaces in k8sService`,
      )
      : []),
    ...(services.some(service => hasRemoteBackends(context, cluster, service))
      ? problem(
        `Service ${name} is global, but toServices allows only its backends in ${cluster.name}: ` +
            'connections to the others fail',
        `select the pods with toEndpoints and {key: ${CLUSTER_LABEL}, operator: Exists}`,
      )
      : []),
  ];
}

function formatReference({ byName, bySelector }: ServiceReferenceSyntax): string {
  return bySelector ? 'of this selector' : `${byName?.namespace ? `${byName.namespace}/` : ''}${byName?.name ?? ''}`;
}

/**
 * Whether other clusters have backends of a Service, which its selector does not reach where the local cluster is the
 * default.
 */
function hasRemoteBackends(
  context: RuleContext,
  cluster: EvaluatedCluster,
  { selector, global, name, namespace }: EvaluatedService,
): boolean {
  return (
    selector !== undefined &&
    global &&
    cluster.settings.policy.defaultLocalCluster &&
    context.mesh.clusters.some(
      other =>
        other !== cluster &&
        other.services.some(
          theirs => theirs.name === name && theirs.namespace === namespace && theirs.global && theirs.shared,
        ),
    )
  );
}
