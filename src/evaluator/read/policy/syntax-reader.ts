import { FieldReader, Fields } from './field-reader';
import { readServiceReference } from './services';
import {
  PolicySyntax,
  RuleSyntax,
  SelectorKeySyntax,
  SelectorSyntax,
  ServiceReferenceSyntax,
  SpecSyntax,
  CidrSyntax,
  TextSyntax,
} from './syntax';
import { POLICY_KINDS, PolicyKindName } from '../../../cilium/policy-kinds';
import { NEWEST } from '../../../cilium/traits';
import { isMap } from '../../../diagnostics/is-map';
import { Manifest } from '../../../manifests/manifest';

/** Reads how a policy is written. */
export function readPolicySyntax({ object }: Manifest): PolicySyntax {
  const fields: Fields = object;
  const kind = String(fields.kind);
  const several = itemsOf(fields.specs, 'specs').map(({ item, path }) => readSpec(kind, isMap(item) ? item : {}, path));
  const specs =
    isMap(fields.spec) || several.length === 0
      ? [readSpec(kind, isMap(fields.spec) ? fields.spec : {}, 'spec'), ...several]
      : several;
  const rules = specs.flatMap(spec => spec.rules);
  const selectors = specs.flatMap(spec => [...spec.subjects, ...spec.rules.flatMap(rule => rule.selectors)]);
  return { kind, specs, rules, rulesByPath: new Map(rules.map(rule => [rule.path, rule])), selectors };
}

const SECTIONS: ReadonlyArray<Pick<RuleSyntax, 'section' | 'direction' | 'denies'>> = [
  { section: 'ingress', direction: 'ingress', denies: false },
  { section: 'ingressDeny', direction: 'ingress', denies: true },
  { section: 'egress', direction: 'egress', denies: false },
  { section: 'egressDeny', direction: 'egress', denies: true },
];

function readSpec(kind: string, spec: Fields, path: string): SpecSyntax {
  return {
    path,
    subjectPath: `${path}.${POLICY_KINDS[kind as PolicyKindName]?.subject ?? 'endpointSelector'}`,
    subjects: [
      ...readSelector(spec.endpointSelector, `${path}.endpointSelector`, 'pods'),
      ...readSelector(spec.nodeSelector, `${path}.nodeSelector`, 'nodes'),
      ...readSelector(spec.podSelector, `${path}.podSelector`, 'pods'),
      ...readPods(spec.subject, `${path}.subject`),
    ],
    rules: SECTIONS.flatMap(section =>
      itemsOf(spec[section.section], `${path}.${section.section}`).map(({ item, path: here }) =>
        readRule(isMap(item) ? item : undefined, here, section, path),
      ),
    ),
  };
}

/** The fields of peers: those of Cilium's policies, then that of Kubernetes'. */
const PEER_FIELDS = {
  ingress: {
    lists: ['fromEndpoints', 'fromEntities', 'fromCIDR', 'fromCIDRSet', 'fromNodes'],
    endpoints: ['fromEndpoints', 'fromRequires'],
    nodes: 'fromNodes',
    cidr: 'fromCIDR',
    cidrSet: 'fromCIDRSet',
    pods: 'from',
  },
  egress: {
    lists: ['toEndpoints', 'toEntities', 'toCIDR', 'toCIDRSet', 'toNodes'],
    endpoints: ['toEndpoints', 'toRequires'],
    nodes: 'toNodes',
    cidr: 'toCIDR',
    cidrSet: 'toCIDRSet',
    pods: 'to',
  },
};

