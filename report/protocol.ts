/**
 * What the page of a report asks its worker, and what that answers.
 *
 * Every question has a number. The page drops answers to questions that it no longer asks (client.ts). Endpoints,
 * services and policies have ids that stay the same while something is supposed: the page may keep them, and write
 * them into links.
 *
 * A report shows up to three meshes. `new` is always there, `old` in reports with `--against`. `supposed` is `new` with
 * what the reader supposes; without suppositions it is `new` itself.
 */
import type { Severity } from '../src/diagnostics/diagnostic';
import type { ChangeSeverity } from '../src/reports/change-severity';
import type { ObservedChoice, ObservedView } from '../src/reports/page/observed-view';
import type { ServiceJson } from '../src/reports/schemas/backends';
import type { FindingJson } from '../src/reports/schemas/check';
import type { ServiceChangeJson, FlowChangeJson } from '../src/reports/schemas/diff';
import type { ExplainedFlowJson, ExplainedServiceJson } from '../src/reports/schemas/explain';
import type { ConnectionsJson } from '../src/reports/schemas/matrix';

export type Side = 'old' | 'new' | 'supposed';

/** A port of a flow; for ICMP, the port is the type. */
export interface Port {
  readonly protocol: string;
  readonly port: number;
}

/** Adjacent ports of a protocol, both ends included. */
export interface PortRange {
  readonly protocol: string;
  readonly first: number;
  readonly last: number;
}

/** The questions by name: what each one says, and its answer. */
export interface Protocol {
  /** Reads the data of the file, as JSON. The first question; all others wait for it. */
  load: { ask: { readonly data: string }; answer: Facts };
  /** Counts of one mesh, and how many pairs may connect. */
  summary: { ask: { readonly side: Side }; answer: Summary };
  /** All endpoints of all sides. */
  endpoints: { ask: Record<string, never>; answer: EndpointTable };
  /** Who may connect to whom, as bits. */
  planes: { ask: { readonly side: Side; readonly ports: PortChoice }; answer: Planes };
  /** What differs between the planes of two sides, as bits. */
  changedPlanes: { ask: { readonly from: Side; readonly to: Side; readonly ports: PortChoice }; answer: ChangedPlanes };
  /** The ports that something declares or a rule names, to choose from. */
  ports: { ask: { readonly side: Side }; answer: readonly PortClass[] };
  /**
   * The pairs between groups: clusters, namespaces, or values of a label. Of the groups whose names contain a text, or
   * of all if none does, at most so many are rows and columns.
   */
  groups: {
    ask: { readonly side: Side; readonly by: Grouping; readonly filter: string; readonly most: number };
    answer: GroupGrid;
  };
  /** The allowed ports, declared ports and verdicts of pairs. `from` and `to` are ids; without them all endpoints. */
  connections: {
    ask: {
      readonly side: Side;
      readonly from?: readonly string[];
      readonly to?: readonly string[];
      readonly most?: number;
    };
    answer: { readonly cells: readonly ConnectionRow[]; readonly left: number };
  };
  /** The command that prints the flows between endpoints; undefined where no patterns select just these. */
  matrixCommand: {
    ask: {
      readonly side: Side;
      /** The ids of the endpoints; with all workloads, of the others. */
      readonly names: readonly string[];
      readonly hasAllWorkloads: boolean;
      readonly onlyAllowed: boolean;
    };
    answer: { readonly command?: CommandText };
  };
  /** Why a flow is allowed or denied. */
  explain: { ask: ExplainQuestion; answer: Explained | Refused };
  /** All services. */
  services: { ask: { readonly side: Side }; answer: readonly ServiceRow[] };
  /** Where connections to one service arrive, and what is left without the pods of each cluster. */
  service: { ask: { readonly side: Side; readonly id: string }; answer: ServiceAnswer | Refused };
  /**
   * The findings that contain a text, at most `most` of them, new ones first. With `against`, which of them that side
   * lacks, and which only that side has.
   */
  findings: {
    ask: { readonly side: Side; readonly against?: Side; readonly text?: string; readonly most?: number };
    answer: Findings;
  };
  /** Recorded flows beside what a side says of them; of reports with `--flows`. */
  observed: { ask: ObservedChoice & { readonly side: Side }; answer: Observed };
  /** The pairs of endpoints with recorded flows; of reports with `--flows`. */
  traffic: { ask: { readonly side: Side }; answer: Traffic };
  /** All policies of a side. Deleted ones stay in the list of `supposed`. */
  policies: { ask: { readonly side: Side }; answer: readonly PolicyRow[] };
  /** The text of a policy as it is on a side. */
  policy: { ask: { readonly side: Side; readonly id: string }; answer: PolicyText | Refused };
  /** How the texts of policies differ between two sides. Policies with equal texts are left out. */
  policyDiffs: {
    ask: { readonly from: Side; readonly to: Side; readonly ids: readonly string[] };
    answer: readonly PolicyDiff[];
  };
  /** Replaces everything that is supposed. */
  suppose: { ask: Suppositions; answer: Supposed };
  /** The flows and shares of services that change from one side to another. */
  diff: { ask: { readonly from: Side; readonly to: Side; readonly most?: number }; answer: Diff };
  /** The supposed changes of policies: a patch, and the changed files as far as they are wholly known. */
  patch: { ask: Record<string, never>; answer: Patch };
  /** Workloads, services, policies, labels, addresses and findings that a text names. */
  search: {
    ask: { readonly side: Side; readonly text: string; readonly most?: number };
    answer: readonly SearchResult[];
  };
  /** What may be written at a place of a policy's text: fields, and names of this mesh. */
  complete: {
    ask: {
      readonly side: Side;
      /** The cluster of the policy: its version of Cilium reads it. */
      readonly cluster: string;
      readonly text: string;
      /** The place in the text, in UTF-16 units. */
      readonly at: number;
    };
    answer: Completions;
  };
}

