import { isNamespaceName } from './extent/namespace-changes';
import { Found } from './found';
import { isKustomization, isKustomizationFile, KUSTOMIZE_GROUP } from './kustomization-files';
import { Manifest, ManifestDocument, ObjectSource } from './manifest';
import { joinPath } from './path';
import { ReadingDiagnostic, readingDiagnostic, RENDER_FIRST } from './reading-diagnostic';
import { mayMatter } from './relevance';
import { isNamespacePlaceholder, unrenderedCode } from './unrendered';
import { isClusterScoped } from '../cilium/cluster-scoped-kinds';
import { policyKindOf } from '../cilium/policy-kinds';
import { ReadingCode } from '../diagnostics/codes/reading';
import { isMap } from '../diagnostics/is-map';
import { formatValue, shorten } from '../diagnostics/texts';
import { MESH_API_VERSION } from '../model/mesh-file';

/** Whether a document is meant to be a Kubernetes object. Faults of other documents do not matter. */
export function claimsToBeObject(value: any): boolean {
  return (
    isMap(value) &&
    (('kind' in value && 'apiVersion' in value) ||
      (('kind' in value || 'apiVersion' in value) && isMap(value.metadata)))
  );
}

/** Whether a document is a file of this program, such as mesh.yaml or a baseline, in a folder of manifests. */
function isOwnFile(value: any): boolean {
  return isMap(value) && value.apiVersion === MESH_API_VERSION && !('kind' in value);
}

function noteKustomization(
  found: Found,
  document: ObjectSource,
  base: ReadonlyArray<string | number>,
  kind: string | null = 'Kustomization',
): void {
  note(
    found,
    document,
    base,
    'kustomization',
    `kubectl does not apply a ${shorten(kind || 'Kustomization')} itself, so it is ignored, and so are its changes`,
    'build it first, `kustomize build FOLDER > FILE`, and pass FILE',
  );
}

/** Reads the objects of a document, including those in lists. */
export function readObjects(document: ObjectSource, value: any, found: Found): void {
  if (isOwnFile(value)) {
    return;
  }
  if (isKustomizationFile(document.file) && isKustomization(value)) {
    noteKustomization(found, document, [], value.kind);
  } else if (!claimsToBeObject(value)) {
    note(
      found,
      document,
      [],
      'document-ignored',
      ignored(value),
      'none needed if this is intended; otherwise add apiVersion, kind and metadata',
    );
  } else {
    readObject(document, value, [], found);
  }
}

/** A manifest of a file. It is small, because a mesh may have tens of thousands: the document knows the places. */
class WrittenManifest implements Manifest {
  constructor(
    private readonly place: ObjectSource,
    private readonly base: ReadonlyArray<string | number>,
    readonly object: any,
  ) {}

  get file(): string {
    return this.place.file;
  }

  get document(): ManifestDocument | undefined {
    return this.base.length === 0 ? this.place.wholeLines : undefined;
  }

  line(path?: string): number | undefined {
    return this.place.lineOf(this.base, path);
  }
}

// API servers store objects of these groups; objects of other groups may be configurations of programs (kind, kubeadm,
// kubelet)
const STORED_GROUPS = new Set([
  'apps',
  'batch',
  'autoscaling',
  'policy',
  'networking.k8s.io',
  'discovery.k8s.io',
  'rbac.authorization.k8s.io',
  'apiextensions.k8s.io',
  'cilium.io',
  'multicluster.x-k8s.io',
  'gateway.networking.k8s.io',
]);

// of v1: a kubeconfig, and what API servers answer and nothing stores, as caches of kubectl contain it
const UNSTORED = /^(Config|API(Group|Versions|Resource)\w*|Status|Table|WatchEvent|\w+Options)$/;

