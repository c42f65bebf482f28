/** Why something could not be read. */
export const GAP_REASONS = ['forbidden', 'unauthorized', 'not-served', 'timeout', 'failed'] as const;
export type GapReason = (typeof GAP_REASONS)[number];

/** Something that a snapshot could not read: whether there are such objects is unknown. */
export interface Gap {
  /** A resource such as `pods` or `networkpolicies.networking.k8s.io`, or `configmaps/cilium-config`. */
  readonly what: string;
  readonly reason: GapReason;
  /** What kubectl wrote. */
  readonly message: string;
  /** What to do. */
  readonly fix: string;
}
