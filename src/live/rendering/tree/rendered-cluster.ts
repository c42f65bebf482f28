import { NotBuilt, Refused } from '../../../manifests/delivery/not-built';

/** The objects that one object of Flux or Argo CD applies, or those of the tree itself. */
export interface Part {
  /** `Kustomization flux-system/apps`. */
  readonly name: string;
  readonly objects: readonly any[];
}

/** What a cluster gets from a tree. */
export class RenderedCluster {
  readonly notBuilt: NotBuilt[] = [];
  private readonly parts = new Map<string, any[]>();
  /** The text of each object, and its part. */
  private readonly known = new Map<string, { readonly text: string; readonly part: string }>();

  constructor(readonly name: string) {}

  /** Adds objects. One that another part has as it is is there once, as in the cluster. */
  add(part: string, objects: readonly any[]): void {
    const added = objects.filter(object => {
      const key = identityKey(object);
      const text = JSON.stringify(object);
      const { text: other, part: first } = this.known.get(key) ?? {};
      const isElsewhere = other === text && first !== part;
      this.known.set(key, isElsewhere ? { text, part: first! } : { text, part });
      return !isElsewhere;
    });
    this.parts.set(part, [...(this.parts.get(part) ?? []), ...added]);
  }

  /** Removes an object that is built: what it applies is there instead. */
  remove(object: any): void {
    for (const [part, objects] of this.parts) {
      this.parts.set(part, objects.filter(each => each !== object));
    }
    this.known.delete(identityKey(object));
  }

  refuse(object: any, { reason, detail }: Refused): void {
    this.notBuilt.push({ object: formatName(object), cluster: this.name, reason, detail });
  }

  get objects(): any[] {
    return [...this.parts.values()].flat();
  }

  /** The last object of a kind and name. */
  find(kind: string, namespace: string, name: string): any {
    return this.objects
      .filter(
        ({ kind: own, metadata }) =>
          own === kind && metadata.name === name && (metadata.namespace ?? 'default') === namespace,
      )
      .pop();
  }

  /** The parts with objects, sorted by their names. */
  result(): Part[] {
    return [...this.parts]
      .filter(([, objects]) => objects.length > 0)
      .map(([name, objects]) => ({ name, objects }))
      .sort((one, other) => (one.name < other.name ? -1 : 1));
  }
}

function identityKey({ apiVersion, kind, metadata }: any): string {
  return JSON.stringify([apiVersion, kind, metadata.namespace ?? '', metadata.name]);
}

/** `HelmRelease shop/redis`. */
export function formatName({ kind, metadata }: any): string {
  return `${kind} ${metadata.namespace === undefined ? '' : `${metadata.namespace}/`}${metadata.name}`;
}

export function isOf(object: any, group: string, ...kinds: readonly string[]): boolean {
  return object.apiVersion.startsWith(`${group}/`) && kinds.includes(object.kind);
}