function readRule(
  rule: Fields | undefined,
  path: string,
  { section, direction, denies }: Pick<RuleSyntax, 'section' | 'direction' | 'denies'>,
  spec: string,
): RuleSyntax {
  const fields = rule ?? {};
  const { lists, endpoints, nodes, cidr, cidrSet, pods } = PEER_FIELDS[direction];
  const items = (field: string) =>
    fields[field] === undefined ? NO_ITEMS : itemsOf(fields[field], `${path}.${field}`);
  const [cidrs, cidrRules, peers, services] = [items(cidr), items(cidrSet), items(pods), items('toServices')];
  return {
    path,
    spec,
    section,
    direction,
    denies,
    isEmpty: rule !== undefined && Object.keys(rule).length === 0,
    peers: lists.flatMap(field => {
      const written = fields[field];
      return Array.isArray(written) ? [{ field, path: `${path}.${field}`, items: written as readonly unknown[] }] : [];
    }),
    selectors: [
      ...endpoints.flatMap(items).flatMap(each => readSelector(each.item, each.path, 'pods')),
      ...items(nodes).flatMap(each => readSelector(each.item, each.path, 'nodes')),
      ...cidrRules.flatMap(each =>
        readSelector(fieldOf(each.item, 'cidrGroupSelector'), `${each.path}.cidrGroupSelector`, 'cidrGroups'),
      ),
      ...services.flatMap(each =>
        readSelector(
          fieldOf(fieldOf(each.item, 'k8sServiceSelector'), 'selector'),
          `${each.path}.k8sServiceSelector.selector`,
          'services',
        ),
      ),
      ...peers.flatMap(each => readPods(each.item, each.path)),
    ],
    cidrs: [
      ...cidrs.flatMap(({ item, path: at }) => readCidr({ cidr: item }, at)),
      ...cidrRules.flatMap(({ item, path: at }) => readCidr(item, at)),
      ...peers.flatMap(({ item, path: at }) => readCidr(fieldOf(item, 'ipBlock'), `${at}.ipBlock`)),
    ],
    cidrGroups: cidrRules.flatMap(({ item, path: at }) => readText(fieldOf(item, 'cidrGroupRef'), at)),
    ...(Array.isArray(fields.toServices)
      ? { services: services.map(each => readReference(each.item, each.path)) }
      : {}),
    hasPorts: Array.isArray(fields.toPorts) && fields.toPorts.length > 0,
  };
}

/** Pods by a selector of their namespaces and one of their own: of a NetworkPolicy, or of a ClusterNetworkPolicy. */
function readPods(value: unknown, path: string): SelectorSyntax[] {
  return !isMap(value)
    ? []
    : [
      ...readSelector(value.namespaces, `${path}.namespaces`, 'namespaces'),
      ...readSelector(value.namespaceSelector, `${path}.namespaceSelector`, 'namespaces'),
      ...readSelector(value.podSelector, `${path}.podSelector`, 'pods'),
      ...(value.pods === undefined ? [] : readPods(value.pods, `${path}.pods`)),
    ];
}

function readSelector(value: unknown, path: string, selects: SelectorSyntax['selects']): SelectorSyntax[] {
  if (!isMap(value)) {
    return [];
  }
  const labels = isMap(value.matchLabels) ? Object.entries(value.matchLabels) : [];
  return [
    {
      path,
      selects,
      keys: [
        ...labels.map(([key, text]): SelectorKeySyntax => ({
          field: 'matchLabels',
          key,
          operator: 'In',
          values: [String(text)],
          path: `${path}.matchLabels[${JSON.stringify(key)}]`,
        })),
        ...itemsOf(value.matchExpressions, `${path}.matchExpressions`).flatMap(
          ({ item, path: here }): SelectorKeySyntax[] =>
            isMap(item)
              ? [
                {
                  field: 'matchExpressions',
                  key: String(item.key),
                  operator: String(item.operator),
                  values: Array.isArray(item.values) ? item.values.map(String) : [],
                  path: here,
                },
              ]
              : [],
        ),
      ],
    },
  ];
}

function readReference(item: unknown, path: string): ServiceReferenceSyntax {
  const fields = isMap(item) ? item : {};
  const text = (value: unknown) => (typeof value === 'string' ? value : undefined);
  return {
    path,
    ...(isMap(fields.k8sService)
      ? { byName: { name: text(fields.k8sService.serviceName), namespace: text(fields.k8sService.namespace) } }
      : {}),
    bySelector: isMap(fields.k8sServiceSelector),
    matches: readServiceReference(new FieldReader(), item, path, NEWEST),
  };
}

interface Item {
  readonly item: unknown;
  readonly path: string;
}

const NO_ITEMS: readonly Item[] = [];

function itemsOf(value: unknown, path: string): readonly Item[] {
  return Array.isArray(value) ? value.map((item: unknown, index) => ({ item, path: `${path}[${index}]` })) : NO_ITEMS;
}

function fieldOf(value: unknown, field: string): unknown {
  return isMap(value) ? value[field] : undefined;
}

function readCidr(value: unknown, path: string): CidrSyntax[] {
  const except = fieldOf(value, 'except');
  return readText(fieldOf(value, 'cidr'), path).map(cidr => ({
    ...cidr,
    except: (Array.isArray(except) ? except : []).filter(each => typeof each === 'string'),
  }));
}

function readText(value: unknown, path: string): TextSyntax[] {
  return typeof value === 'string' ? [{ text: value, path }] : [];
}