export type QuestionName = keyof Protocol;

/** A question to the worker. */
export interface Question<Name extends QuestionName = QuestionName> {
  readonly number: number;
  readonly name: Name;
  readonly ask: Protocol[Name]['ask'];
}

/** An answer of the worker. `error` is a defect of the program: what is wrong with the input is in answers. */
export type Answer =
  | { readonly number: number; readonly answer: unknown }
  | { readonly number: number; readonly error: string };

/** A question about something that does not exist, for example after it was deleted. */
export interface Refused {
  readonly problem: string;
  readonly fix: string;
}

/** What the whole report is about. */
export interface Facts {
  readonly title: string;
  /** The version of the program that wrote the report. */
  readonly version: string;
  /** The words by which commands name the meshes, such as `--mesh dist/mesh/mesh.yaml`. */
  readonly arguments: { readonly old?: string; readonly new: string };
  readonly sides: readonly Side[];
  readonly clusters: readonly ClusterFacts[];
  /** What was read, in a sentence, for each mesh. */
  readonly read: { readonly old?: string; readonly new: string };
  /** What limits every answer: refused policies, audit mode, unknown parts. */
  readonly notes: readonly string[];
  /** Why the mesh cannot be evaluated. Then there are no sides, and no question but this one has an answer. */
  readonly problems: readonly ProblemFacts[];
  /** How many findings the mesh has. */
  readonly findings?: { readonly [severity in Severity]: number };
  /** Whether the report contains recorded flows. */
  readonly hasFlows: boolean;
  /** The versions of Cilium that can be supposed, newest first, such as `1.20`. */
  readonly versions: readonly string[];
  /** The settings that can be supposed. */
  readonly settings: readonly SettingFacts[];
}

export interface ClusterFacts {
  readonly name: string;
  /** The version of Cilium. */
  readonly version: string;
  readonly workloads: number;
  readonly policies: number;
  readonly services: number;
}

/** Why something could not be read, with the text around it. */
export interface ProblemFacts {
  readonly code: string;
  readonly severity: Severity;
  readonly file?: string;
  readonly line?: number;
  readonly message: string;
  readonly fix: string;
  /** The lines of the file around `line`; `first` is the number of the first one. */
  readonly excerpt?: { readonly first: number; readonly lines: readonly string[] };
}

/** A Helm value that verdicts depend on. */
export interface SettingFacts {
  /** The path, such as `policyEnforcementMode`. */
  readonly path: string;
  readonly type: 'boolean' | 'text';
  /** The allowed values of a text, if they are a closed set. */
  readonly values?: readonly string[];
  /** What each cluster has; undefined if its Helm values do not set it. */
  readonly current: { readonly [cluster: string]: unknown };
}

export interface Summary {
  readonly clusters: number;
  readonly workloads: number;
  readonly policies: number;
  readonly services: number;
  /** Pairs of different workloads, and those of them that may connect on some port. */
  readonly pairs: number;
  readonly connecting: number;
  /** Flows between workloads to declared ports, and those that are allowed. */
  readonly flows: number;
  readonly allowed: number;
}

