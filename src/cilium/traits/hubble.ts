import { VersionRange } from './version-range';

/** What records of Hubble contain (api/v1/flow/flow.proto, v1.14.19 to v1.20.2). */
export function hubble(version: VersionRange) {
  return {
    /** Records name the policies that deny: `ingress_denied_by`, `egress_denied_by`. */
    recordsDenyingPolicies: version.since(16),
    /** Records name the version of their recorder: `emitter`. */
    recordsEmitter: version.since(19),
  };
}
