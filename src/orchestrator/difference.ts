import { ApplySettings, ClusterObjects, labelled } from './apply';
import { APPLY_SETS, applySetId } from './apply-set';
import { Command } from './command';
import { kubectl } from './kube';
import { toYaml } from '../model/yaml';

/**
 * Asks what applying would change in a cluster: nothing printed and status 0, differences and status 1, or a fault and another status.
 *
 * The definitions are asked about by themselves: objects whose namespace is not there yet are refused, and the first shows which one it is.
 */
export function differenceQueries({ context, definitions, sets }: ClusterObjects, settings: ApplySettings, variables: Readonly<Record<string, string>> = {}): Command[] {
  const everything = APPLY_SETS.flatMap(set => labelled(sets[set], applySetId(settings.applySet, set)));
  return [definitions, everything].filter(objects => objects.length > 0).map(objects => ({
    ...kubectl(context, 'diff', '--server-side', ...settings.forceConflicts ? ['--force-conflicts'] : [], '-f', '-'),
    stdin: toYaml(...objects.map(({ object }) => object)),
    env: variables,
  }));
}
