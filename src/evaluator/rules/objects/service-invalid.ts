import { inManifest, Rule } from '../rule';

export const serviceInvalid: Rule<'service-invalid'> = {
  codes: {
    'service-invalid': {
      severity: 'error',
      title: 'The API server refuses the Service',
      documentation:
        'A port, selector or policy of the Service is invalid, or a field is mistyped. The API server refuses the ' +
        'object (ValidateService, pkg/apis/core/validation of Kubernetes, v1.36.3), and kubectl a field that it does ' +
        'not know, so clients do not find the Service.',
      fix: 'Correct the field that the finding names.',
    },
  },
  check({ mesh }, report) {
    for (const { name, serviceProblems } of mesh.clusters) {
      for (const { manifest, path, message, fix } of serviceProblems) {
        report('service-invalid', {
          at: inManifest(name, manifest, path),
          message: `${message}, so the Service is refused`,
          fix,
        });
      }
    }
  },
};