/** The endpoints of all sides. */
export interface EndpointTable {
  /** Changes when classes have other numbers than before; planes of another generation do not fit. */
  readonly generation: number;
  /** The number of classes. */
  readonly size: number;
  readonly endpoints: readonly EndpointRow[];
}

/** A workload, or endpoints outside of the mesh that no policy can distinguish. */
export interface EndpointRow {
  /** Unique; the reference that commands take, as far as there is one: `shop/web@paris`, `world:192.0.2.0/24`. */
  readonly id: string;
  readonly kind: 'workload' | 'node' | 'entity' | 'addresses' | 'name';
  /** The name in full: of addresses and names, all of them. */
  readonly text: string;
  /** The number of its class: planes have a row and a column for each class. */
  readonly class: number;
  /** Empty for endpoints that are in no cluster. */
  readonly cluster: string;
  /** Empty for endpoints other than workloads. */
  readonly namespace: string;
  readonly name: string;
  /** Of workloads. */
  readonly workload?: {
    readonly kind: string;
    readonly replicas: number;
    readonly hostNetwork: boolean;
    readonly labels: { readonly [key: string]: string };
  };
  /** The ports that its containers and Services declare. */
  readonly listens: readonly Port[];
  /** The sides that have it. */
  readonly sides: readonly Side[];
  /** Whether policies of the mesh decide at it: there are no flows between two endpoints where none do. */
  readonly inside: boolean;
}

/**
 * The ports that planes are about.
 *
 * - `declared`: those that the destination declares; all ports, if it declares none.
 * - `any`: all ports.
 */
export type PortChoice = 'declared' | 'any' | Port;

/**
 * For each pair of classes one bit in each plane: bit `to & 31` of word `from * words + (to >>> 5)`.
 *
 * A pair that `egress` and `ingress` have and `allowed` lacks is open at both ends, but on different ports.
 */
export interface Planes {
  readonly generation: number;
  readonly size: number;
  readonly words: number;
  /** The source's policies let it out on one of the ports. */
  readonly egress: Uint32Array;
  /** The destination's policies let it in on one of the ports. */
  readonly ingress: Uint32Array;
  /** Both do on a common one of the ports. */
  readonly allowed: Uint32Array;
  /** Both do on a common port, be it one of the ports or not. */
  readonly any: Uint32Array;
  /** Every one of the ports is allowed. With `any`, without limits to requests. */
  readonly whole: Uint32Array;
}

/** The pairs that gain or lose a port; a pair may do both. */
export interface ChangedPlanes {
  readonly generation: number;
  readonly size: number;
  readonly words: number;
  readonly gained: Uint32Array;
  readonly lost: Uint32Array;
}

/** Ports that rules can distinguish from others. */
export interface PortClass extends PortRange {
  /** How many endpoints declare a port of the range. */
  readonly declared: number;
}

export type Grouping = 'cluster' | 'namespace' | `label:${string}`;

/** Groups of endpoints, and the pairs between them: element `from * names.length + to` of each array. */
export interface GroupGrid {
  readonly names: readonly string[];
  /** How many more groups there are. */
  readonly left: number;
  /** Row by row: pairs of a source and a destination, and those that may connect on some port. */
  readonly pairs: Float64Array;
  readonly connecting: Float64Array;
  /** The command that prints the same, where patterns select the groups. */
  readonly command?: CommandText;
}

/** One pair, as `matrix --format json` has it, and as its text shows it. */
export interface ConnectionRow extends ConnectionsJson {
  readonly from: string;
  readonly to: string;
  readonly text: {
    readonly allowed: string;
    readonly denied: string;
    /** The allowed ports alone, such as `TCP/80,443`. */
    readonly ports: string;
  };
}

export interface ExplainQuestion {
  readonly side: Side;
  /** References as `explain` takes them: ids of endpoints, `world:192.0.2.1`, `svc/shop/web` … */
  readonly from: string;
  readonly to: string;
  /** By default those that the destination declares. */
  readonly ports?: readonly Port[];
  /** `GET /path`, as --http takes it. */
  readonly http?: string;
  /** A name, as --dns takes it. */
  readonly dns?: string;
}

/** A command that prints in a terminal what the page shows. */
export interface CommandText {
  readonly line: string;
  /** It prints the mesh as it is written, because no option says what is supposed. */
  readonly asWritten?: boolean;
}

