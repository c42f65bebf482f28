import * as v from 'valibot';
import type { Structure } from '../../diagnostics/structure';
import { API_VERSION } from '../../model/mesh-file-schema';

export const FINDING = v.strictObject({
  code: v.pipe(v.string(), v.description('Stable name of the rule, see docs/findings.md.')),
  severity: v.picklist(['error', 'warning', 'info']),
  cluster: v.optional(v.string()),
  file: v.optional(v.string()),
  line: v.optional(v.pipe(v.number(), v.integer(), v.minValue(1))),
  source: v.optional(
    v.pipe(v.string(), v.description('What renders the object, if the file contains what it is made from.')),
  ),
  object: v.optional(
    v.strictObject({ apiVersion: v.string(), kind: v.string(), namespace: v.optional(v.string()), name: v.string() }),
  ),
  message: v.pipe(v.string(), v.description('The problem and its consequence.')),
  fix: v.pipe(v.string(), v.description('What to do.')),
});

export type FindingJson = Structure<typeof FINDING>;

/** `cilium-mesh check --format json`. */
export const CHECK = v.strictObject({ apiVersion: API_VERSION, findings: v.array(FINDING) });
