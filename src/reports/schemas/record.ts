import * as v from 'valibot';
import { COUNT } from './parts';
import type { Structure } from '../../diagnostics/structure';
import { API_VERSION } from '../../model/mesh-file-schema';

const FILE = v.strictObject({
  name: v.optional(v.pipe(v.string(), v.description('The cluster, or the context where no mesh file names it.'))),
  context: v.optional(v.string()),
  file: v.optional(v.pipe(v.string(), v.description('Missing without records.'))),
  records: v.pipe(COUNT, v.description('Records of flows.')),
  nodes: v.pipe(COUNT, v.description('Nodes that recorded.')),
  unavailableNodes: v.pipe(COUNT, v.description('Nodes that Hubble Relay could not ask.')),
  lost: v.pipe(COUNT, v.description('Events that Hubble lost.')),
  first: v.optional(v.pipe(v.string(), v.description('RFC 3339, as Hubble wrote it.'))),
  last: v.optional(v.string()),
  interruptions: v.pipe(COUNT, v.description('How often the connection to Hubble broke.')),
  problem: v.optional(v.string()),
});

export type RecordingJson = Structure<typeof FILE>;

/** `cilium-mesh record --format json`. */
export const RECORD = v.strictObject({
  apiVersion: API_VERSION,
  folder: v.string(),
  redacted: v.boolean(),
  files: v.array(FILE),
});
