import { Cidr } from '../../../cilium/cidr';
import { SETTINGS } from '../../../cilium/settings';
import { Rule } from '../rule';
import { helmValue, inValues } from '../shared/helm-values';

const POOL = SETTINGS.ipv4Pool.helm[0].path;

export const podCidrPoolDiffers: Rule<'pod-cidr-pool-differs'> = {
  codes: {
    'pod-cidr-pool-differs': {
      severity: 'error',
      title: 'The Helm values take pod addresses from other CIDRs than mesh.yaml has',
      documentation:
        'With `ipam.mode: cluster-pool`, Cilium takes the addresses of pods from the pool of the values. ' +
        '`podCIDRs` of mesh.yaml do not hold them, so checks for overlaps compare the wrong addresses.',
      fix: 'Write the same CIDRs in both files, different ones in each cluster.',
    },
  },
  check({ input }, report) {
    for (const cluster of input.clusters) {
      const mode: unknown = helmValue(cluster.values?.values, 'ipam.mode') ?? 'cluster-pool';
      const pool: unknown = helmValue(cluster.values?.values, POOL);
      const blocks = (cluster.settings.podCIDRs ?? []).flatMap(text => Cidr.masked(text) ?? []);
      const written = typeof pool === 'string' ? pool.split(/[\s,]+/) : Array.isArray(pool) ? pool : [];
      const outside = written
        .flatMap(text => (typeof text === 'string' ? (Cidr.masked(text) ?? []) : []))
        .filter(each => !blocks.some(block => block.covers(each)));
      if (mode === 'cluster-pool' && blocks.length > 0 && outside.length > 0) {
        const own = blocks.map(({ text }) => text).join(', ');
        report('pod-cidr-pool-differs', {
          at: inValues(cluster, POOL),
          message:
            `Cilium in ${cluster.name} takes pod addresses from ${outside.map(({ text }) => text).join(', ')}, but ` +
            `mesh.yaml has podCIDRs ${own}`,
          fix: `write ${own} in ${POOL}, or correct podCIDRs in mesh.yaml`,
        });
      }
    }
  },
};
