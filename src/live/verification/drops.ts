import { Command, command } from '../plans/command';

/** A packet that Cilium dropped, as Hubble recorded it. */
export interface Drop {
  readonly source: string;
  readonly destination: string;
  readonly port?: number;
  readonly reason: string;
  /** Cilium dropped it because of a policy. */
  readonly byPolicy: boolean;
  /** Policies that denied it, where Hubble knows them. */
  readonly policies: readonly string[];
}

/** Prints the drops of the last seconds from Hubble Relay; the CLI forwards the port. */
export function dropsQuery(context: string, seconds: number): Command {
  return command(
    'hubble',
    'observe',
    '--port-forward',
    '--kube-context',
    context,
    '--verdict',
    'DROPPED',
    '--since',
    `${Math.ceil(seconds)}s`,
    '--last',
    '10000',
    '--output',
    'jsonpb',
  );
}

/** Reads drops, one JSON document on a line; skips all other lines. */
export function readDrops(output: string): Drop[] {
  return output.split('\n').flatMap((line): Drop[] => {
    const flow = parseJson(line)?.flow;
    if (typeof flow?.IP?.source !== 'string' || typeof flow.IP.destination !== 'string' || flow.verdict !== 'DROPPED') {
      return [];
    }
    const layer4 = flow.l4?.TCP ?? flow.l4?.UDP ?? flow.l4?.SCTP;
    const reason = String(flow.drop_reason_desc ?? 'unknown');
    const denials = [...(flow.egress_denied_by ?? []), ...(flow.ingress_denied_by ?? [])];
    return [
      {
        source: flow.IP.source,
        destination: flow.IP.destination,
        port: layer4?.destination_port,
        reason,
        // POLICY_DENIED, POLICY_DENY (api/v1/flow/flow.proto)
        byPolicy: reason.startsWith('POLICY_DEN'),
        policies: denials.map(
          ({ kind, namespace, name }: any) => `${kind ?? 'policy'} ${namespace ? `${namespace}/` : ''}${name}`,
        ),
      },
    ];
  });
}

function parseJson(line: string): any {
  try {
    return JSON.parse(line);
  } catch {
    return undefined;
  }
}
