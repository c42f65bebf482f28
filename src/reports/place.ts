import { CommonPlaces, FlowNodes } from '../evaluator/flows/places';

interface PlacesJson {
  readonly placement?: CommonPlaces['placement'];
  readonly nodes?: FlowNodes[];
}

/** The places in JSON. */
export function placesJson({ placement, nodes }: CommonPlaces): PlacesJson {
  return { ...(placement ? { placement } : {}), ...(nodes ? { nodes: nodes.map(each => ({ ...each })) } : {}) };
}

/** The places as fields of a CSV: of several pairs of nodes `edge-1 -> core-1, edge-1 -> core-2`. */
export function placesRecord({ placement, nodes = [] }: CommonPlaces): object {
  const texts = nodes.map(({ source, destination }) => [source ?? [], destination ?? []].flat().join(' -> '));
  return { ...(placement ? { placement } : {}), ...(nodes.length === 0 ? {} : { nodes: texts.join(', ') }) };
}
