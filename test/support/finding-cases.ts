/**
 * The cases of test/evaluator/rules: meshes written in place, with the findings that `cilium-mesh check` has about
 * each. A mesh without objects is expected to have `nothing-to-check` in the folder of this code only.
 */
import * as fs from 'fs';
import * as os from 'os';
import * as path from 'path';
import { parse, stringify } from 'yaml';
import { versionOf } from '../../src/cli/mesh-options';
import { Diagnostic, ObjectReference } from '../../src/diagnostics/diagnostic';
import { readMesh } from '../../src/evaluator/read/mesh';
import { checkMesh } from '../../src/evaluator/rules/check';
import { MeshInput } from '../../src/manifests/input';
import { meshFileSources, readMeshFile } from '../../src/manifests/mesh-input';
import { Renderings } from '../../src/manifests/sources/rendering';
import { sourceKey } from '../../src/manifests/sources/source';

export const CASES_FOLDER = path.join(__dirname, '..', 'evaluator', 'rules');

/** A finding, all of it, as the cases write it. */
export interface ExpectedFinding {
  readonly code: string;
  readonly severity: string;
  readonly cluster?: string;
  /** `FILE:LINE`, or a file without a line, relative to the folder of the mesh. */
  readonly at: string;
  /** `APIVERSION KIND [NAMESPACE/]NAME`. */
  readonly object?: string;
  readonly message: string;
  readonly fix: string;
}

/** One cluster of a case; every other field is written to mesh.yaml as it is. */
export interface CaseCluster {
  readonly name: string;
  /** The place in the list, from 1, unless it is said. */
  readonly id?: number;
  /** YAML text, whose lines are those of the findings. */
  readonly manifests?: string;
  /** More pods, `name` or `namespace/name`: with the label app=name, and port 80. */
  readonly pods?: readonly string[];
  /** A folder of files, by their paths in it; it gets the name of the cluster. */
  readonly files?: { readonly [path: string]: string };
  /** Links in that folder, by their paths in it. */
  readonly links?: { readonly [path: string]: string };
  /** What kustomize builds of these files; they are no manifests then. */
  readonly kustomize?: string;
  /** Helm values; cluster.name and cluster.id are added where they are not said. */
  readonly values?: { readonly [key: string]: any };
  /** Helm values as they are, nothing added. */
  readonly valuesText?: string;
  readonly [field: string]: unknown;
}

/** One mesh. */
export interface FindingCase {
  readonly name: string;
  readonly clusters: readonly CaseCluster[];
  /** As `--cilium` says. */
  readonly cilium?: string;
  /** Whether arguments name the clusters, as `--cluster NAME=FOLDER` does. */
  readonly fromArguments?: boolean;
  /** As `exclude` of mesh.yaml. */
  readonly exclude?: readonly string[];
  /** Every finding, in the order in which they are reported. */
  readonly findings: readonly ExpectedFinding[];
}

/** One folder. */
export interface CodeCases {
  readonly code: string;
  readonly trips: readonly FindingCase[];
  readonly passes: readonly FindingCase[];
}

/** Every folder, sorted; a new folder is a new code, without a line of code. */
export const FINDING_CASES: readonly CodeCases[] = fs
  .readdirSync(CASES_FOLDER)
  .sort()
  .map(code => {
    const file = path.join(CASES_FOLDER, code, 'case.yaml');
    const content = parse(fs.readFileSync(file, 'utf8'));
    refuseOtherKeys(code, content, ['trips', 'passes']);
    const trips: FindingCase[] = content.trips.map((each: any) => {
      refuseOtherKeys(code, each, ['name', 'clusters', 'cilium', 'fromArguments', 'exclude', 'expect']);
      return {
        name: each.name,
        clusters: each.clusters,
        cilium: each.cilium,
        fromArguments: each.fromArguments,
        exclude: each.exclude,
        findings: expectations(code, each.expect),
      };
    });
    const passes: FindingCase[] = content.passes.map((each: any) => passing(code, each, trips));
    return { code, trips, passes };
  });

