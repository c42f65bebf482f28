import { fileLine } from './diagnostics';
import { Direction } from '../evaluator/engine/entry';
import { DecisionReason, SettingReference } from '../evaluator/queries/decision-reason';

/** Why an endpoint has a verdict that no rule makes, in words. */
export function reasonText({ kind, setting, failure }: DecisionReason, direction: Direction): string {
  switch (kind) {
    case 'no-policy':
      return `no policy selects it for ${direction}`;
    case 'host-network':
      return 'its pods use the network of their nodes, where policies of pods do not act';
    case 'host-firewall-off':
      return 'policies act on nodes only with the host firewall, which is off';
    case 'enforcement-never':
      return `the policy enforcement mode is never${settingPlace(setting)}`;
    case 'enforcement-always':
      return `the policy enforcement mode is always${settingPlace(setting)}`;
    case 'nothing-denied':
      return 'the policies that select it deny nothing else';
    case 'local-host':
      return 'the node of a pod is always let in';
    case 'conflict':
      return `its policies contradict each other: ${failure}`;
  }
}

function settingPlace(setting: SettingReference | undefined): string {
  return setting?.file === undefined ? '' : ` (${fileLine(setting.file, setting.line)})`;
}
