import { ClusterInput } from '../../../manifests/input';
import { RuleContext } from '../context';

/** Names of folders whose manifests most often show or test something, and are not applied. */
const NAMES = [
  'archived?',
  'demos?',
  'deprecated',
  'disabled',
  'docs?',
  'e2e',
  'examples?',
  'samples?',
  'templates?',
  'testing',
  'tests?',
  'unused',
];

const EXAMPLE = new RegExp(`(^|/)[._]?(${NAMES.join('|')})/`, 'i');

/**
 * Whether a file lies in a folder of examples, tests or templates below the folder that mesh.yaml or an argument
 * names. Such a folder that is named itself is meant.
 */
export function isExampleFile({ settings, declared }: ClusterInput, file: string): boolean {
  const folder = declared.file.includes('/') ? declared.file.slice(0, declared.file.lastIndexOf('/') + 1) : '';
  const roots = settings.manifests
    .filter((each): each is string => typeof each === 'string')
    .flatMap(each => [plain(each), plain(`${folder}${each}`)]);
  const own = plain(file);
  const root = roots.find(each => each === '' || own.startsWith(`${each}/`));
  return root !== undefined && EXAMPLE.test(root === '' ? own : own.slice(root.length + 1));
}

/** A path without `./` at its beginning and slashes at its end. */
function plain(path: string): string {
  return path === '.' ? '' : path.replace(/^(\.\/+)+/, '').replace(/\/\.?$/, '');
}

/** Whether a namespace of a cluster, or the cluster as a whole, has workloads outside of such folders. */
export function hasOwnWorkloads({ mesh }: RuleContext, clusterName: string, namespace: string | undefined): boolean {
  const cluster = mesh.cluster(clusterName);
  return (
    cluster !== undefined &&
    cluster.workloads.some(
      each =>
        (namespace === undefined || each.namespace === namespace) && !isExampleFile(cluster.input, each.manifest.file),
    )
  );
}