/** A near miss: a mesh of its own, or one that trips (`like`) after a small change. */
function passing(code: string, each: any, trips: readonly FindingCase[]): FindingCase {
  refuseOtherKeys(code, each, [
    ...['name', 'like', 'replace', 'without', 'clusters', 'cilium', 'fromArguments', 'exclude', 'also'],
  ]);
  const findings = expectations(code, each.also ?? []);
  if (each.like === undefined) {
    const { name, clusters, cilium, fromArguments, exclude } = each;
    return { name, clusters, cilium, fromArguments, exclude, findings };
  }
  const model = trips.find(({ name }) => name === each.like);
  if (!model) {
    throw new Error(
      `${code}: ${each.name} is like ${each.like}, which is none of ${trips.map(({ name }) => name).join(', ')}`,
    );
  }
  const change = (cluster: CaseCluster) => ({
    ...cluster,
    ...each.clusters?.find(({ name }: CaseCluster) => name === cluster.name),
  });
  const changed = model.clusters.filter(({ name }) => name !== each.without).map(change);
  const more = (each.clusters ?? []).filter(
    ({ name }: CaseCluster) => !model.clusters.some(other => other.name === name),
  );
  return {
    name: each.name,
    clusters: [...replaced(code, changed, each.replace ?? {}), ...more],
    cilium: each.cilium ?? model.cilium,
    fromArguments: each.fromArguments ?? model.fromArguments,
    exclude: each.exclude ?? model.exclude,
    findings,
  };
}

/** Texts replaced in all manifests and values; each must be there. */
function replaced(
  code: string,
  clusters: readonly CaseCluster[],
  replace: { readonly [text: string]: string },
): CaseCluster[] {
  return Object.entries(replace).reduce<CaseCluster[]>(
    (all, [from, to]) => {
      if (!all.some(({ manifests, valuesText }) => manifests?.includes(from) || valuesText?.includes(from))) {
        throw new Error(`${code}: there is no ${JSON.stringify(from)} to replace`);
      }
      return all.map(each => ({
        ...each,
        manifests: each.manifests?.split(from).join(to),
        valuesText: each.valuesText?.split(from).join(to),
      }));
    },
    [...clusters],
  );
}

function expectations(code: string, expected: readonly ExpectedFinding[]): ExpectedFinding[] {
  expected.forEach(each =>
    refuseOtherKeys(code, each, ['code', 'severity', 'cluster', 'at', 'object', 'message', 'fix']),
  );
  return [...expected];
}

/** The findings as the cases write them. */
export function asExpected(findings: readonly Diagnostic[]): ExpectedFinding[] {
  return findings.map(({ code, severity, cluster, file, line, object, message, fix }) => ({
    code,
    severity,
    ...(cluster === undefined ? {} : { cluster }),
    at: line === undefined ? `${file}` : `${file}:${line}`,
    ...(object === undefined ? {} : { object: formatObject(object) }),
    message,
    fix,
  }));
}

function formatObject({ apiVersion, kind, namespace, name }: ObjectReference): string {
  return `${apiVersion} ${kind} ${namespace === undefined ? '' : `${namespace}/`}${name}`;
}

/** A mistyped key would be an expectation that is not compared. */
function refuseOtherKeys(code: string, value: object, known: readonly string[]): void {
  const other = Object.keys(value).filter(key => !known.includes(key));
  if (other.length > 0) {
    throw new Error(
      `test/evaluator/rules/${code}/case.yaml: unknown ${other.join(', ')}; known are ${known.join(', ')}`,
    );
  }
}

/**
 * The findings about a mesh, read from files as the program reads them; file names are relative to the folder of the
 * mesh.
 */
