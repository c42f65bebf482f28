import { KustomizationNode, kustomizationTree } from './kustomization-tree';
import { ReadingDiagnostic, readingDiagnostic } from './reading-diagnostic';
import { folderOf, foldersOf } from './slash-paths';

/** The files of a folder that may contain manifests, and what the other files are. */
export interface FolderTree {
  readonly files: readonly string[];
  readonly notes: readonly ReadingDiagnostic[];
  /** The files of kustomizations that change objects, or may: those that they name, and those in their folders. */
  readonly kustomized: ReadonlySet<string>;
  /** The kustomizations that only list files. */
  readonly lists: ReadonlySet<string>;
  readonly kustomizations: readonly KustomizationNode[];
}

/**
 * Leaves out templates of Helm charts, inputs of kustomizations and test data: none of them is applied as written.
 *
 * Paths are relative to the folder that the user names, with `/` between names. If that folder is a chart, or its
 * templates, they are meant to be manifests.
 */
export function folderTree(all: readonly string[], text: (file: string) => string | undefined): FolderTree {
  const steps = new Set(all.filter(file => TEST_STEP.test(file)).map(folderOf));
  const testFolderOf = (file: string) =>
    TEST_DATA.exec(file)?.[1] ?? foldersOf(file).find(folder => folder !== '' && steps.has(folder));
  const testData = all.filter(file => testFolderOf(file) !== undefined);
  const files = all.filter(file => testFolderOf(file) === undefined);
  const firstOfFolder = new Map([...testData].reverse().map(file => [testFolderOf(file)!, file]));
  const charts = files.filter(file => file.endsWith('/Chart.yaml')).map(folderOf);
  const templatesOf = charts.map(chart => ({ chart, own: files.filter(file => isIn(file, `${chart}/templates`)) }));
  const inCharts = new Set(templatesOf.flatMap(({ own }) => own));
  const { kustomized, lists, inputs, data, nodes } = kustomizationTree(files.filter(file => !inCharts.has(file)), text);
  const rendered = templatesOf.filter(({ chart, own }) => own.length > 0 && !charts.some(other => isIn(chart, other)));
  const notes = [
    ...[...firstOfFolder.values()].reverse().map(file =>
      readingDiagnostic('test-data', {
        file,
        line: 1,
        message: 'the folder of this file holds data of tests, so it is ignored',
        fix: 'none needed; to read the folder, pass it by itself',
      }),
    ),
    ...rendered.map(({ chart }) =>
      readingDiagnostic('helm-chart', {
        file: `${chart}/Chart.yaml`,
        line: 1,
        message: 'this Helm chart is not rendered, so the objects of its templates are unknown',
        fix: 'render it, `helm template NAME CHART > FILE`, and pass FILE',
      }),
    ),
    ...[...inputs].map(file =>
      readingDiagnostic('kustomize-input', {
        file,
        line: 1,
        message: 'a kustomization changes objects with this file, so it is not read as a manifest',
        fix: 'build the kustomization, `kustomize build FOLDER > FILE`, and pass FILE',
      }),
    ),
    ...[...data].map(file =>
      readingDiagnostic('document-ignored', {
        file,
        line: 1,
        message: 'a kustomization writes this file into a ConfigMap or Secret, so it is not read as a manifest',
        fix: 'none needed if this is intended; otherwise name the file in resources',
      }),
    ),
  ];
  return {
    files: files.filter(file => !inCharts.has(file) && !inputs.has(file) && !data.has(file)),
    notes,
    kustomized,
    lists,
    kustomizations: nodes,
  };
}

/** Names by convention: the Go tools ignore the first one. */
export const TEST_DATA = /^((?:.*?\/)?(?:testdata|fixtures))\//;

/** Steps of tests by Chainsaw and KUTTL, which compare objects of a cluster with parts of objects. */
const TEST_STEP = /\/(chainsaw-test|\d+-(assert|errors))\.ya?ml$/;

function isIn(file: string, folder: string): boolean {
  return file.startsWith(`${folder}/`);
}
