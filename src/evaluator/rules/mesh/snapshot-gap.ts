import { grouped } from '../../../diagnostics/grouped';
import { shorten } from '../../../diagnostics/texts';
import { Rule } from '../rule';
import { gapEffect } from '../shared/gaps';
import { listInOrder } from '../shared/names';

export const snapshotGap: Rule<'snapshot-gap'> = {
  codes: {
    'snapshot-gap': {
      severity: 'warning',
      title: 'A snapshot could not read a part of a cluster',
      documentation:
        'The API server did not let `cilium-mesh snapshot` read a kind of objects or settings, so they are unknown. ' +
        'Verdicts that depend on them may be wrong, and `check` leaves out findings that may be false.',
      fix: 'Permit the snapshot to read them (`cilium-mesh snapshot --print-rbac`), and take it again.',
    },
  },
  check({ input }, report) {
    for (const { name, settings, declared } of input.clusters) {
      const numbered = (settings.gaps ?? []).map((gap, index) => ({ ...gap, index }));
      const byCause = grouped(numbered, ({ what, reason }) => `${gapEffect(what).unknown} ${reason}`);
      for (const gaps of byCause.values()) {
        const [{ what: first, reason, index }] = gaps;
        report('snapshot-gap', {
          at: { cluster: name, file: declared.file, line: () => declared.line(`gaps[${index}].what`) },
          message:
            `unknown ${gapEffect(first).unknown}: the snapshot of ${name} could not read ` +
            `${listInOrder(gaps.map(({ what }) => shorten(what)))} (${shorten(reason)}), ` +
            'so verdicts may be wrong, and related findings are left out',
          fix:
            reason === 'forbidden'
              ? 'permit the snapshot to read them (cilium-mesh snapshot --print-rbac), and take it again'
              : 'take the snapshot again',
        });
      }
    }
  },
};