export function findingsOf({
  cilium,
  fromArguments,
  ...mesh
}: Pick<FindingCase, 'clusters' | 'cilium' | 'fromArguments' | 'exclude'>): Diagnostic[] {
  return inFolder(mesh, (file, renderings) =>
    findingsIn(file, cilium, fromArguments, renderings).map(each => ({
      ...each,
      file: each.file && path.relative(path.dirname(file), each.file),
      message: each.message.split(`${path.dirname(file)}/`).join(''),
    })),
  );
}

/** The mesh of a case, as it is read from files. */
export function inputOf(mesh: Pick<FindingCase, 'clusters' | 'exclude'>): MeshInput {
  return inFolder(mesh, (file, renderings) => readMeshFile(file, { renderings }).input);
}

/** Writes the files of a mesh for a while. */
function inFolder<T>(
  { clusters, exclude }: Pick<FindingCase, 'clusters' | 'exclude'>,
  read: (file: string, renderings: Renderings) => T,
): T {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'cilium-mesh-'));
  try {
    const file = path.join(folder, 'mesh.yaml');
    const all = clusters.map((each, index) => written(each, index, folder));
    const more = exclude ? { exclude } : {};
    fs.writeFileSync(file, stringify({ apiVersion: 'cilium-mesh/v1', clusters: all, ...more }));
    const built = clusters.filter(({ kustomize }) => kustomize !== undefined);
    const renderings = meshFileSources(file).map((source, index) => {
      const { name, kustomize, files = {} } = built[index];
      const rendering = { text: kustomize!, files: Object.keys(files).map(each => path.join(folder, name, each)) };
      return [sourceKey(source), rendering] as const;
    });
    return read(file, new Map(renderings));
  } finally {
    fs.rmSync(folder, { recursive: true });
  }
}

/** The findings about the mesh of a file. */
export function findingsIn(
  file: string,
  cilium?: string,
  fromArguments?: boolean,
  renderings?: Renderings,
): Diagnostic[] {
  const { input: read, problems } = readMeshFile(file, { renderings });
  if (problems.length > 0) {
    throw new Error(problems.map(({ message }) => message).join('\n'));
  }
  const version = versionOf(cilium);
  const input = fromArguments ? { ...read, fromArguments } : read;
  return checkMesh(readMesh(input, { version }), input, version);
}

/** Writes the files of a cluster; returns what mesh.yaml says of it. */
function written(
  cluster: CaseCluster,
  index: number,
  folder: string,
): object {
  const { name, id, manifests, pods = [], files: folderFiles, links = {}, kustomize, values, valuesText, ...more } =
    cluster;
  const number = id ?? index + 1;
  const write = (file: string, text: string) => {
    fs.writeFileSync(path.join(folder, file), text);
    return file;
  };
  Object.entries(folderFiles ?? {}).forEach(([file, text]) => {
    fs.mkdirSync(path.join(folder, name, path.dirname(file)), { recursive: true });
    write(path.join(name, file), text);
  });
  Object.entries(links).forEach(([link, target]) => fs.symlinkSync(target, path.join(folder, name, link)));
  const files = [
    ...(folderFiles === undefined ? [] : [kustomize === undefined ? name : { kustomize: name }]),
    ...(manifests === undefined ? [] : [write(`${name}.yaml`, manifests)]),
    ...(pods.length === 0 && (manifests ?? folderFiles) !== undefined
      ? []
      : [write(`${name}.pods.yaml`, pods.map(pod).join('---\n'))]),
  ];
  const helm = valuesText ?? (values && stringify({ cluster: { name, id: number }, ...values }));
  return {
    name,
    id: number,
    manifests: files,
    ...(helm === undefined ? {} : { values: write(`${name}.values.yaml`, helm) }),
    ...more,
  };
}

function pod(text: string): string {
  const [namespace, name] = text.includes('/') ? text.split('/') : ['default', text];
  return stringify({
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name, namespace, labels: { app: name } },
    spec: { containers: [{ name: 'c', image: 'x', ports: [{ containerPort: 80 }] }] },
  });
}