function readObject(document: ObjectSource, object: any, base: ReadonlyArray<string | number>, found: Found): void {
  if (!hasText(document, object, base, found)) {
    return;
  }
  const { apiVersion, kind, metadata } = object;
  if (kind.endsWith('List') && 'items' in object) {
    readItems(document, object, base, found);
  } else if (apiVersion.startsWith(KUSTOMIZE_GROUP)) {
    noteKustomization(found, document, base, kind);
  } else if (!isMap(metadata)) {
    withoutMetadata(document, object, base, found);
  } else if (metadata.name === undefined && typeof metadata.generateName === 'string') {
    note(
      found,
      document,
      [...base, 'metadata'],
      'document-unnamed',
      `this ${shorten(kind)} has only generateName: its name is unknown until the API server creates it, so it is ` +
      'ignored',
      'write metadata.name',
    );
  } else if (isMissing(metadata.name) && !isStored(apiVersion, kind) && !mayMatter(`kind: ${kind}`)) {
    note(
      found,
      document,
      base,
      'document-ignored',
      `${shorten(apiVersion)} ${shorten(kind)} has no metadata.name, as configurations of programs do, so it is ignored`,
      'none needed if this is intended; otherwise add metadata.name',
    );
  } else if (typeof metadata.name !== 'string' || metadata.name === '') {
    problem(
      found,
      document,
      [...base, 'metadata', 'name'],
      'object-name',
      `metadata.name of this ${shorten(kind)} ${isMissing(metadata.name) ? 'is missing' : 'must be text'}`,
      metadata.name,
      isMissing(metadata.name) ? 'write metadata.name' : 'quote the name',
    );
  } else if (
    metadata.namespace !== undefined &&
    metadata.namespace !== null &&
    typeof metadata.namespace !== 'string'
  ) {
    problem(
      found,
      document,
      [...base, 'metadata', 'namespace'],
      'object-name',
      `metadata.namespace of ${shorten(kind)} ${shorten(metadata.name)} must be text`,
      metadata.namespace,
      'quote the namespace',
    );
  } else if (metadata.name.includes('{{')) {
    problem(
      found,
      document,
      [...base, 'metadata', 'name'],
      'helm-template',
      'a template has names only after it is rendered',
      metadata.name,
      RENDER_FIRST,
    );
  } else {
    const unrendered = found.keepsVariables ? undefined : unrenderedCode(object);
    if (unrendered === undefined) {
      found.manifests.push(new WrittenManifest(document, base, object));
    } else {
      const name = `${shorten(kind)} ${shorten(metadata.name)}`;
      const [message, fix] = UNRENDERED[unrendered];
      note(found, document, base, unrendered, `${name} ${message}`, fix, placeOf(object));
    }
  }
}

/** Where an object with parts that are unknown is; its namespace may be one of them. */
function placeOf(object: any): Pick<ReadingDiagnostic, 'namespaces' | 'lacksNamespace'> {
  const { name, namespace } = object.metadata;
  if (isClusterScoped(object.kind) && object.kind !== 'Namespace') {
    return policyKindOf(object) ? { namespaces: [''] } : {};
  }
  const own = object.kind === 'Namespace' ? name : namespace;
  const isReplaced = isMissing(own) || (object.kind !== 'Namespace' && isNamespacePlaceholder(own));
  return isNamespaceName(own) ? { namespaces: [own] } : isReplaced ? { lacksNamespace: true } : {};
}

const UNRENDERED = {
  'flux-variables': [
    'has variables of Flux, so it is unknown until Flux replaces them, and ignored',
    'build it first, `flux build kustomization NAME --path FOLDER > FILE`, and pass FILE',
  ],
  'placeholder': [
    'has a placeholder instead of a name, label or CIDR, so it is unknown until a program replaces it, and ignored',
    'replace the placeholder first, and pass the result',
  ],
  'sops-encrypted': [
    'is encrypted with SOPS, so it is unknown and ignored',
    'decrypt it with `sops decrypt FILE`, and pass the result',
  ],
} as const;

function hasText(document: ObjectSource, object: any, base: ReadonlyArray<string | number>, found: Found): boolean {
  const wrong = (['apiVersion', 'kind'] as const).filter(
    field => typeof object[field] !== 'string' || object[field] === '',
  );
  for (const field of wrong) {
    const got = object[field];
    const name =
      isMap(object.metadata) && typeof object.metadata.name === 'string'
        ? ` of ${shorten(object.metadata.name)}`
        : '';
    problem(
      found,
      document,
      [...base, field],
      field === 'kind' ? 'object-kind' : 'object-api-version',
      `${field}${name} ${isMissing(got) ? 'is missing' : 'must be text'}`,
      got,
      isMissing(got) ? `write ${field}` : `write ${field} as text`,
    );
  }
  return wrong.length === 0;
}

