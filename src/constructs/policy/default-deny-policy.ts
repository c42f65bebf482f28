import { ApiObject } from 'cdk8s';
import { Construct } from 'constructs';
import { checkDefaultDeny } from './default-deny-checks';
import { DefaultDenyPolicyProps, DenyDirection, DnsAccess } from './default-deny-props';
import { denyingRules, DNS_LABELS, endpointSelectors } from './default-deny-spec';
import * as cilium from '../../../imports/cilium.io';
import { placed } from '../checks/placed';
import { present } from '../checks/present';
import { withoutProperty } from '../faults';
import { DefaultDenyLaw, DeniedPods } from '../intent/default-deny-law';
import { addStatement } from '../intent/statement';
import { objectNamespace } from '../kubernetes/names';
import { claimName } from '../kubernetes/object-names';
import { Cluster } from '../mesh/cluster';
import { placement } from '../mesh/placement';
import { applyLast } from '../mesh/sync-waves';
import { PropertyRefusals } from '../property-refusals';

/**
 * Denies all flows to and from pods that no other policy allows, except DNS.
 *
 * The policy has an empty rule (`ingress: [{}]`), which allows nothing and enables default deny for the pods that it
 * selects. Nodes can still reach the pods that run on them.
 */
export class DefaultDenyPolicy extends Construct {
  /** The policies, in the order of the clusters. */
  public readonly policies!: ApiObject[];

  constructor(scope: Construct, id: string, props: DefaultDenyPolicyProps = {}) {
    super(...placed(scope, id));
    props = present('DefaultDenyPolicyProps', props);
    const refusals = new PropertyRefusals(this);
    const checked = refusals.checkProps('DefaultDenyPolicyProps', props);
    const clusters = checked ? placement(this, props.clusters, refusals) : [];
    const selectors = checked ? endpointSelectors(props) : [];
    if (checked) {
      checkDefaultDeny(props.name ?? id, props, selectors.length, refusals);
    }
    if (refusals.report()) {
      withoutProperty(this, 'policies');
      return;
    }
    const type = props.clusterwide ? cilium.CiliumClusterwideNetworkPolicy : cilium.CiliumNetworkPolicy;
    const written = props.clusterwide ? undefined : objectNamespace(this, props.namespace);
    const namespace = props.clusterwide ? undefined : (written ?? 'default');
    const { kind } = type.GVK;
    const name = claimName(this, clusters.map(cluster => ({ cluster, kind, namespace })), props.name);
    this.policies = clusters.map(cluster => {
      const specs = selectors.map(endpointSelector => ({
        description: props.description ?? 'Default Deny',
        endpointSelector,
        ...denyingRules(props, cluster),
      }));
      return new ApiObject(
        cluster.scopeFor(this),
        'policy',
        type.manifest({
          metadata: { name, namespace: written },
          ...(specs.length === 1 ? { spec: specs[0] } : { specs }),
        }),
      );
    });
    this.policies.forEach(applyLast);
    const law = new DefaultDenyLaw(deniedPods(props, clusters, namespace));
    addStatement({ construct: this, law, policies: this.policies });
  }
}

function deniedPods(
  props: DefaultDenyPolicyProps,
  clusters: readonly Cluster[],
  namespace: string | undefined,
): DeniedPods {
  const direction = props.direction ?? DenyDirection.BOTH;
  const dns = props.dns ?? DnsAccess.UDP_AND_TCP;
  return {
    clusters,
    namespace,
    exceptNamespaces: props.clusterwide ? (props.exceptNamespaces ?? ['kube-system']) : [],
    ...(props.selector ? { selected: props.selector._terms } : {}),
    exceptions: (props.exceptions ?? []).map(each => each._terms),
    directions: (['egress', 'ingress'] as const).filter(each => [DenyDirection.BOTH, each].includes(direction)),
    ...(dns === DnsAccess.NONE
      ? {}
      : {
        dns: {
          namespace: props.dnsNamespace ?? 'kube-system',
          labels: props.dnsLabels ?? DNS_LABELS,
          protocols: dns === DnsAccess.UDP ? ['UDP'] : ['UDP', 'TCP'],
          isLocal: props.dnsClusterLabel !== false,
        },
      }),
  };
}
