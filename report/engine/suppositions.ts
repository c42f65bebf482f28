import { LoadedMesh } from './loaded-mesh';
import { policyId, policyProblems } from './policy-ids';
import { withPatch } from '../../src/cilium/minor-version';
import { policyKindOf } from '../../src/cilium/policy-kinds';
import { CiliumVersion } from '../../src/cilium/version';
import { readMesh } from '../../src/evaluator/read/mesh';
import { formatWorkload } from '../../src/evaluator/read/workload';
import { readManifests } from '../../src/manifests/documents';
import { ClusterInput, HelmValues } from '../../src/manifests/input';
import { Manifest } from '../../src/manifests/manifest';
import { PolicyProblem, Suppositions } from '../protocol';

/** A text that replaces or adds policies, as it was read. */
interface ReadText {
  readonly manifests: readonly Manifest[];
  readonly problems: readonly PolicyProblem[];
}

/** Makes the supposed mesh from the new one. Texts that did not change are not read again. */
export class SuppositionReader {
  private texts = new Map<string, ReadText>();

  constructor(
    private readonly base: LoadedMesh,
    private readonly replicas: ReadonlyMap<string, number>,
  ) {}

  public read(suppositions: Suppositions) {
    const { gone = [], replicas = {}, version, settings = [], edited = {}, deleted = [], added = [] } = suppositions;
    const unused: string[] = [];
    const texts = new Map<string, ReadText>();
    const textOf = (key: string, text: string): ReadText => {
      const known = this.texts.get(`${key}\n${text}`) ?? readText(text, key);
      texts.set(`${key}\n${text}`, known);
      return known;
    };
    const editedTexts = new Map(Object.entries(edited).map(([id, text]) => [id, textOf(id, text)]));
    const addedTexts = added.map(({ cluster, text }, index) => ({ cluster, ...textOf(`added ${index}`, text) }));
    this.texts = texts;
    const used = new Set<string>();
    const removed = new Set(deleted);
    const clusters = this.base.input.clusters.map((cluster): ClusterInput => {
      let changes = false;
      const manifests = cluster.manifests.flatMap((manifest): readonly Manifest[] => {
        if (!policyKindOf(manifest.object)) {
          return [manifest];
        }
        const id = policyId(cluster.name, manifest);
        const text = editedTexts.get(id);
        if (removed.has(id) || text) {
          changes = true;
          const isFirst = !used.has(id);
          used.add(id);
          return removed.has(id) || !text || !isFirst ? [] : placedAt(manifest, text.manifests);
        }
        return [manifest];
      });
      const more = addedTexts.filter(each => each.cluster === cluster.name).flatMap(each => each.manifests);
      const values = withSettings(cluster, settings);
      return changes || more.length > 0 || values !== cluster.values
        ? { ...cluster, manifests: [...manifests, ...more], values }
        : cluster;
    });
    unused.push(...[...editedTexts.keys(), ...removed].filter(id => !used.has(id)));
    const names = clusters.map(({ name }) => name);
    unused.push(...[...gone, ...added.map(({ cluster }) => cluster)].filter(name => !names.includes(name)));
    const parsed = version === undefined ? this.base.version : CiliumVersion.parse(withPatch(version));
    if (version !== undefined && !parsed) {
      unused.push(version);
    }
    const scale = this.scaleOf(gone, replicas, unused);
    const isBase =
      clusters.every((cluster, index) => cluster === this.base.input.clusters[index]) &&
      gone.length === 0 &&
      Object.keys(replicas).length === 0 &&
      parsed === this.base.version;
    const input = { ...this.base.input, clusters };
    const mesh: LoadedMesh = isBase
      ? this.base
      : { input, mesh: readMesh(input, { version: parsed, replicas: scale }), ...(parsed ? { version: parsed } : {}) };
    return {
      mesh,
      unused,
      problems: {
        edited: Object.fromEntries(
          [...editedTexts].map(([id, text]) => [id, [...text.problems, ...policyProblems(mesh.mesh, text.manifests)]]),
        ),
        added: addedTexts.map(text => [...text.problems, ...policyProblems(mesh.mesh, text.manifests)]),
      },
      added: addedTexts.map(({ cluster, manifests }) => manifests.map(manifest => policyId(cluster, manifest))),
    };
  }

  private scaleOf(gone: readonly string[], replicas: NonNullable<Suppositions['replicas']>, unused: string[]) {
    const scale = new Map(this.replicas);
    const wanted = new Map(Object.entries(replicas));
    for (const workload of this.base.mesh.workloads) {
      const { cluster, namespace, kind, name } = workload;
      const full = `${kind}/${namespace}/${name}@${cluster}`;
      const count = wanted.get(formatWorkload(workload)) ?? wanted.get(full);
      wanted.delete(formatWorkload(workload));
      wanted.delete(full);
      if (gone.includes(cluster) || count !== undefined) {
        scale.set(`${cluster}/${namespace}/${name}`, gone.includes(cluster) ? 0 : count!);
      }
    }
    unused.push(...wanted.keys());
    return scale;
  }
}

function readText(text: string, name: string): ReadText {
  const { manifests, problems, notes } = readManifests(text, name);
  const policies = manifests.filter(({ object }) => policyKindOf(object));
  const others = manifests.filter(({ object }) => !policyKindOf(object));
  return {
    manifests: policies,
    problems: [
      ...[...problems, ...notes].map(({ message, fix, line }): PolicyProblem => ({
        stage: 'reader',
        severity: 'error',
        message,
        fix,
        line: line ?? 1,
      })),
      ...others.map(({ object, line }): PolicyProblem => ({
        stage: 'reader',
        severity: 'warning',
        message: `${object.kind} is no policy, so it is ignored here`,
        fix: 'write policies only',
        line: line() ?? 1,
      })),
    ],
  };
}

/** The manifests of a text in the place of another one: in its file, at its lines. */
function placedAt({ file, document }: Manifest, manifests: readonly Manifest[]): Manifest[] {
  const shift = (document?.first ?? 1) - 1;
  return manifests.map(manifest => ({
    file,
    object: manifest.object,
    line: path => {
      const line = manifest.line(path);
      return line === undefined ? undefined : line + shift;
    },
  }));
}

function withSettings(
  { name, values }: ClusterInput,
  settings: NonNullable<Suppositions['settings']>,
): HelmValues | undefined {
  const own = settings.filter(({ cluster }) => cluster === undefined || cluster === name);
  return own.length === 0
    ? values
    : {
      ...(values ?? { file: 'supposed values' }),
      values: own.reduce((all, { path, value }) => withValue(all, path.split('.'), value), values?.values ?? {}),
      line: path => values?.line(path),
    };
}

function withValue(values: any, [key, ...rest]: readonly string[], value: unknown): { [key: string]: unknown } {
  return { ...values, [key]: rest.length === 0 ? value : withValue(values?.[key], rest, value) };
}
