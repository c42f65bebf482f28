import { ClusterInput } from '../../../manifests/input';
import { EvaluatedMesh } from '../../read/mesh';

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

const FOLDER = new RegExp(`(^|/)[._]?(${NAMES.join('|')})/`, 'i');

/** `template.yaml`, `policy.example.yaml`, `policy-sample.yaml`; a `job-template.yaml` may well be applied. */
const FILE = /(^|[/.])(template|tmpl|example|sample)\.(ya?ml|json)$|[_-](example|sample)\.(ya?ml|json)$/i;

/**
 * Whether a file is an example, a test or a template by its name or by that of a folder, below the folder that
 * mesh.yaml or an argument names. Such a folder or file that is named itself is meant.
 */
export function isExampleFile(input: ClusterInput, file: string): boolean {
  const below = pathBelow(input, file);
  return below !== undefined && (FOLDER.test(below) || FILE.test(below));
}

/** Whether a file calls itself an example or a template: people copy it, and nothing applies it. */
export function isScaffold(input: ClusterInput, file: string): boolean {
  const below = pathBelow(input, file);
  return below !== undefined && FILE.test(below);
}

/** The path of a file below the folder that mesh.yaml or an argument names; undefined for a file named itself. */
function pathBelow({ settings, declared }: ClusterInput, file: string): string | undefined {
  const folder = declared.file.includes('/') ? declared.file.slice(0, declared.file.lastIndexOf('/') + 1) : '';
  const roots = settings.manifests
    .filter((each): each is string => typeof each === 'string')
    .flatMap(each => [plain(each), plain(`${folder}${each}`)]);
  const own = plain(file);
  const root = roots.find(each => each === '' || own.startsWith(`${each}/`));
  return root === undefined ? undefined : root === '' ? own : own.slice(root.length + 1);
}

/** A path without `./` at its beginning and slashes at its end. */
function plain(path: string): string {
  return path === '.' ? '' : path.replace(/^(\.\/+)+/, '').replace(/\/\.?$/, '');
}

/** Whether a namespace of a cluster, or the cluster as a whole, has workloads outside of such folders. */
export function hasOwnWorkloads(mesh: EvaluatedMesh, clusterName: string, namespace: string | undefined): boolean {
  const cluster = mesh.cluster(clusterName);
  return (
    cluster !== undefined &&
    cluster.workloads.some(
      each =>
        (namespace === undefined || each.namespace === namespace) && !isExampleFile(cluster.input, each.manifest.file),
    )
  );
}
