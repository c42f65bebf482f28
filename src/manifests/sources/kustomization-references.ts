import { isMap } from '../../diagnostics/is-map';
import { readYaml } from '../documents';

/** What a kustomization refers to beyond the files in its own folder. */
export interface KustomizationReferences {
  /** Files and folders that it applies, relative to its folder. */
  readonly resources: readonly string[];
  /**
   * Whether everything else that it reads is in its folder. Kustomize loads files from there only, unless it is told
   * otherwise (`--load-restrictor`); plugins, charts, variables of the environment and remote bases are elsewhere.
   */
  readonly isClosed: boolean;
  /** Bases and files that Kustomize would fetch. */
  readonly remote: readonly string[];
  /** Whether the text is no kustomization, so what Kustomize reads is unknown. */
  readonly isInvalid?: true;
}

/** The references in the text of a kustomization (api/types/kustomization.go of kustomize, v5). */
export function kustomizationReferences(text: string): KustomizationReferences {
  const { value, problems } = readYaml(text, '');
  if (problems.length > 0 || !isMap(value)) {
    return { resources: [], isClosed: false, remote: [], isInvalid: true };
  }
  const resources = ['resources', 'bases', 'components'].flatMap(field => list(value[field]));
  const generators = [...list(value.configMapGenerator), ...list(value.secretGenerator)];
  const remote = [...resources.map(String).filter(isRemote), ...FILE_FIELDS.flatMap(field => urlsIn(value[field]))];
  const isOpen =
    OPEN_FIELDS.some(field => value[field] !== undefined) ||
    // a key without a value in such a file gets that of the environment
    generators.some(each => isMap(each) && (each.env !== undefined || each.envs !== undefined)) ||
    remote.length > 0;
  return { resources: resources.map(String), isClosed: !isOpen, remote };
}

/** Fields with files, which Kustomize loads from URLs too (api/internal/loader/fileloader.go of kustomize, v5.5). */
const FILE_FIELDS = [
  'configMapGenerator',
  'secretGenerator',
  'patches',
  'patchesStrategicMerge',
  'patchesJson6902',
  'replacements',
  'configurations',
  'crds',
  'openapi',
  'generators',
  'transformers',
  'validators',
];

/** The URLs among the files of a field, also behind a name: `settings.yaml=https://example.org/x`. */
function urlsIn(value: unknown): string[] {
  if (typeof value === 'string') {
    const [url] = /\bhttps?:\/\/\S+$/i.exec(value.includes('\n') ? '' : value.trim()) ?? [];
    return url === undefined ? [] : [url];
  }
  return Array.isArray(value)
    ? value.flatMap(urlsIn)
    : isMap(value)
      ? ['files', 'envs', 'env', 'path'].flatMap(each => urlsIn(value[each]))
      : [];
}

/** Whether Kustomize may take a reference for a repository or a URL. */
function isRemote(reference: string): boolean {
  return /:\/\/|^gh:|^[\w.-]+@|\/\/|\?|^(github\.com|gitlab\.com|bitbucket\.org)[:/]|\.git(\/|$)/.test(reference);
}

/** Fields that start plugins or charts. */
const OPEN_FIELDS = [
  'generators',
  'transformers',
  'validators',
  'helmCharts',
  'helmChartInflationGenerator',
  'helmGlobals',
];

function list(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}
