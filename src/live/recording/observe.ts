import { REPLIES } from '../../cilium/hubble-fields';
import { Command, command } from '../plans/command';
import { DEFAULT_CILIUM_NAMESPACE } from '../snapshot/rbac';

/** How `hubble observe` names the option of a field mask; undefined for one that has none. */
export type MaskOption = '--field-mask' | '--experimental-field-mask';

/** What to record in a cluster. */
export interface Observation {
  readonly context: string;
  /** The namespace of Hubble Relay. */
  readonly namespace: string;
  /** Fields to record; undefined for whole records. */
  readonly mask?: { readonly option: MaskOption; readonly fields: readonly string[] };
  /** From when on, in RFC 3339; by default from now on. */
  readonly since?: string;
}

/** Prints the options of `hubble observe`. */
export const OBSERVE_HELP = command('hubble', 'observe', '--help');

/**
 * The option of a field mask in the help of `hubble observe`. It was renamed when field masks became stable
 * (cilium/cilium#29706).
 */
export function maskOptionOf(help: string): MaskOption | undefined {
  return (['--field-mask', '--experimental-field-mask'] as const).find(option =>
    new RegExp(`(^|\\s)${option}\\b`, 'm').test(help),
  );
}

/** Follows the flows of a cluster through Hubble Relay; the CLI forwards a free port to it. */
export function observeCommand({ context, namespace, mask, since }: Observation): Command {
  return {
    ...command(
      'hubble',
      'observe',
      '--follow',
      '--port-forward',
      // any free port, since all clusters are recorded at once (hubble/cmd/common/config/flags.go, v1.20.2)
      '--port-forward-port',
      '0',
      '--kube-context',
      context,
      // older CLIs lack the option, and know only its default
      ...(namespace === DEFAULT_CILIUM_NAMESPACE ? [] : ['--kube-namespace', namespace]),
      '--output',
      'jsonpb',
      ...DENIED.flatMap(filter => ['--denylist', JSON.stringify(filter)]),
      ...(mask ? [mask.option, mask.fields.join(',')] : []),
      ...(since === undefined ? [] : ['--since', since]),
    ),
    context,
  };
}

/** The numbers of events and of places of traces (pkg/monitor/api/types.go, v1.15.19 to v1.20.2). */
const [TRACE, SOCKET] = [4, 7];
const [FROM_LXC, FROM_PROXY, FROM_HOST, FROM_STACK, FROM_OVERLAY, FROM_NETWORK, FROM_CRYPTO] = [
  5, 6, 7, 8, 9, 10, 12,
];

/** Records that say nothing about verdicts: replies, attempts of sockets, and what was seen before any policy. */
const DENIED: readonly object[] = [
  REPLIES,
  {
    event_type: [
      { type: SOCKET },
      ...[FROM_LXC, FROM_PROXY, FROM_HOST, FROM_STACK, FROM_OVERLAY, FROM_NETWORK, FROM_CRYPTO].map(sub_type => ({
        type: TRACE,
        match_sub_type: true,
        sub_type,
      })),
    ],
  },
];
