import { Diagnostic, Severity } from '../../diagnostics/diagnostic';
import { Baseline } from '../../findings/baseline';
import { Configuration } from '../../findings/configuration';
import { IgnoreComment } from '../../manifests/ignore-comments';
import { ClusterInput } from '../../manifests/input';
import { ReadingDiagnostic } from '../../manifests/reading-diagnostic';
import { MeshFileCluster } from '../../model/mesh-file';
import { FlowDigest } from '../../observed/digest/flow-digest';

/**
 * The data of a report's page: what its meshes were read from, without what no verdict depends on (redact.ts). It is
 * JSON, and small: each object is there once.
 */
export interface PackedPage {
  readonly title: string;
  /** The version of the program that wrote it. */
  readonly version: string;
  /** The words by which commands name the meshes. */
  readonly arguments: { readonly old?: string; readonly new: string };
  readonly manifests: readonly PackedManifest[];
  readonly old?: PackedMesh;
  /** Undefined if the mesh cannot be read. */
  readonly new?: PackedMesh;
  readonly problems: readonly PackedProblem[];
  readonly judges: PackedJudges;
  /** How many findings of each severity the new mesh has: looking for them takes a while. */
  readonly findings?: { readonly [severity in Severity]: number };
  /** What Hubble recorded. */
  readonly observed?: FlowDigest;
}

/** What judges findings besides the mesh. */
export interface PackedJudges {
  readonly severities?: Configuration['severities'];
  readonly baseline?: Baseline & { readonly file: string };
  /** The folder to which files are relative in fingerprints. */
  readonly folder: string;
  readonly more: readonly Diagnostic[];
}

export interface PackedProblem {
  readonly code: string;
  readonly file?: string;
  readonly line?: number;
  readonly message: string;
  readonly fix: string;
  readonly excerpt?: { readonly first: number; readonly lines: readonly string[] };
}

export interface PackedMesh {
  readonly source: string;
  readonly fromArguments?: boolean;
  readonly comments?: readonly IgnoreComment[];
  readonly clusters: readonly PackedCluster[];
  /** The version that all clusters are evaluated with instead of their own. */
  readonly version?: string;
  /** Replicas that options set, by `cluster/namespace/name`. */
  readonly replicas?: { readonly [key: string]: number };
}

export interface PackedCluster {
  readonly name: string;
  readonly id: number;
  /** The indices of its manifests. */
  readonly manifests: readonly number[];
  readonly notes: readonly ReadingDiagnostic[];
  readonly comments?: readonly IgnoreComment[];
  readonly files?: ClusterInput['files'];
  readonly kustomized?: readonly string[];
  readonly delivered?: ClusterInput['delivered'];
  readonly placements?: ReadonlyArray<readonly [string, readonly string[]]>;
  readonly values?: PackedValues;
  readonly kindConfiguration?: unknown;
  readonly settings: MeshFileCluster;
  readonly declared: { readonly file: string; readonly lines?: readonly number[] };
}

export interface PackedValues {
  readonly file: string;
  readonly comments?: readonly IgnoreComment[];
  readonly values: { readonly [key: string]: unknown };
  readonly lines?: readonly number[];
}

export type PackedManifest = PackedObject | PackedText;

/** An object without the fields that no verdict depends on. */
export interface PackedObject {
  readonly file: string;
  /** What rendered it. */
  readonly source?: string;
  readonly object: unknown;
  /** The lines of its fields, see line-tree.ts. */
  readonly lines?: readonly number[];
}

/** A policy as its file has it: the whole text of a document, so the page can change it and make a patch. */
export interface PackedText {
  readonly file: string;
  readonly text: string;
  /** The line at which the text begins. */
  readonly first: number;
  /** The lines before and after it in the file; undefined where the file begins or ends there. */
  readonly before?: string;
  readonly after?: string;
}
