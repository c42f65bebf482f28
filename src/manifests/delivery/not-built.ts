/** Why something of a tree is not built; the texts complete "not built: ". */
export const REASONS = {
  'other-source': 'its source is another repository, bucket or artifact',
  'chart-missing': 'its chart is neither in the tree nor in the folders of charts',
  'version-range': 'its chart has no exact version, so the chart repository chooses it',
  'values-unknown': 'its values are not in the tree, or encrypted',
  'path-missing': 'it names a path that is not in the tree',
  'remote-base': 'it builds on what is remote, which is not fetched',
  'other-cluster': 'it is applied to a cluster that the tree does not name',
  'clusters-unknown': 'its clusters are Secrets that are not in the tree',
  'generator': 'its generator needs more than the tree, or is invalid',
  'template-functions': 'its template has functions or conditions',
  'plugin': 'it is rendered by a plugin or by Jsonnet, which is not run',
  'ksops': 'its generator ksops decrypts files, which is not done',
  'unsupported': 'it has a setting that is not supported',
  'renderer-missing': 'the program that renders it is not installed',
  'render-failed': 'the program that renders it reports an error',
} as const;

export type Reason = keyof typeof REASONS;

/** An object of a tree that is not built. */
export interface NotBuilt {
  /** `HelmRelease shop/redis`. */
  readonly object: string;
  readonly cluster?: string;
  readonly reason: Reason;
  /** What exactly: a path, a name, an error. */
  readonly detail: string;
}

/** A reason, where the rest of a plan cannot be made. */
export interface Refused {
  readonly reason: Reason;
  readonly detail: string;
}

export function isRefused(value: object): value is Refused {
  return 'reason' in value && 'detail' in value;
}
