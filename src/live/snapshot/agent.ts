import { SETTING_LIST } from '../../cilium/settings';
import { CiliumConfig } from '../../evaluator/read/cilium-config';
import { readAgents } from '../plans/live-status';

/** What the DaemonSet of Cilium's agents shows beside its template. */
export interface AgentFacts {
  /** The version of the image's tag, without `v`. */
  readonly version?: string;
  /** Settings in the arguments of the agents, which win over `cilium-config`. */
  readonly flags: CiliumConfig;
}

const KEYS = new Set(SETTING_LIST.flatMap(([, { config }]) => config));

/** Reads the DaemonSet, and of its arguments only the known settings. */
export function readAgentFacts(daemonSet: any): AgentFacts {
  const version = readAgents(daemonSet)?.version;
  const containers: any[] = daemonSet?.spec?.template?.spec?.containers ?? [];
  const agent = containers.find(each => each?.name === 'cilium-agent');
  const args: string[] = [agent?.command, agent?.args].flatMap(list => (Array.isArray(list) ? list.map(String) : []));
  const flags = args.flatMap((arg, index): Array<[string, string]> => {
    const [, key, value] = /^--([^=]+)(?:=(.*))?$/s.exec(arg) ?? [];
    const next = args[index + 1];
    return key === undefined || !KEYS.has(key)
      ? []
      : [[key, value ?? (next === undefined || next.startsWith('-') ? 'true' : next)]];
  });
  return {
    ...(version !== undefined && /^\d+\.\d+\.\d+/.test(version) ? { version } : {}),
    flags: Object.fromEntries(flags),
  };
}
