import { ApplySettings, ClusterObjects, labelObjects } from './apply-objects';
import { APPLY_SETS, applySetId } from './apply-set';
import { Command } from './command';
import { kubectl } from './kube';
import { forObjects } from './limits';
import { secretValues } from './secret-values';
import { toYaml } from '../../model/yaml';

/**
 * Prints what apply would change in a cluster. Status 0 means no difference, 1 differences, any other an error.
 *
 * The definitions have a command of their own: the API server refuses objects whose namespace does not exist, and the
 * definitions show which one is missing.
 */
export function differenceQueries({ context, definitions, sets }: ClusterObjects, settings: ApplySettings): Command[] {
  const everything = APPLY_SETS.flatMap(set => labelObjects(sets[set], applySetId(settings.applySet, set)));
  const force = settings.forceConflicts ? ['--force-conflicts'] : [];
  return [definitions, everything]
    .filter(objects => objects.length > 0)
    .map(objects => ({
      ...kubectl(context).run('diff', '--server-side', ...force, '-f', '-'),
      stdin: toYaml(...objects.map(({ object }) => object)),
      secrets: secretValues(objects),
      // two requests for each object
      seconds: forObjects(2 * objects.length),
    }));
}
