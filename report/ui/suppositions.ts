import type { Suppositions } from '../protocol';

/** What is supposed, in words; undefined if nothing is. */
export function suppositionText(suppositions: Suppositions): string | undefined {
  const { gone = [], replicas = {}, version, settings = [], edited = {}, deleted = [], added = [] } = suppositions;
  const parts = [
    ...(version === undefined ? [] : [`Cilium ${version}`]),
    ...(gone.length === 0 ? [] : [`no pods in ${gone.join(', ')}`]),
    ...Object.entries(replicas).map(([workload, number]) => `${number} ${number === 1 ? 'replica' : 'replicas'} of ${workload}`),
    ...settings.map(({ path, value, cluster }) => `${path}=${String(value)}${cluster === undefined ? '' : ` in ${cluster}`}`),
    ...counts(Object.keys(edited).length, 'edited'),
    ...counts(deleted.length, 'deleted'),
    ...counts(added.length, 'added'),
  ];
  return parts.length === 0 ? undefined : parts.join(', ');
}

function counts(number: number, what: string): string[] {
  return number === 0 ? [] : [`${number} ${number === 1 ? 'policy' : 'policies'} ${what}`];
}
