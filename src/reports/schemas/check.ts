import * as v from 'valibot';
import { READ } from './input';
import { COUNT } from './parts';
import type { Structure } from '../../diagnostics/structure';
import { BASELINE_FILE } from '../../findings/baseline-schema';
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
  construct: v.optional(
    v.pipe(
      v.strictObject({ path: v.string(), file: v.optional(v.string()), line: v.optional(v.number()) }),
      v.description(
        'The construct that wrote the object, and the line of the program that created it, if `cdk8s synth` recorded ' +
          'them for its validations.',
      ),
    ),
  ),
  message: v.pipe(v.string(), v.description('The problem and its consequence.')),
  fix: v.pipe(v.string(), v.description('What to do.')),
});

export type FindingJson = Structure<typeof FINDING>;

/** `cilium-mesh check --format json`. */
export const CHECK = v.strictObject({
  apiVersion: API_VERSION,
  read: READ,
  ignored: v.optional(
    v.pipe(
      v.array(v.strictObject({ ...FINDING.entries, reason: v.string() })),
      v.description('Findings that a comment or an annotation ignores, with the reason.'),
    ),
  ),
  baseline: v.optional(
    v.pipe(
      v.strictObject({
        file: v.string(),
        known: v.pipe(COUNT, v.description('Number of findings that the baseline contains.')),
        gone: v.pipe(
          BASELINE_FILE.entries.findings,
          v.description('Entries of the baseline that no longer occur.'),
        ),
      }),
      v.description('The baseline, if there is one: its findings do not count.'),
    ),
  ),
  findings: v.pipe(v.array(FINDING), v.description('The findings that count.')),
});
