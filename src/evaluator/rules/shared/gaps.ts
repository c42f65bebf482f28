import { POLICY_KINDS } from '../../../cilium/policy-kinds';
import { WORKLOAD_KINDS } from '../../../cilium/workload-kinds';
import { MeshInput } from '../../../manifests/input';

/** What a gap of a snapshot makes unknown, in words, and the findings that would hold only without it. */
export interface GapEffect {
  readonly unknown: string;
  readonly codes: readonly string[];
}

const WITHOUT_PODS = [
  'policy-selects-nothing',
  'port-name-unknown',
  'service-affinity-without-effect',
  'service-without-backends',
  'peer-selects-nothing',
  'service-selects-nothing',
  'service-port-unknown',
  'policy-in-one-cluster',
];

const WORKLOADS: GapEffect = { unknown: 'workloads', codes: WITHOUT_PODS };

const POLICIES: GapEffect = {
  unknown: 'policies',
  codes: [
    'half-open',
    'policy-in-one-cluster',
    'dns-denied',
    'fqdn-without-dns-rule',
    'service-partial',
    'route-backend-denied',
    'local-cluster-default',
    'service-port-denied',
    'service-port-in-policy',
    'host-policy-cuts-mesh',
  ],
};

/** The findings that hold with Cilium's default settings, and that other settings may disprove. */
export const SETTING_CODES: ReadonlySet<string> = new Set([
  'authentication-disabled',
  'cidr-of-nodes',
  'host-firewall-disabled',
  'label-not-in-identity',
  'local-redirect-disabled',
  'namespace-not-global',
  'policy-kind-disabled',
  'service-export-disabled',
  'service-headless-without-sync',
  'service-namespace-not-global',
]);

const SETTINGS: GapEffect = {
  unknown: "settings of Cilium, so this program assumes Cilium's defaults",
  codes: [...SETTING_CODES, 'cluster-id-range', 'cluster-name-default'],
};

/**
 * The findings that further policies may disprove. A rule with the port of a Service is wrong by itself: another policy
 * may only allow what this one means to.
 */
export const POLICY_CODES: ReadonlySet<string> = new Set(
  POLICIES.codes.filter(code => code !== 'service-port-in-policy'),
);

/** Of these, the findings about objects that are written only with the setting. Without values, it may well be on. */
export const EVIDENT_SETTING_CODES: ReadonlySet<string> = new Set(['authentication-disabled']);

/** The findings that patches of a kustomization may disprove. */
export const KUSTOMIZE_CODES: ReadonlySet<string> = new Set([
  'port-name-unknown',
  'service-port-denied',
  'service-port-in-policy',
  'service-port-unknown',
  'workload-invalid',
]);

/** By the name of a resource without its group, or of another part of a snapshot. */
const EFFECTS: { readonly [what: string]: GapEffect } = {
  ...Object.fromEntries(Object.keys(WORKLOAD_KINDS).map(kind => [`${kind.toLowerCase()}s`, WORKLOADS])),
  ...Object.fromEntries(
    Object.values(POLICY_KINDS).map(({ kind, subject }) => [
      kind.toLowerCase().replace(/y$/, 'ie').concat('s'),
      subject === undefined ? { unknown: 'CIDR groups', codes: ['cidr-group-missing'] } : POLICIES,
    ]),
  ),
  namespaces: {
    unknown: 'labels and annotations of namespaces',
    codes: [
      ...WITHOUT_PODS,
      'namespace-not-global',
      'namespace-label-missing',
      'namespace-labels-unknown',
      'service-namespace-not-global',
    ],
  },
  services: {
    unknown: 'Services',
    codes: [
      'service-missing',
      'service-not-global',
      'service-in-other-namespace',
      'service-export-without-service',
      'service-partial',
      'to-services',
      'service-port-in-policy',
    ],
  },
  endpointslices: { unknown: 'backends of Services without a selector', codes: ['service-partial', 'to-services'] },
  ciliumlocalredirectpolicies: { unknown: 'local redirect policies', codes: [] },
  serviceexports: { unknown: 'exports of Services', codes: ['service-missing', 'service-not-global'] },
  nodes: { unknown: 'nodes', codes: [] },
  configmaps: SETTINGS,
  version: { unknown: 'version of Cilium, so this program assumes the newest one', codes: ['local-cluster-default'] },
};

const OTHER: GapEffect = { unknown: 'objects', codes: [] };

/** What a gap makes unknown. */
export function gapEffect(what: string): GapEffect {
  const name = what.split(/[./]/)[0];
  return Object.prototype.hasOwnProperty.call(EFFECTS, name) ? EFFECTS[name] : OTHER;
}

/** The codes of findings that may be false because a snapshot has gaps. `snapshot-gap` names the gaps instead. */
export function uncertainCodes({ clusters }: MeshInput): ReadonlySet<string> {
  const gaps = clusters.flatMap(({ settings }) => settings.gaps ?? []);
  return new Set(gaps.flatMap(({ what }) => gapEffect(what).codes));
}
