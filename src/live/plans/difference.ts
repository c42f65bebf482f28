import { ApplySettings, ClusterObjects, labelled } from './apply';
import { APPLY_SETS, applySetId } from './apply-set';
import { Command } from './command';
import { kubectl } from './kube';
import { ObjectName } from './live-object';
import { toYaml } from '../../model/yaml';

/**
 * Asks what applying would change in a cluster: nothing printed and status 0, differences and status 1, or a fault and another status.
 *
 * The definitions are asked about by themselves: objects whose namespace is not there yet are refused, and the first shows which one it is.
 */
export function differenceQueries({ context, definitions, sets }: ClusterObjects, settings: ApplySettings): Command[] {
  const everything = APPLY_SETS.flatMap(set => labelled(sets[set], applySetId(settings.applySet, set)));
  return [definitions, everything].filter(objects => objects.length > 0).map(objects => ({
    ...kubectl(context, 'diff', '--server-side', ...settings.forceConflicts ? ['--force-conflicts'] : [], '-f', '-'),
    stdin: toYaml(...objects.map(({ object }) => object)),
    // what changedObjects reads, whatever the user has chosen
    env: { KUBECTL_EXTERNAL_DIFF: 'diff -u -N' },
  }));
}

/** An object that applying would change, or make. */
export interface ChangedObject extends ObjectName {
  readonly missing: boolean;
}

/**
 * The objects in what `kubectl diff` printed. It compares a file for each, `<group>.<version>.<kind>.<namespace>.<name>`, without the group for
 * those of v1 (pkg/cmd/diff/diff.go, v0.36.3); that of an object which is not there is empty.
 */
export function changedObjects(output: string): ChangedObject[] {
  return output.split(/^(?=diff )/m).flatMap(text => {
    const match = /^diff .*\/MERGED-[^/]*\/(?:(.+)\.)?v\d[^.]*\.([A-Z][^.]*)\.([^.]*)\.(\S+)$/m.exec(text);
    return match ? [{ group: match[1] ?? '', kind: match[2], ...match[3] === '' ? {} : { namespace: match[3] }, name: match[4], missing: /^@@ -0,0 /m.test(text) }] : [];
  });
}
