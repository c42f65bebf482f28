import { Gap } from './gap';
import { Resource } from './resources';
import { Values } from '../../evaluator/read/setting-reader';

/** A cluster to read. */
export interface SnapshotTarget {
  /** Context of kubectl. */
  readonly context: string;
  /** Its name, ID and version in mesh.yaml, for a cluster whose own ones cannot be read. */
  readonly declared?: { readonly name: string; readonly id: number; readonly ciliumVersion?: string };
}

/** What runs in one cluster, as far as flows depend on it. */
export interface ClusterSnapshot {
  readonly context: string;
  readonly name: string;
  readonly id: number;
  readonly ciliumVersion?: string;
  /** The Helm values that match the settings of the agents; undefined if they could not be read. */
  readonly values?: Values;
  /** Where the values come from. */
  readonly settings: ReadonlyArray<'cilium-config' | 'helm'>;
  readonly podCIDRs?: readonly string[];
  readonly serviceCIDRs?: readonly string[];
  readonly nodeCIDRs?: readonly string[];
  /** The objects with the kept fields, sorted by kind, namespace and name. */
  readonly objects: readonly any[];
  /** How many objects the API server has of each kind. */
  readonly listed: ReadonlyArray<{ readonly resource: Resource; readonly objects: number }>;
  readonly gaps: readonly Gap[];
}

/** The progress of a snapshot. */
export interface SnapshotProgress {
  readonly context: string;
  readonly resource: Resource;
  /** Objects of the list until now. */
  readonly objects: number;
  readonly state: 'page' | 'read' | 'absent' | 'gap';
}

/** Nothing of a cluster can be read, or two clusters cannot be one mesh. No snapshot is written. */
export class SnapshotError extends Error {}
