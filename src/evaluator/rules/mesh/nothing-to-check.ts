import { Rule } from '../rule';
import { hasObjects } from '../shared/has-objects';

/** A check of nothing finds nothing, which looks like success: mostly the path is wrong, or nothing is rendered. */
export const nothingToCheck: Rule<'nothing-to-check'> = {
  codes: {
    'nothing-to-check': {
      severity: 'error',
      title: 'No workload, Service or policy to check',
      documentation:
        'The manifests of all clusters contain no workload, Service or policy, so no verdict and no finding can ' +
        'come from them. The paths are wrong or excluded, or the objects are in charts, overlays and templates that are ' +
        'not rendered. A mesh with Helm values is not reported, because its values are checked.',
      fix: 'Correct the paths, or render the manifests first.',
    },
  },
  check({ mesh, input }, report) {
    // a source that failed has an error of its own, at its place
    const hasFailed = input.clusters.some(({ declared, notes }) =>
      notes.some(({ severity, file }) => severity === 'error' && file === declared.file),
    );
    if (hasObjects(mesh) || hasFailed || input.clusters.some(({ values }) => values !== undefined)) {
      return;
    }
    const [first] = input.clusters;
    const isUnrendered = input.clusters.some(({ manifests, notes }) => manifests.length + notes.length > 0);
    const excluded = input.clusters.reduce((sum, { files }) => sum + (files?.excluded ?? 0), 0);
    const what = 'workload, Service or policy, so there is nothing to check';
    report('nothing-to-check', {
      at: { file: input.source, line: () => first?.declared.line() },
      message:
        excluded === 0
          ? `the manifests contain no ${what}`
          : `the files that are left after ${excluded} excluded ${excluded === 1 ? 'path' : 'paths'} contain no ${what}`,
      fix:
        excluded > 0
          ? 'exclude less: with --exclude, exclude of mesh.yaml and cilium-mesh.yaml, and .ciliummeshignore'
          : isUnrendered
            ? 'correct the paths, or render the manifests first: docs/sources.md'
            : 'correct the paths of the manifests',
    });
  },
};
