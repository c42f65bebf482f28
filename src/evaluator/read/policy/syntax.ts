import { ServiceReference } from './services';
import { CLUSTER_LABEL } from '../../../cilium/labels';
import { Direction } from '../../engine/entry';

/**
 * A policy as its author wrote it, with the path of each part. Rules of `check` that judge the writing rather than the
 * verdicts read it.
 *
 * It includes refused policies. It skips fields of the wrong type, because a refusal reports them.
 */
export interface PolicySyntax {
  readonly kind: string;
  /** At least one. */
  readonly specs: readonly SpecSyntax[];
  readonly rules: readonly RuleSyntax[];
  readonly rulesByPath: ReadonlyMap<string, RuleSyntax>;
  /** Every label selector: of the subjects and of the peers. */
  readonly selectors: readonly SelectorSyntax[];
}

/** `spec`, or an item of `specs`. */
export interface SpecSyntax {
  readonly path: string;
  /** The selector of the pods or nodes that the policy applies to, also where it is missing. */
  readonly subjectPath: string;
  readonly subjects: readonly SelectorSyntax[];
  readonly rules: readonly RuleSyntax[];
}

export type Section = 'ingress' | 'ingressDeny' | 'egress' | 'egressDeny';

/** An item of a section. */
export interface RuleSyntax {
  readonly path: string;
  /** The path of its spec. */
  readonly spec: string;
  readonly section: Section;
  readonly direction: Direction;
  readonly denies: boolean;
  /** Written as `{}`. */
  readonly isEmpty: boolean;
  /** The lists of peers of Cilium's policies, also empty ones: `fromEndpoints`, `toCIDRSet` and so on. */
  readonly peers: readonly PeerListSyntax[];
  readonly selectors: readonly SelectorSyntax[];
  readonly cidrs: readonly CidrSyntax[];
  readonly cidrGroups: readonly TextSyntax[];
  /** The items of `toServices`; undefined without this field. */
  readonly services?: readonly ServiceReferenceSyntax[];
  /** Whether `toPorts` has an item. */
  readonly hasPorts: boolean;
}

export interface PeerListSyntax {
  readonly field: string;
  readonly path: string;
  readonly items: readonly unknown[];
}

/** A text and its place. */
export interface TextSyntax {
  readonly text: string;
  readonly path: string;
}

/** A CIDR and the parts of it that the rule excludes. */
export interface CidrSyntax extends TextSyntax {
  readonly except: readonly string[];
}

/** An item of `toServices`. */
export interface ServiceReferenceSyntax {
  readonly path: string;
  /** `k8sService`; absent from a reference by labels. */
  readonly byName?: { readonly name?: string; readonly namespace?: string };
  readonly bySelector: boolean;
  /** Undefined where Cilium cannot read the reference. */
  readonly matches?: ServiceReference;
}

export interface SelectorSyntax {
  readonly path: string;
  readonly selects: 'pods' | 'namespaces' | 'nodes' | 'services' | 'cidrGroups';
  readonly keys: readonly SelectorKeySyntax[];
}

/** A condition of a selector. */
export interface SelectorKeySyntax {
  readonly field: 'matchLabels' | 'matchExpressions';
  /** As written, with the source if it has one: `k8s:app`. */
  readonly key: string;
  readonly operator: string;
  readonly values: readonly string[];
  readonly path: string;
}

/** Whether a policy is of one of Cilium's own kinds. */
export function isCiliumPolicy({ kind }: PolicySyntax): boolean {
  return kind === 'CiliumNetworkPolicy' || kind === 'CiliumClusterwideNetworkPolicy';
}

/** A key without the source of pods' labels: `k8s:app` is `app`. */
export function bareKey(key: string): string {
  return key.replace(/^(k8s|any):/, '');
}

/** Whether a selector names clusters. */
export function namesCluster({ keys }: SelectorSyntax): boolean {
  return keys.some(({ key }) => bareKey(key) === CLUSTER_LABEL);
}
