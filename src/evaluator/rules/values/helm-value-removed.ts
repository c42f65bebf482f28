import { Rule } from '../rule';
import { helmValue, inValues } from '../shared/helm-values';

/** The values that the chart of 1.20.2 fails with, and what replaces them (templates/validate.yaml). */
const REMOVED: { readonly [path: string]: string } = {
  'tunnel': 'write routingMode: native for tunnel: disabled, else tunnelProtocol with the protocol',
  'clustermesh.apiserver.tls.ca.cert': 'write tls.ca.cert',
  'clustermesh.apiserver.tls.ca.key': 'write tls.ca.key',
};

/** A value that the chart of 1.20.2 no longer reads (Documentation/operations/upgrade.rst, "Removed Options"). */
const OLD_MCS_API = 'clustermesh.enableMCSAPISupport';

export const helmValueRemoved: Rule<'helm-value-removed'> = {
  codes: {
    'helm-value-removed': {
      severity: 'error',
      title: 'The chart of this version no longer has a Helm value',
      documentation:
        'The chart fails with some removed values (templates/validate.yaml, v1.20.2), so Helm changes nothing. ' +
        'It ignores others, so what they turned on is off.',
      fix: 'Write the value that replaces it.',
    },
  },
  check({ mesh }, report) {
    for (const { name, input, version } of mesh.clusters.filter(each => each.version.traits.chartSchemaKnown)) {
      for (const [path, fix] of Object.entries(REMOVED)) {
        if (isSet(helmValue(input.values?.values, path))) {
          report('helm-value-removed', {
            at: inValues(input, path),
            message:
              `${path}: the chart of Cilium ${version.text} fails with this value, so Helm changes nothing in ${name}`,
            fix,
          });
        }
      }
      const values = input.values?.values;
      if (helmValue(values, OLD_MCS_API) === true && helmValue(values, 'clustermesh.mcsapi.enabled') !== true) {
        report('helm-value-removed', {
          at: inValues(input, OLD_MCS_API),
          message:
            `${OLD_MCS_API}: the chart of Cilium ${version.text} ignores this value, so the Multi-Cluster Services ` +
            `API is off in ${name}`,
          fix: 'write clustermesh.mcsapi.enabled: true',
        });
      }
    }
  },
};

function isSet(value: unknown): boolean {
  return value !== undefined && value !== null && value !== '';
}
