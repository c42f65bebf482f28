import { ExpectedEndpoint, ExpectedEndpoints, identityOf } from './endpoints';
import { grouped } from '../../../diagnostics/grouped';
import { byPlace, formatPlaces, Place, placeKey, Places, placesIn } from '../../flows/places';

/** Something about a flow between two endpoints. */
interface AboutFlow {
  readonly source: ExpectedEndpoint;
  readonly destination: ExpectedEndpoint;
}

/**
 * What holds for flows at several places of their pods, once: with the text of the places, which is empty if it holds
 * at all of them.
 */
export function withPlaces<T extends AboutFlow>(
  { mesh }: ExpectedEndpoints,
  all: readonly T[],
  keyOf: (each: T) => string,
): Array<T & { readonly places: string }> {
  const places = placesIn(mesh);
  const numbers = new Map<unknown, number>();
  const numberOf = (end: ExpectedEndpoint) => {
    const identity = identityOf(end);
    numbers.set(identity, numbers.get(identity) ?? numbers.size);
    return numbers.get(identity)!;
  };
  const groups = grouped(all, each => JSON.stringify([numberOf(each.source), numberOf(each.destination), keyOf(each)]));
  return [...groups.values()].flatMap(group => {
    const [{ source, destination }] = group;
    const isItself = numberOf(source) === numberOf(destination);
    const every = placesOf(places, source, destination).filter(
      // a pod is on its own node
      each => !isItself || each.placement !== 'same-node',
    );
    if (every.length === 1) {
      return group.map(each => ({ ...each, places: '' }));
    }
    const own = new Set(group.map(each => placeKey(placeOf(each, every[0].placement !== undefined))));
    return byPlace(every.map(place => ({ place, holds: own.has(placeKey(place)) })), ({ holds }) => String(holds))
      .filter(({ holds }) => holds)
      .map(({ common }) => ({ ...group[0], places: formatPlaces(common, source.name, destination.name) }));
  });
}

function placesOf(places: Places, source: ExpectedEndpoint, destination: ExpectedEndpoint): readonly Place[] {
  const [from, to] = [source, destination].map(({ endpoint }) =>
    endpoint.kind === 'workload' ? ({ kind: 'workload', workload: endpoint.workload } as const) : endpoint,
  );
  return places.of(from, to);
}

/** Where the ends of a flow are. */
function placeOf({ source, destination }: AboutFlow, isOneCluster: boolean): Place {
  const isNear = [source, destination].some(
    ({ endpoint }) => endpoint.kind === 'workload' && endpoint.placement === 'same-node',
  );
  return {
    ...(isOneCluster ? { placement: isNear ? 'same-node' : 'other-node' } : {}),
    ...(source.nodes ? { source: source.nodes } : {}),
    ...(destination.nodes ? { destination: destination.nodes } : {}),
  };
}
