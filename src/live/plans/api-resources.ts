import { Command } from './command';
import { kubectl } from './kube';
import { groupOf, ObjectName } from './live-object';

/** A kind that an API server serves. */
export interface ApiResource {
  readonly plural: string;
  readonly apiVersion: string;
  readonly kind: string;
  readonly namespaced: boolean;
}

/** Prints the kinds that an API server serves. */
export function apiResourcesQuery(context: string): Command {
  return kubectl(context).run('api-resources', '--no-headers', '--request-timeout=20s');
}

/**
 * The kinds in the output of `kubectl api-resources --no-headers`: name, short names if any, version, whether
 * namespaced, and kind.
 */
export function readApiResources(output: string): ApiResource[] {
  return output.split('\n').flatMap(line => {
    const words = line.trim().split(/\s+/);
    const [apiVersion, namespaced, kind] = words.slice(-3);
    return words.length < 4 || !['true', 'false'].includes(namespaced)
      ? []
      : [{ plural: words[0], apiVersion, kind, namespaced: namespaced === 'true' }];
  });
}

/** The resource of an object, if the API server serves its kind. */
export function resourceOf(
  resources: readonly ApiResource[],
  { group, kind }: Pick<ObjectName, 'group' | 'kind'>,
): ApiResource | undefined {
  return resources.find(each => each.kind === kind && groupOf(each.apiVersion) === group);
}

/** The path of an object in the API. */
export function objectPath({ apiVersion, plural, namespaced }: ApiResource, { namespace, name }: ObjectName): string {
  const base = apiVersion.includes('/') ? `/apis/${apiVersion}` : `/api/${apiVersion}`;
  return `${base}${namespaced ? `/namespaces/${namespace ?? 'default'}` : ''}/${plural}/${name}`;
}
