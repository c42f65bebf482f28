import type { EndpointRow, Planes } from '../../report/protocol';

/** An endpoint by its id, `namespace/name@cluster` or of the outside, in the class of a number. */
export function endpointRow(id: string, number: number): EndpointRow {
  const [, namespace, name, cluster] = /^(.*)\/(.*)@(.*)$/.exec(id) ?? [];
  const common = { id, text: id, class: number, listens: [], sides: ['new' as const] };
  return cluster === undefined
    ? { ...common, kind: 'addresses', name: id, text: id.replace(/^world:/, ''), cluster: '', namespace: '', inside: false }
    : {
      ...common,
      kind: 'workload',
      name,
      cluster,
      namespace,
      workload: { replicas: 1, kind: 'Deployment', hostNetwork: false, labels: {} },
      inside: true,
    };
}

/** Planes of so many classes in which these pairs, such as `0>1`, have bits. */
export function planesOfPairs(
  size: number,
  {
    egress,
    ingress,
    allowed,
    any = allowed,
  }: { readonly [plane in 'egress' | 'ingress' | 'allowed']: readonly string[] } & { readonly any?: readonly string[] },
): Planes {
  const words = Math.ceil(size / 32);
  const plane = (all: readonly string[]) => {
    const bits = new Uint32Array(size * words);
    all.forEach(each => {
      const [from, to] = each.split('>').map(Number);
      // eslint-disable-next-line no-bitwise -- bits of words
      bits[from * words + (to >>> 5)] |= 1 << (to & 31);
    });
    return bits;
  };
  return {
    generation: 1,
    size,
    words,
    egress: plane(egress),
    ingress: plane(ingress),
    allowed: plane(allowed),
    any: plane(any),
    whole: plane([]),
  };
}
