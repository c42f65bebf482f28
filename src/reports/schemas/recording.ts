import * as v from 'valibot';
import { COUNT } from './parts';

const TIME = v.pipe(v.string(), v.description('RFC 3339, UTC.'));

/** The time of records; missing where they have none. */
export const SPAN = { first: v.optional(TIME), last: v.optional(TIME) };

/** A recording of flows. */
export const RECORDING = v.strictObject({
  files: COUNT,
  records: COUNT,
  ...SPAN,
  gaps: v.pipe(
    v.array(v.strictObject({ first: TIME, last: TIME })),
    v.description('The longest times without any record, of an hour and a tenth of the recording or longer.'),
  ),
  lost: v.pipe(COUNT, v.description('Events that Hubble lost.')),
  nodes: v.array(
    v.strictObject({
      node: v.string(),
      records: COUNT,
      lost: COUNT,
      ...SPAN,
      unavailable: v.optional(v.literal(true)),
      versions: v.optional(v.array(v.string())),
    }),
  ),
  skipped: v.record(v.string(), COUNT),
  broken: v.strictObject({
    lines: COUNT,
    places: v.array(v.strictObject({ file: v.string(), line: COUNT })),
  }),
  unreadable: v.array(v.strictObject({ file: v.string(), message: v.string() })),
  unrecordedClusters: v.array(v.string()),
  workloadsWithoutRecords: COUNT,
});