/** An explanation, as `explain --format json` has it. */
export interface Explained {
  /** `places` says where the pods are, if the verdict depends on it: ` on one node`. */
  readonly flows: ReadonlyArray<ExplainedFlowJson & { readonly places: string }>;
  /** Of a service. */
  readonly services: readonly ExplainedServiceJson[];
  /** The additions of all flows, as YAML to paste or to suppose: one for each cluster and policy. */
  readonly additions: ReadonlyArray<{ readonly cluster: string; readonly text: string }>;
  /** What the terminal prints, without colours. */
  readonly text: string;
  readonly command: CommandText;
}

export interface ServiceRow {
  /** `namespace/name`, or the name in the clusterset. */
  readonly id: string;
  readonly namespace: string;
  readonly name: string;
  readonly clusterset: boolean;
  /** The clusters that have it, with what its annotations say there. */
  readonly clusters: ReadonlyArray<{
    readonly cluster: string;
    readonly global: boolean;
    readonly shared: boolean;
    readonly affinity: string;
    readonly ports: readonly Port[];
    readonly file?: string;
    readonly line?: number;
  }>;
}

export interface ServiceAnswer {
  /** As `backends --format json` has it. */
  readonly service: ServiceJson;
  /** The same without the pods of one cluster, for each cluster with backends. */
  readonly without: ReadonlyArray<{ readonly cluster: string; readonly service: ServiceJson }>;
  readonly command: CommandText;
}

export interface Findings {
  /** Those that count, sorted by place. */
  readonly findings: ReadonlyArray<FindingJson & {
    /** With `against`: whether the other side lacks it. */
    readonly isNew?: boolean;
    /** The id of the policy that it is about. */
    readonly policy?: string;
  }>;
  /** How many more findings contain the text, and how many are new in all. */
  readonly left: number;
  readonly newCount: number;
  /** Those that do not count. */
  readonly accepted: ReadonlyArray<FindingJson & { readonly by: 'ignore' | 'baseline'; readonly reason?: string }>;
  readonly acceptedCount: number;
  /** With `against`: those that only the other side has. */
  readonly solved: readonly FindingJson[];
  readonly solvedCount: number;
  readonly counts: { readonly [severity in Severity]: number };
  readonly command: CommandText;
}

/** Recorded flows, and allowed ones without records. */
export interface Observed extends ObservedView {
  /** Allowed flows between workloads to declared ports, how many have records, and the first ones without. */
  readonly allowed: number;
  readonly used: number;
  readonly unused: ReadonlyArray<{ readonly from: string; readonly to: string; readonly port: Port }>;
  readonly command: CommandText;
}

/** Pairs of endpoints, by their ids, with recorded flows. */
export interface Traffic {
  /** A flow or requests passed while Hubble recorded, and the policies deny them. */
  readonly breaks: ReadonlyArray<readonly [from: string, to: string]>;
  /** A flow passed, and the policies allow it. */
  readonly used: ReadonlyArray<readonly [from: string, to: string]>;
}

export interface PolicyRow {
  /** `Kind/namespace/name@cluster`, or `Kind/name@cluster`. */
  readonly id: string;
  readonly cluster: string;
  readonly kind: string;
  /** Empty for policies of a whole cluster. */
  readonly namespace: string;
  readonly name: string;
  readonly file?: string;
  readonly line?: number;
  /** What renders it, if the file contains what it is made from. */
  readonly source?: string;
  /** Why the API server or Cilium refuses it, so it has no effect. */
  readonly refusals: readonly PolicyProblem[];
  /** Compared with `new`; on the side `new`, compared with `old`. */
  readonly state: 'kept' | 'edited' | 'added' | 'deleted';
}

export interface PolicyProblem {
  /** Who refuses it: `schema` is the API server. Cilium accepts what is `unmodelled`, with an unknown meaning. */
  readonly stage: 'reader' | 'schema' | 'cilium' | 'unmodelled';
  readonly severity: Severity;
  readonly message: string;
  readonly fix?: string;
  /** The line in the text of the policy, from 1. */
  readonly line: number;
}

export interface PolicyText {
  readonly id: string;
  /** YAML. */
  readonly text: string;
  /** The line of the file at which the text begins; undefined if it is not a part of a file. */
  readonly firstLine?: number;
  readonly file?: string;
  /** Whether a patch of the file can be made from a change of this text. */
  readonly patchable: boolean;
}

