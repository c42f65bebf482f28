import { Codes } from '../../diagnostics/diagnostic';

/** What `replay` reports about recorded flows. */
export const OBSERVED_CODES = {
  'observed-denied': {
    severity: 'error',
    title: 'Recorded flow that would be denied',
    documentation:
      'Hubble recorded a flow that was let through, and the manifests deny it. With `--against`, the old manifests ' +
      'allow it.',
    fix: 'Allow the flow, or stop its clients first. `cilium-mesh explain FROM TO` shows the smallest addition.',
  },
  'observed-request-denied': {
    severity: 'error',
    title: 'Recorded request that would be denied',
    documentation:
      'Hubble recorded a request that a proxy let through, and the layer 7 rules of the manifests deny it. Headers ' +
      'are not recorded, so rules about headers are not judged.',
    fix: 'Add a rule for the request, or stop its clients first.',
  },
  'observed-redirected': {
    severity: 'info',
    title: 'Recorded flow that would be redirected to a proxy',
    documentation:
      'Hubble recorded a flow without a proxy, and layer 7 rules of the manifests redirect it to one. Requests that ' +
      'the rules do not match would be denied, and the recording does not show which requests there were.',
    fix: 'Record again with the rules in audit mode or with rules that match every request, then replay.',
  },
  'observed-disagrees': {
    severity: 'error',
    title: 'Recorded verdict that the manifests do not explain',
    documentation:
      'The verdict of Hubble is another one than that of the manifests, and nothing in the record explains it. Either ' +
      'the cluster enforces other policies than the manifests contain, or the evaluator is wrong.',
    fix:
      'Compare the policies of the cluster with the manifests (`cilium-mesh snapshot`). If they are equal, report the ' +
      'record.',
  },
  'observed-drift': {
    severity: 'warning',
    title: 'Cluster that differs from the manifests',
    documentation:
      'The verdict of Hubble is another one than that of the manifests: the recorded labels are not those of the ' +
      'manifests, or Hubble names a policy that the manifests lack.',
    fix: 'Apply the manifests, or add to them what runs in the cluster.',
  },
  'observed-unused-rule': {
    severity: 'info',
    title: 'Rule without recorded traffic',
    documentation:
      'The rule let no recorded flow pass, and other rules of its policy did. The rule is not useless: a recording does ' +
      'not show what happens more rarely, such as jobs, failovers and restores.',
    fix: 'Record for longer than the slowest job. Then ask who needs the rule.',
  },
  'observed-unused-policy': {
    severity: 'info',
    title: 'Policy without recorded traffic',
    documentation:
      'No rule of the policy let a recorded flow pass. The policy is not useless: a recording does not show what ' +
      'happens more rarely, such as jobs, failovers and restores, and the policy may turn default deny on.',
    fix: 'Record for longer than the slowest job. Then ask who needs the policy.',
  },
} as const satisfies Codes;

export type ObservedCode = keyof typeof OBSERVED_CODES;
