/** The codes about Helm values. */
export const FINDING_CODES = {
  'values-other-cluster': { severity: 'error' },
  'values-not-modelled': { severity: 'error' },
} as const;

export type FindingCode = keyof typeof FINDING_CODES;
