import { AskedFlow } from './opened-flows';
import { decideFlow } from '../flows/flow';
import { byPlace, placedEnd, placesIn } from '../flows/places';
import { EvaluatedMesh } from '../read/mesh';

/**
 * A flow once for each verdict that depends on where its pods with host network run: on the node of the other end or on
 * another one, and on which of the nodes that policies tell apart. Otherwise the flow alone.
 */
export function placedFlows(mesh: EvaluatedMesh, flow: AskedFlow): readonly AskedFlow[] {
  const placed = placesIn(mesh).of(flow.source, flow.destination).map(place => ({
    place,
    source: placedEnd(flow.source, place, 'source'),
    destination: placedEnd(flow.destination, place, 'destination'),
  }));
  const verdicts = byPlace(placed, ({ source, destination }) => {
    const { egress, ingress } = decideFlow(mesh, source, destination, flow.port);
    return `${egress.verdict} ${ingress.verdict}`;
  });
  return verdicts.map(({ source, destination, common }) => ({ ...flow, source, destination, ...common }));
}
