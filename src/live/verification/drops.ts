import { Command, command } from '../plans/command';

/** A packet that Cilium dropped, as Hubble saw it. */
export interface Drop {
  readonly source: string;
  readonly destination: string;
  readonly port?: number;
  readonly reason: string;
  /** Policies that denied it, where Hubble knows them. */
  readonly policies: readonly string[];
}

/** Asks Hubble Relay of a cluster for the drops of the last seconds; its CLI makes the way there. */
export function dropsQuery(context: string, seconds: number): Command {
  return command('hubble', 'observe', '--port-forward', '--kube-context', context, '--verdict', 'DROPPED', '--since', `${Math.ceil(seconds)}s`, '--last', '10000', '--output', 'jsonpb');
}

/** Reads drops, one JSON document on a line; what is no drop is left out. */
export function readDrops(output: string): Drop[] {
  return output.split('\n').flatMap((line): Drop[] => {
    const flow = parsed(line)?.flow;
    if (typeof flow?.IP?.source !== 'string' || typeof flow.IP.destination !== 'string' || flow.verdict !== 'DROPPED') {
      return [];
    }
    const layer4 = flow.l4?.TCP ?? flow.l4?.UDP ?? flow.l4?.SCTP;
    return [{
      source: flow.IP.source,
      destination: flow.IP.destination,
      port: layer4?.destination_port,
      reason: String(flow.drop_reason_desc ?? 'unknown'),
      policies: [...flow.egress_denied_by ?? [], ...flow.ingress_denied_by ?? []].map(({ kind, namespace, name }: any) => `${kind ?? 'policy'} ${namespace ? `${namespace}/` : ''}${name}`),
    }];
  });
}

function parsed(line: string): any {
  try {
    return JSON.parse(line);
  } catch {
    return undefined;
  }
}
