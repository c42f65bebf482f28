/** What of a cluster's settings decides over policies. */
export interface PolicySettings {
  readonly clusterName: string;
  /** `policy-default-local-cluster`. */
  readonly defaultLocalCluster: boolean;
  readonly enforcement: 'default' | 'always' | 'never';
  readonly ipv4: boolean;
  readonly ipv6: boolean;
}
