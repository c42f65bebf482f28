import { ApplySettings, ClusterObjects, labelObjects } from './apply-objects';
import { APPLY_SETS, applySetId } from './apply-set';
import { Command } from './command';
import { kubectl } from './kube';
import { ObjectName } from './live-object';
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
      // the format that parseDifferences reads, whatever the user has configured
      env: { KUBECTL_EXTERNAL_DIFF: 'diff -u -N' },
    }));
}

/** An object that apply would change or create. */
export interface ChangedObject extends ObjectName {
  readonly missing: boolean;
}

/**
 * The objects in the output of `kubectl diff`. It compares one file for each,
 * `<group>.<version>.<kind>.<namespace>.<name>`, without the group for the core group (pkg/cmd/diff/diff.go, v0.36.3).
 * The file of a missing object is empty.
 */
export function parseDifferences(output: string): ChangedObject[] {
  return output.split(/^(?=diff )/m).flatMap(text => {
    const match = /^diff .*\/MERGED-[^/]*\/(?:(.+)\.)?v\d[^.]*\.([A-Z][^.]*)\.([^.]*)\.(\S+)$/m.exec(text);
    if (!match) {
      return [];
    }
    const [, group = '', kind, namespace, name] = match;
    return [{ group, kind, ...(namespace === '' ? {} : { namespace }), name, missing: /^@@ -0,0 /m.test(text) }];
  });
}
