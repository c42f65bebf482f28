import { EvaluatedPolicy } from '../read/cluster';

/** A rule of a policy as it is written. */
export interface RawRule {
  /** `spec`, or an item of `specs`. */
  readonly spec: any;
  readonly section: 'ingress' | 'ingressDeny' | 'egress' | 'egressDeny';
  readonly rule: any;
  readonly path: string;
}

/** The rules of a CiliumNetworkPolicy, CiliumClusterwideNetworkPolicy or NetworkPolicy, as they are written. */
export function rawRules({ manifest: { object } }: EvaluatedPolicy): RawRule[] {
  const specs: Array<[any, string]> = [...isMap(object.spec) ? [[object.spec, 'spec'] as [any, string]] : [], ...list(object.specs).map((spec, index): [any, string] => [spec, `specs[${index}]`])];
  return specs.flatMap(([spec, path]) => (['ingress', 'ingressDeny', 'egress', 'egressDeny'] as const)
    .flatMap(section => list(spec?.[section]).map((rule, index) => ({ spec, section, rule, path: `${path}.${section}[${index}]` }))));
}

/** A label selector somewhere in a policy. */
export interface RawSelectorAt {
  readonly selector: any;
  readonly path: string;
}

/** Every label selector of a policy: of its endpoints and of its peers. */
export function rawSelectors(policy: EvaluatedPolicy): RawSelectorAt[] {
  const all: RawSelectorAt[] = [];
  const visit = (value: unknown, path: string) => {
    if (Array.isArray(value)) {
      value.forEach((each, index) => visit(each, `${path}[${index}]`));
    } else if (isMap(value)) {
      if (isMap(value.matchLabels) || Array.isArray(value.matchExpressions)) {
        all.push({ selector: value, path });
      } else {
        Object.entries(value).forEach(([key, each]) => visit(each, path === '' ? key : `${path}.${key}`));
      }
    }
  };
  const { spec, specs } = policy.manifest.object;
  visit({ ...spec === undefined ? {} : { spec }, ...specs === undefined ? {} : { specs } }, '');
  return all;
}

/** The keys of a selector, with where each is and the values that it is compared with. */
export function selectorKeys({ selector, path }: RawSelectorAt): SelectorKey[] {
  return [
    ...Object.entries(isMap(selector.matchLabels) ? selector.matchLabels : {}).map(([key, value]) => ({ key, operator: 'In', values: [String(value)], path: `${path}.matchLabels[${JSON.stringify(key)}]` })),
    ...list(selector.matchExpressions).map((each, index) => ({ key: String(each?.key), operator: String(each?.operator), values: list(each?.values).map(String), path: `${path}.matchExpressions[${index}]` })),
  ];
}

export interface SelectorKey {
  readonly key: string;
  readonly operator: string;
  readonly values: readonly string[];
  readonly path: string;
}

/** A key without its source: `k8s:app` is `app`. */
export function bareKey(key: string): string {
  return key.replace(/^(k8s|any):/, '');
}

/** Whether a policy is of one of Cilium's own kinds. */
export function isCiliumPolicy({ manifest: { object } }: EvaluatedPolicy): boolean {
  return object.kind === 'CiliumNetworkPolicy' || object.kind === 'CiliumClusterwideNetworkPolicy';
}

export function list(value: unknown): any[] {
  return Array.isArray(value) ? value : [];
}

export function isMap(value: unknown): value is { [key: string]: any } {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
