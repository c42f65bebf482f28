import { SERVICE_KEYS } from '../../../cilium/service-annotations';
import { Rule } from '../rule';
import { isRead, serviceAnnotations } from '../shared/service-annotations';

export const serviceAffinityNone: Rule<'service-affinity-none'> = {
  codes: {
    'service-affinity-none': {
      severity: 'error',
      title: 'Affinity none excludes backends of other clusters',
      documentation:
        'Cilium 1.18 and 1.19 use backends of other clusters for the affinities `local`, `remote` and ' +
        'the empty text only ' +
        '(pkg/clustermesh/selectbackends.go, v1.18.8 and v1.19.3; cilium/cilium#46623). ' +
        'The value `none`, written out, excludes them; Cilium 1.20 corrects this.',
      fix: 'Remove the annotation: none is the default.',
    },
  },
  check(context, report) {
    for (const annotation of serviceAnnotations(context).filter(isRead)) {
      const {
        at,
        currentKey,
        value,
        cluster: { version },
      } = annotation;
      if (
        currentKey === SERVICE_KEYS.affinity &&
        value.toLowerCase() === 'none' &&
        version.traits.otherAffinityDropsRemotes
      ) {
        report('service-affinity-none', {
          at,
          message:
            `with the value none, Cilium ${version.text} uses no backends of other clusters ` + '(cilium/cilium#46623)',
          fix: 'remove the annotation: none is the default',
        });
      }
    }
  },
};
