import { parseObjects } from './answers';
import { identityQueries, readClusterIdentity } from '../plans/cluster-identity';
import { LeftCluster } from '../plans/membership';
import { askAll, Shell } from '../runner/shell';

/** Of clusters that left the mesh, the names of those whose contexts still lead to them. */
export async function reachableClusters(left: readonly LeftCluster[], shell: Shell): Promise<ReadonlySet<string>> {
  const answers = await askAll(
    shell,
    left.map(({ context }) => identityQueries(context)[0]),
  );
  return new Set(left.flatMap(({ name, uid }, index) => (uidOf(answers[index]) === uid ? [name] : [])));
}

function uidOf({ status, output }: { readonly status: number; readonly output: string }): string | undefined {
  return status === 0 ? readClusterIdentity(parseObjects(output)?.[0], [])?.uid : undefined;
}
