import { Codes } from '../diagnostics/diagnostic';

/** What is wrong with ignores of findings. */
export const IGNORE_CODES = {
  'ignore-unused': {
    severity: 'warning',
    title: 'Ignore without a finding',
    documentation:
      'A comment or annotation `cilium-mesh/ignore` names a finding that is not at its line or object. It ignores ' +
      'nothing, and would hide a finding that somebody adds later.',
    fix: 'Remove it, or move it to the line or the object of the finding.',
  },
  'ignore-code-unknown': {
    severity: 'warning',
    title: 'Ignore of an unknown code',
    documentation: 'A comment or annotation `cilium-mesh/ignore` names no code of a finding, so it has no effect.',
    fix: 'Write the code of the finding, which stands in brackets in the output of `check`.',
  },
  'ignore-reason-missing': {
    severity: 'warning',
    title: 'Ignore without a reason',
    documentation:
      'A comment or annotation `cilium-mesh/ignore` has no reason, so it has no effect. A reader must see why the ' +
      'finding is accepted.',
    fix: 'Write the reason after the code.',
  },
} as const satisfies Codes;

/** A code of ignores. */
export type IgnoreCode = keyof typeof IGNORE_CODES;