/** How the text of a policy differs between two sides. */
export interface PolicyDiff {
  readonly id: string;
  readonly state: 'edited' | 'added' | 'deleted';
  readonly hunks: ReadonlyArray<{
    /** The numbers of the first line in the files. */
    readonly before: number;
    readonly after: number;
    /** Each begins with `+`, `-` or a space. */
    readonly lines: readonly string[];
  }>;
}

/** What the reader supposes. */
export interface Suppositions {
  /** Clusters whose pods are gone. */
  readonly gone?: readonly string[];
  /** Replicas by the id of the workload. */
  readonly replicas?: { readonly [id: string]: number };
  /** A version of Cilium for all clusters. */
  readonly version?: string;
  /** Helm values, in one cluster or in all. */
  readonly settings?: ReadonlyArray<{ readonly cluster?: string; readonly path: string; readonly value: unknown }>;
  /** New texts of policies, by id. A text may contain several policies. */
  readonly edited?: { readonly [id: string]: string };
  /** Ids of deleted policies. */
  readonly deleted?: readonly string[];
  /** Policies that the mesh lacks. */
  readonly added?: ReadonlyArray<{ readonly cluster: string; readonly text: string }>;
}

/** What comes of suppositions. */
export interface Supposed {
  readonly summary: Summary;
  /** Pairs of workloads that gain or lose a port compared with `new`. */
  readonly gained: number;
  readonly lost: number;
  /** What is wrong with edited policies by id, and with added ones in their order. */
  readonly problems: {
    readonly edited: { readonly [id: string]: readonly PolicyProblem[] };
    readonly added: ReadonlyArray<readonly PolicyProblem[]>;
  };
  /** The policies that the added texts contain, by id. */
  readonly added: ReadonlyArray<readonly string[]>;
  /** Suppositions that fit nothing, such as the replicas of an unknown workload. */
  readonly unused: readonly string[];
}

export interface Diff {
  /** As `diff --format json` has them: gained before lost, and between clusters and with the outside first. */
  readonly flows: readonly DiffFlow[];
  /** How many changes `flows` leaves out. */
  readonly left: number;
  readonly services: ReadonlyArray<ServiceChangeJson & { readonly why: readonly string[] }>;
  readonly addedWorkloads: readonly string[];
  readonly removedWorkloads: readonly string[];
  readonly renamedWorkloads: ReadonlyArray<{ readonly before: string; readonly after: string }>;
  /** What could not be compared, and why. */
  readonly unknown: readonly string[];
  readonly counts: { readonly gained: number; readonly lost: number; readonly otherwise: number };
  readonly command: CommandText;
}

/** A change of flows, with its texts. */
export interface DiffFlow extends FlowChangeJson {
  readonly text: {
    readonly sources: string;
    readonly destinations: string;
    readonly ports: string;
    /** What decides on each side, where no rule does. */
    readonly before: string;
    readonly after: string;
  };
  /** Ids of the endpoints. */
  readonly from: readonly string[];
  readonly to: readonly string[];
  /** How much the change matters, by a rule. */
  readonly severity: ChangeSeverity;
}

export interface Patch {
  /** A unified diff that `git apply` and `patch -p0` take, of the policies in files. */
  readonly text: string;
  /** Files that are wholly known, with their new texts. An empty text means that nothing is left of the file. */
  readonly files: ReadonlyArray<{ readonly file: string; readonly text: string }>;
  /** Policies that no patch can change, because a program renders them or their file is not known. */
  readonly others: ReadonlyArray<{ readonly id: string; readonly reason: string; readonly text: string }>;
}

export interface SearchResult {
  readonly kind: 'workload' | 'endpoint' | 'service' | 'policy' | 'label' | 'address' | 'namespace' | 'cluster';
  /** The id of the endpoint, service or policy; of a label `key=value`. */
  readonly id: string;
  readonly text: string;
  /** Why it was found, such as the label or the address. */
  readonly detail: string;
}

/** What may replace the word at a place of a text. */
export interface Completions {
  /** The word, in UTF-16 units. */
  readonly from: number;
  readonly to: number;
  /** Sorted; empty where anything may be written. */
  readonly options: readonly CompletionOption[];
}

export interface CompletionOption {
  /** The text to write. */
  readonly text: string;
  readonly kind: 'field' | 'value' | 'label' | 'cluster' | 'namespace' | 'service' | 'port' | 'account' | 'group';
}
