import { ArgoCluster, ArgoTree, parametersOf } from './generators';
import { isRefused, Refused } from './not-built';
import { fill } from './template';
import { dataOf } from './values';

/** The clusters in Secrets of a tree. */
export function argoClusters(secrets: readonly any[]): ArgoCluster[] {
  return secrets
    .filter(({ metadata }) => metadata.labels?.['argocd.argoproj.io/secret-type'] === 'cluster')
    .map(secret => {
      const data = dataOf(secret);
      const { name, labels = {}, annotations = {} } = secret.metadata;
      return { name: data?.get('name') ?? name, server: data?.get('server') ?? '', labels, annotations };
    });
}

/** The Applications of an ApplicationSet, or why they are unknown. */
export function expandApplicationSet(object: any, tree: ArgoTree): any[] | Refused {
  const { spec, metadata } = object;
  if (spec?.templatePatch !== undefined) {
    return { reason: 'template-functions', detail: 'spec.templatePatch' };
  }
  const isGo = spec?.goTemplate === true;
  const applications: any[] = [];
  for (const generator of spec?.generators ?? []) {
    const parameters = parametersOf(generator, tree, isGo);
    if (isRefused(parameters)) {
      return parameters;
    }
    for (const each of parameters) {
      const text = fill(JSON.stringify(spec.template ?? {}), each, { isGo });
      if (typeof text !== 'string') {
        return text;
      }
      const { metadata: own = {}, spec: filled } = JSON.parse(text);
      applications.push({
        apiVersion: 'argoproj.io/v1alpha1',
        kind: 'Application',
        metadata: { namespace: metadata.namespace, ...own },
        spec: filled,
      });
    }
  }
  return applications;
}
