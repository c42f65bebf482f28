import { Peer } from './peer';
import { NamedStatement } from './policies';
import { passedRecords } from './seen';
import { StatementPeer } from './statement';
import { formatNumbers, PortRange } from '../../evaluator/flows/port-range';
import { ObservedFlow, RecordCount, Side, sumRecords } from '../flows/observed-flow';
import { recordsText } from '../flows/records-text';

/** The records that a statement comes from. */
export function recordsOf({ flows }: Pick<NamedStatement, 'flows'>): RecordCount {
  return sumRecords(flows.map(passedRecords));
}

/** `192 records of 16 flows from 2026-03-20T09:46:40Z to 2026-03-20T09:49:51Z`. */
export function evidenceText(statement: Pick<NamedStatement, 'flows'>): string {
  return recordsText(recordsOf(statement), statement.flows.length);
}

/** The flows of a statement, the first `most` of them: `shop/web@paris -> shop/db@lyon TCP/5432`. */
export function flowTexts({ flows }: Pick<NamedStatement, 'flows'>, most: number): string[] {
  const texts = flows.slice(0, most).map(flowText);
  return flows.length > most ? [...texts, `and ${flows.length - most} more`] : texts;
}

/** A flow in one line. */
export function flowText(flow: ObservedFlow): string {
  return `${endText(flow, 'source')} -> ${endText(flow, 'destination')} ${flow.protocol}/${flow.port}`;
}

/** An end of a flow, as commands write it. Of several addresses, the least, whichever was recorded first. */
export function endText(flow: ObservedFlow, side: Side): string {
  const { text } = flow[side];
  const addresses = flow.addresses[side];
  if (addresses.size === 0 || !text.startsWith('world:')) {
    return text;
  }
  const [first] = [...addresses].sort();
  return addresses.size === 1 ? `world:${first}` : `world:${first} and ${addresses.size - 1} more`;
}

/** A side of a statement: `shop/cart in eu-west, eu-north`. */
export function sideText(side: readonly StatementPeer[], clusterCount: number): string {
  return side
    .map(({ peer, clusters }) =>
      clusters.length === 0 || clusters.length === clusterCount
        ? peerText(peer)
        : `${peerText(peer)} in ${clusters.join(', ')}`,
    )
    .join('; ');
}

/** A peer without its clusters. */
export function peerText(peer: Peer): string {
  switch (peer.kind) {
    case 'pods':
      return peer.pods.namespace === 'default' ? peer.pods.name : `${peer.pods.namespace}/${peer.pods.name}`;
    case 'entity':
      return `entity:${peer.entity}`;
    case 'cidr':
      return `world:${peer.cidr.replace(/\/(32|128)$/, '')}`;
    case 'fqdn':
      return `fqdn:${peer.name}`;
  }
}

/** `TCP/80 (http), TCP/8000-8099`. */
export function portsText(ports: ReadonlyArray<PortRange & { readonly name?: string }>): string {
  return ports
    .map(range => `${range.protocol}/${formatNumbers(range)}${range.name === undefined ? '' : ` (${range.name})`}`)
    .join(', ');
}
