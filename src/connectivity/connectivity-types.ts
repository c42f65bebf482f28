/** What becomes of the flows that a question is about. */
export enum Verdict {
  /** Every flow is allowed at both of its ends. */
  ALLOWED = 'allowed',
  /** Every flow is denied at one of its ends. */
  DENIED = 'denied',
  /** Some flows are allowed and others are denied. */
  MIXED = 'mixed',
}

/** How much a finding matters. */
export enum FindingSeverity {
  /** Cilium or the API server refuses or ignores a manifest, or does something else than it says. */
  ERROR = 'error',
  /** Likely not what the author intended. */
  WARNING = 'warning',
  /** A fact that may be surprising, and needs no action. */
  INFO = 'info',
}

/** How a mesh is asked. */
export interface ConnectivityOptions {
  /**
   * Asks this version of Cilium in all clusters: `1.18` or `1.18.4`; 1.14 to 1.20 are modelled.
   * @default - the version of each cluster
   */
  readonly ciliumVersion?: string;
}

/** Which flows between two ends a question is about. */
export interface FlowQuestion {
  /**
   * Ports: `TCP/80`, `TCP/80,443`, `TCP/8000-8099`, `UDP`, `ICMP/8` or `all`.
   * @default - those that the destination declares
   */
  readonly port?: string;
  /**
   * An HTTP request: `GET /path` or `GET http://host/path`. Layer 7 rules decide it.
   * @default - layers 3 and 4 only
   */
  readonly http?: string;
}

/** The answer to a question. */
export interface FlowAnswer {
  readonly verdict: Verdict;
  /**
   * Which flows have another verdict than the first one asked for, the rules that decide at each end with their files
   * and lines, and for denied flows the smallest addition that allows them: several lines of text.
   */
  readonly explanation: string;
}

/** A flow that is not as an expectation says. */
export interface UnmetExpectation {
  /** The place of the expectation in its file, such as `flows[2]`. */
  readonly path: string;
  /** The flow, with its expected and its real verdict. */
  readonly message: string;
  readonly fix: string;
}

/** A finding of `cilium-mesh check`. */
export interface Finding {
  /** A stable name; docs/findings.md describes it. */
  readonly code: string;
  readonly severity: FindingSeverity;
  /** The problem and its consequence. */
  readonly message: string;
  /** What to do, in the imperative. */
  readonly fix: string;
  /**
   * The name of the cluster.
   * @default - the finding is about the mesh
   */
  readonly cluster?: string;
  /**
   * The kind, namespace and name of the object: `CiliumNetworkPolicy shop/cart`.
   * @default - the finding is about no object
   */
  readonly resource?: string;
  /**
   * The file with the object.
   * @default - the finding is about no file
   */
  readonly file?: string;
  /**
   * The line of the object in the file, from 1.
   * @default - unknown
   */
  readonly line?: number;
}