/** Whether API servers store objects of a kind for certain. */
function isStored(apiVersion: string, kind: string): boolean {
  // the core group is v1 alone; Talos writes v1alpha1 without a group
  return apiVersion === 'v1' ? !UNSTORED.test(kind) : STORED_GROUPS.has(apiVersion.split('/')[0]);
}

function withoutMetadata(
  document: ObjectSource,
  object: any,
  base: ReadonlyArray<string | number>,
  found: Found,
): void {
  const { apiVersion, kind, metadata } = object;
  if (isStored(apiVersion, kind) || (metadata !== undefined && metadata !== null)) {
    problem(
      found,
      document,
      [...base, 'metadata'],
      'object-metadata',
      `metadata of this ${shorten(kind)} ${isMissing(metadata) ? 'is missing' : 'must be a mapping with a name'}`,
      metadata,
      'write metadata with name, and namespace if it has one',
    );
  } else {
    note(
      found,
      document,
      base,
      'document-ignored',
      `${shorten(apiVersion)} ${shorten(kind)} has no metadata, as configurations of programs do, so it is ignored`,
      'none needed if this is intended; otherwise add metadata.name',
    );
  }
}

/**
 * Items of typed lists may lack apiVersion and kind; UnstructuredList in k8s.io/apimachinery adds them in the same way.
 */
function readItems(document: ObjectSource, list: any, base: ReadonlyArray<string | number>, found: Found): void {
  const { apiVersion, kind, items } = list;
  if (items !== null && !Array.isArray(items)) {
    problem(
      found,
      document,
      [...base, 'items'],
      'list-items',
      `items of a ${shorten(kind)} must be a list`,
      items,
      'write a list of objects',
    );
    return;
  }
  const itemKind = kind.slice(0, -'List'.length);
  (items ?? []).forEach((item: any, index: number) => {
    const place = [...base, 'items', index];
    if (!isMap(item)) {
      problem(
        found,
        document,
        place,
        'list-items',
        `item ${index} of this ${shorten(kind)} must be an object`,
        item,
        'write an object, or remove the item',
      );
    } else if (itemKind !== '' && (!item.kind || !item.apiVersion)) {
      readObject(
        document,
        { ...item, apiVersion: item.apiVersion || apiVersion, kind: item.kind || itemKind },
        place,
        found,
      );
    } else {
      readObject(document, item, place, found);
    }
  });
}

function ignored(value: any): string {
  if (!isMap(value)) {
    return `a document that is ${Array.isArray(value) ? 'a list' : 'not a mapping'} is not a Kubernetes object, so ` +
      'it is ignored';
  }
  if (typeof value.apiVersion === 'string' && typeof value.name === 'string' && 'version' in value) {
    return 'the description of a Helm chart is not a Kubernetes object, so it is ignored';
  }
  const missing = ['apiVersion', 'kind'].filter(field => !(field in value));
  return `a document without ${missing.join(' and ')} is not a Kubernetes object, so it is ignored`;
}

function problem(
  found: Found,
  document: ObjectSource,
  place: ReadonlyArray<string | number>,
  code: ReadingCode,
  message: string,
  got: unknown,
  fix: string,
): void {
  found.problems.add(() =>
    readingDiagnostic(code, {
      file: document.file,
      line: document.line(place),
      message: place.length > 2 ? `${message} (${shownPath(place)})` : message,
      got: formatValue(got),
      fix,
    }),
  );
}

function note(
  found: Found,
  document: ObjectSource,
  place: ReadonlyArray<string | number>,
  code: ReadingCode,
  message: string,
  fix: string,
  more: Pick<ReadingDiagnostic, 'namespaces' | 'lacksNamespace'> = {},
): void {
  found.notes.add(() =>
    readingDiagnostic(code, {
      file: document.file,
      line: document.line(place),
      message,
      fix,
      ...more,
    }),
  );
}

function shownPath(place: ReadonlyArray<string | number>): string {
  return place.reduce<string>((path, segment) => joinPath(path, segment), '');
}

function isMissing(value: unknown): boolean {
  return value === undefined || value === null || value === '';
}
