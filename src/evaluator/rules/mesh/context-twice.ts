import { formatValue } from '../../../diagnostics/texts';
import { Rule } from '../rule';

export const contextTwice: Rule<'context-twice'> = {
  codes: {
    'context-twice': {
      severity: 'error',
      title: 'Two clusters of mesh.yaml have the same kubectl context',
      documentation:
        'A context of kubectl is one cluster. ' +
        'Commands on live clusters would read, and change, the first cluster under the name of the second.',
      fix: 'Write the context of each cluster (`kubectl config get-contexts`).',
    },
  },
  check({ input: { clusters } }, report) {
    clusters.forEach(({ name, settings: { context }, declared }, index) => {
      const first = clusters.slice(0, index).find(each => each.settings.context === context);
      if (context !== undefined && first) {
        report('context-twice', {
          at: { cluster: name, file: declared.file, line: () => declared.line('context') },
          message: `${name} has the kubectl context ${formatValue(context)} of ${first.name}`,
          fix: `write the context of ${name} (kubectl config get-contexts)`,
        });
      }
    });
  },
};
