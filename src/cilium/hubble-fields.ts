import { Traits } from './traits';

/**
 * The fields of records that `replay` and `suggest` read, which a version of Hubble has. One unknown field makes a mask
 * invalid (api/v1/flow/flow.proto, v1.15.19 to v1.20.2).
 */
export function maskFields({ recordsEmitter, recordsDenyingPolicies }: Traits): readonly string[] {
  return [
    'time',
    'uuid',
    'node_name',
    ...(recordsEmitter ? ['emitter'] : []),
    'verdict',
    'drop_reason_desc',
    'IP',
    'l4',
    'l7',
    'source',
    'destination',
    'destination_names',
    'Type',
    'event_type',
    'traffic_direction',
    'trace_observation_point',
    'is_reply',
    'policy_match_type',
    'ingress_allowed_by',
    'egress_allowed_by',
    ...(recordsDenyingPolicies ? ['ingress_denied_by', 'egress_denied_by'] : []),
  ];
}

/** A filter for records of replies, which say nothing about verdicts. */
export const REPLIES = { reply: [true] };
