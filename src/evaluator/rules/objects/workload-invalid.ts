import { inManifest, Rule } from '../rule';

export const workloadInvalid: Rule<'workload-invalid'> = {
  codes: {
    'workload-invalid': {
      severity: 'error',
      title: 'The API server refuses the workload',
      documentation:
        'A label, port, selector or time of the workload is invalid. The API server refuses the object, ' +
        'so its pods never run.',
      fix: 'Correct the field that the finding names.',
    },
  },
  check({ mesh }, report) {
    for (const { name, workloadProblems } of mesh.clusters) {
      for (const { manifest, path, message, fix } of workloadProblems) {
        report('workload-invalid', {
          at: inManifest(name, manifest, path),
          message: `${message}, so the API server refuses this ${manifest.object.kind}`,
          fix,
        });
      }
    }
  },
};
