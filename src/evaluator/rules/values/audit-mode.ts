import { Rule } from '../rule';
import { helmValue, inValues } from '../shared/helm-values';

export const auditMode: Rule<'audit-mode'> = {
  codes: {
    'audit-mode': {
      severity: 'warning',
      title: 'Audit mode is on, so policies drop nothing',
      documentation:
        '`policyAuditMode: true` makes Cilium report what policies deny without dropping it ' +
        '(bpf/lib/policy.h, v1.20.2). Only layer 7 rules still act. The verdict of such flows is `audited`.',
      fix: 'Remove policyAuditMode once the reported flows are the ones you want to deny.',
    },
  },
  check({ mesh }, report) {
    for (const { name, input, settings, entries } of mesh.clusters) {
      if (settings.policy.auditMode && (entries.length > 0 || settings.policy.enforcement === 'always')) {
        const path = settingPath(input.values?.values);
        report('audit-mode', {
          at: inValues(input, path),
          message: `Cilium in ${name} is in audit mode: it reports what policies deny, and drops nothing`,
          fix: `remove ${path} once the reported flows are the ones you want to deny`,
        });
      }
    }
  },
};

/** The value that turns it on. */
function settingPath(values: unknown): string {
  const key = 'policy-audit-mode';
  return helmValue(values, 'policyAuditMode') === true
    ? 'policyAuditMode'
    : helmValue(values, 'extraConfig')?.[key] !== undefined
      ? `extraConfig.${key}`
      : 'extraArgs';
}
