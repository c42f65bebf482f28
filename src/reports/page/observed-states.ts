/** What comes of recorded flows, as pages show it. */
import type { RuleReference } from '../../evaluator/queries/explain';
import type { DigestedFlow } from '../../observed/digest/replay-digest';
import type { Difference } from '../../observed/judging/agreement';

/** What comes of a recorded flow, in the order in which people should look at it. */
export const OBSERVED_STATES = [
  'would-break',
  'requests-would-break',
  'disagrees',
  'redirected',
  'opens',
  'differs',
  'undetermined',
  'used',
  'stopped',
  'unproven',
] as const;
export type ObservedState = (typeof OBSERVED_STATES)[number];

/** The states in words. */
export const OBSERVED_TEXTS: {
  readonly [state in ObservedState]: { readonly label: string; readonly title: string };
} = {
  'would-break': { label: 'would break', title: 'Hubble saw it pass, and the manifests deny it' },
  'requests-would-break': {
    label: 'requests would break',
    title: 'a proxy let requests through that layer 7 rules of the manifests deny',
  },
  'disagrees': { label: 'disagrees', title: 'nothing explains why Hubble recorded another verdict' },
  'redirected': { label: 'redirected', title: 'a proxy would decide its requests, which it did not' },
  'opens': { label: 'opens', title: 'Hubble saw it dropped, and the manifests allow it' },
  'differs': { label: 'differs', title: 'Hubble recorded another verdict, for a known reason' },
  'undetermined': { label: 'undetermined', title: 'neither the recording nor the manifests tell what decides it' },
  'used': { label: 'used', title: 'Hubble saw it pass, and the manifests allow it' },
  'stopped': { label: 'stopped', title: 'Hubble saw it dropped, and the manifests deny it' },
  'unproven': { label: 'unproven', title: 'the records do not tell whether policies let it pass' },
};

/** A recorded flow and its verdicts. */
export interface ObservedRow {
  readonly state: ObservedState;
  readonly source: string;
  readonly destination: string;
  /** References that the page can explain; undefined for ends outside of the mesh without one. */
  readonly from?: string;
  readonly to?: string;
  readonly protocol: string;
  readonly port: number;
  /** Records, not connections. */
  readonly records: number;
  /** RFC 3339. */
  readonly first?: string;
  readonly last?: string;
  /** What the recording shows. */
  readonly seen: 'passed' | 'dropped' | 'neither';
  readonly decision: Verdicts;
  readonly before?: Verdicts;
  readonly change?: DigestedFlow['change'];
  /** What is not known of it. */
  readonly undetermined?: DigestedFlow['doubt'];
  readonly deniedRequests: number;
  /** The rules that decide, the first ones. */
  readonly rules: readonly RuleReference[];
  readonly differences: ReadonlyArray<Pick<Difference, 'direction' | 'kind' | 'explanation'>>;
  /** Further sentences about the flow. */
  readonly notes: readonly string[];
}

export interface Verdicts {
  readonly egress: string;
  readonly ingress: string;
  readonly verdict: string;
}
