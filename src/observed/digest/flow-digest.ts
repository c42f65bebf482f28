/**
 * A recording in short, as a report contains it: what is needed to judge its flows again by other manifests.
 *
 * It holds no records, no identifiers of records, no requests and no files. An address outside of the mesh is there as
 * the first one of all that no policy of the report's meshes distinguishes from it.
 */
import { FlowProtocol } from '../../evaluator/engine/entry';
import { ENDPOINT_ENTITIES } from '../../evaluator/flows/endpoint';
import { LabelDifference, UnknownReason } from '../flows/ends';
import { NamedPolicy, Outcome } from '../flows/record';

/** Records, and the times of the first and the last in milliseconds since 1970. */
export type DigestCount = readonly [records: number, first?: number, last?: number];

/** Where an API server was recorded. */
export interface DigestApiServer {
  readonly outside: boolean;
  readonly address?: string;
}

/** An end in one mesh. */
export type DigestMatch =
  | {
    /** `Kind/namespace/name@cluster`. */
    readonly workload: string;
    /** Its place among several of that name, from 0. */
    readonly nth?: number;
    readonly by: 'labels' | 'workload' | 'name';
    readonly difference?: LabelDifference;
  }
  | {
    readonly entity: (typeof ENDPOINT_ENTITIES)[number];
    readonly cluster?: string;
    readonly apiServer?: DigestApiServer;
    /** The place of an API server, if the manifests have it elsewhere. */
    readonly elsewhere?: DigestApiServer;
  }
  | { readonly address: string; readonly names: readonly string[] }
  | { readonly unknown: UnknownReason };

export interface DigestEnd {
  /** As commands write it; of addresses the block. */
  readonly text: string;
  /** How many addresses were seen, if there were several. */
  readonly addresses?: number;
  /** In each mesh: the new one, then the old one. */
  readonly matches: readonly DigestMatch[];
}

export interface DigestDecisions {
  readonly outcomes: { readonly [outcome in Outcome]?: DigestCount };
  readonly policies: readonly NamedPolicy[];
}

export interface DigestFlow {
  /** The indices of its ends. */
  readonly source: number;
  readonly destination: number;
  readonly protocol: FlowProtocol;
  readonly port: number;
  readonly count: DigestCount;
  readonly egress: DigestDecisions;
  readonly ingress: DigestDecisions;
  readonly arrived?: DigestCount;
  readonly left?: DigestCount;
  readonly forwarded?: DigestCount;
  readonly proxied?: { readonly egress?: DigestCount; readonly ingress?: DigestCount };
  readonly dropped?: DigestCount;
  /** The DNS names that answers gave the addresses of its destination. */
  readonly answeredNames?: ReadonlyArray<readonly string[]>;
  /** The client of TCP sent an acknowledgement. */
  readonly acknowledged?: boolean;
  /** Records of requests that a proxy let through, and those of them that the new manifests deny. */
  readonly requests?: { readonly records: number; readonly denied: number };
}

/** What a recording covers. */
export interface DigestCoverage {
  readonly records: number;
  readonly nodes: number;
  readonly files: number;
  readonly first?: number;
  readonly last?: number;
  /** Events that Hubble lost, and the nodes that lost some or did not answer. */
  readonly lost: number;
  readonly lossyNodes: number;
  /** Clusters whose own nodes recorded. */
  readonly clusters: readonly string[];
  /** Workloads that are no end of any flow. */
  readonly silent: number;
  /** Lines of invalid JSON, and files that could not be read to their end. */
  readonly brokenLines: number;
  readonly unreadableFiles: number;
}

export interface FlowDigest {
  readonly coverage: DigestCoverage;
  readonly ends: readonly DigestEnd[];
  /** In the order of `replay`. */
  readonly flows: readonly DigestFlow[];
  /** Flows that are left out because there are too many, and their records. */
  readonly left: { readonly flows: number; readonly records: number };
  /** Whether the flows show all that the left out ones show of rules with traffic. */
  readonly showsAllRules: boolean;
}
