import { isMap } from '../../diagnostics/is-map';
import { expandApplicationSet } from '../delivery/application-set';
import { ArgoTree } from '../delivery/generators';
import { isRefused } from '../delivery/not-built';
import { plainUrl } from '../delivery/repository-url';

/** What the git generators of an ApplicationSet read of a repository. */
export interface GeneratorPlace {
  readonly repository: string;
  /** The folder in which their patterns begin, from the root of the repository. */
  readonly path: string;
}

/** The places of the git generators of an ApplicationSet, also of those in other generators. */
export function generatorPlaces({ spec }: any): GeneratorPlace[] {
  return gitGeneratorsIn(list(spec?.generators)).flatMap(({ repoURL, directories, files }) =>
    [...list(directories), ...list(files)]
      .filter(each => isMap(each) && each.exclude !== true)
      .map(({ path }) => ({ repository: plainUrl(String(repoURL)), path: fixedFolder(String(path)) })),
  );
}

/**
 * What the spec of the Applications of an ApplicationSet says about where their objects can be; undefined if that is
 * unknown. Names, revisions and values of charts may have any template.
 */
export function generatedSpecs(object: any, tree: ArgoTree): readonly any[] | undefined {
  const { template, templatePatch } = object.spec ?? {};
  if (templatePatch !== undefined || !isMap(template?.spec)) {
    return undefined;
  }
  const spec = placingFields(template.spec);
  if (!JSON.stringify(spec).includes('{{')) {
    return [spec];
  }
  if (list(object.spec.generators).length === 0) {
    return undefined;
  }
  const applications = expandApplicationSet({ ...object, spec: { ...object.spec, template: { spec } } }, tree);
  return isRefused(applications) ? undefined : applications.map(each => each.spec);
}

/** The fields on which the namespaces of objects depend. */
function placingFields({ source, sources, destination }: any): any {
  return {
    ...(isMap(source) ? { source: placingSource(source) } : {}),
    ...(Array.isArray(sources) ? { sources: sources.filter(isMap).map(placingSource) } : {}),
    destination: { namespace: destination?.namespace },
  };
}

function placingSource({ repoURL, path, chart, plugin, directory, kustomize }: any): any {
  if (chart !== undefined) {
    return { chart: '' };
  }
  const { images: _, commonAnnotations, ...fields } = isMap(kustomize) ? kustomize : {};
  const changes = commonAnnotations === undefined ? {} : { commonAnnotations: {} };
  return {
    repoURL,
    path,
    ...(plugin === undefined ? {} : { plugin: {} }),
    directory,
    ...(kustomize === undefined ? {} : { kustomize: { ...fields, ...changes } }),
  };
}

function gitGeneratorsIn(generators: readonly any[]): any[] {
  return generators
    .filter(isMap)
    .flatMap(({ git, matrix, merge }: any) => [
      ...(isMap(git) ? [git] : []),
      ...[matrix, merge].flatMap(each => gitGeneratorsIn(list(each?.generators))),
    ]);
}

/** The folders of a pattern before the first name with a wildcard or parameter, without the last name. */
function fixedFolder(pattern: string): string {
  const names = pattern.split('/').filter(name => name !== '' && name !== '.');
  const first = names.findIndex(name => /[*?[{\\]/.test(name));
  return names.slice(0, first < 0 ? -1 : first).join('/');
}

function list(value: unknown): any[] {
  return Array.isArray(value) ? value : [];
}
