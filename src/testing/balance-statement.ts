import { Outcome } from './outcome';
import { named, Subject } from './subject';
import { didYouMean } from '../diagnostics/did-you-mean';
import { isMap } from '../diagnostics/is-map';
import { formatList, formatValue } from '../diagnostics/texts';
import { findService } from '../evaluator/queries/service-reference';
import { EvaluatedMesh } from '../evaluator/read/mesh';
import { serviceView } from '../evaluator/services/backends';
import { percent } from '../reports/words';

/**
 * For the clients of a cluster, the share of new connections that the backends of each cluster get, from 0 to 1.
 * Clusters that are left out get none: `{ paris: { paris: 0.5, lyon: 0.5 }, lyon: { lyon: 1 } }`.
 */
export type Balance = { readonly [clientCluster: string]: { readonly [backendCluster: string]: number } };

/** Shares are written with two digits: `0.33` is a third. */
const PRECISION = 0.005;

/**
 * The shares of a service. Throws a TypeError for unknown services and clusters, for shares that no service can have,
 * and where the shares cannot be known from manifests.
 */
export function balanceStatement({ mesh }: Subject, service: string, balance: Balance): Outcome {
  const name = named(findService(mesh, String(service)));
  const wrong = checkedBalance(mesh, balance).flatMap(([client, expected]) => {
    const view = serviceView(mesh, name, client);
    const got = new Map<string, number>();
    for (const { cluster, share } of view.backends) {
      if (share === undefined) {
        const reasons = view.reasons.length > 0 ? view.reasons : ['they depend on the nodes of its pods'];
        throw new TypeError(
          `the shares of ${service} for clients of ${client} cannot be known: ${reasons.join('; ')}`,
        );
      }
      got.set(cluster, (got.get(cluster) ?? 0) + share);
    }
    const shares = new Map(Object.entries(expected));
    const clusters = [...shares.keys(), ...got.keys()];
    const isSame = clusters.every(each => Math.abs((shares.get(each) ?? 0) - (got.get(each) ?? 0)) <= PRECISION);
    return isSame
      ? []
      : [
        `  clients of ${client}: got ${formatShares(got)}, expected ${formatShares(shares)}`,
        ...view.reasons.map(reason => `    ${reason}`),
      ];
  });
  return {
    pass: wrong.length === 0,
    message: () =>
      wrong.length === 0
        ? `expected that ${service} is balanced otherwise, and it is as written`
        : [`expected another balance of ${service}:`, ...wrong].join('\n'),
  };
}

function checkedBalance(mesh: EvaluatedMesh, balance: Balance): Array<[string, Balance[string]]> {
  const clusters = mesh.clusters.map(each => each.name);
  if (!isMap(balance) || Object.keys(balance).length === 0) {
    throw new TypeError(`the balance must be such as { paris: { paris: 0.5, lyon: 0.5 } }, got ${formatValue(balance)}`);
  }
  for (const [client, shares] of Object.entries(balance)) {
    if (!isMap(shares)) {
      throw new TypeError(`${client} must be such as { paris: 0.5, lyon: 0.5 }, got ${formatValue(shares)}`);
    }
    const unknown = [client, ...Object.keys(shares)].find(each => !clusters.includes(each));
    if (unknown !== undefined) {
      throw new TypeError(
        `unknown cluster ${formatValue(unknown)}${didYouMean(unknown, clusters)}; the clusters are ` +
          formatList(clusters),
      );
    }
    const sum = Object.values(shares).reduce((total: number, each) => total + Number(each), 0);
    const invalid = Object.values(shares).some(each => typeof each !== 'number' || !(each >= 0 && each <= 1));
    // a third, written thrice as 0.33, is 0.99
    if (invalid || (sum !== 0 && Math.abs(sum - 1) > PRECISION * Object.keys(shares).length)) {
      throw new TypeError(
        `the shares of ${client} must be from 0 to 1 and their sum 1, or 0 without backends, got ${formatValue(shares)}`,
      );
    }
  }
  return Object.entries(balance);
}

function formatShares(shares: ReadonlyMap<string, number>): string {
  const parts = [...shares].filter(([, share]) => share > 0).sort(([one], [other]) => (one < other ? -1 : 1));
  return parts.length === 0 ? 'no backends' : parts.map(([cluster, share]) => `${cluster} ${percent(share)}`).join(', ');
}
