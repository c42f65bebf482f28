/** A label of an identity: `k8s:app=web`, `reserved:host`. */
export interface Label {
  /** The source of the label: `k8s`, `reserved`, `cidr`, `fqdn`, `cidrgroup`. */
  readonly source: string;
  readonly key: string;
  readonly value: string;
}

/**
 * Splits a selector's key into source and key. A key without a source, or with `unspec`, matches any source
 * (ParseSelectLabel, pkg/labels/labels.go, v1.20.2).
 */
export function parseSelectKey(text: string): { readonly source: string; readonly key: string } {
  if (text.startsWith('$')) {
    return { source: 'reserved', key: text.slice(1) };
  }
  const colon = text.indexOf(':');
  const source = colon < 0 ? '' : text.slice(0, colon);
  return {
    source: source === '' || source === 'unspec' ? 'any' : source,
    key: colon < 0 ? text : text.slice(colon + 1),
  };
}

/** The labels of one identity. */
export class LabelSet {
  private readonly byKey = new Map<string, Label[]>();

  constructor(public readonly labels: readonly Label[]) {
    for (const label of labels) {
      this.byKey.set(label.key, [...(this.byKey.get(label.key) ?? []), label]);
    }
  }

  /** The value of a label; undefined if the label is missing. Source `any` matches every source. */
  public get(source: string, key: string): string | undefined {
    return this.byKey.get(key)?.find(label => source === 'any' || label.source === source)?.value;
  }

  /** Whether the identity has the reserved label of this name. */
  public isReserved(name: string): boolean {
    return this.get('reserved', name) !== undefined;
  }
}
