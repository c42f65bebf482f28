import { Manifest } from '../../../manifests/manifest';
import { texts } from '../../read/namespace';

/** A label or annotation as it is written. */
export interface MetadataEntry {
  readonly key: string;
  /** A text, unless the API server refuses the object. */
  readonly value: unknown;
  readonly path: string;
}

export function annotationsOf(manifest: Manifest): MetadataEntry[] {
  return entriesOf(manifest, 'annotations');
}

export function labelsOf(manifest: Manifest): MetadataEntry[] {
  return entriesOf(manifest, 'labels');
}

/** The annotations whose values are texts. */
export function textAnnotations(manifest: Manifest): { readonly [key: string]: string | undefined } {
  return texts(manifest.object.metadata.annotations);
}

/** The path of an annotation. */
export function annotationPath(key: string): string {
  return `metadata.annotations[${JSON.stringify(key)}]`;
}

function entriesOf({ object }: Manifest, field: 'annotations' | 'labels'): MetadataEntry[] {
  const written: unknown = object.metadata[field];
  const entries =
    typeof written === 'object' && written !== null && !Array.isArray(written) ? Object.entries(written) : [];
  return entries.map(([key, value]) => ({ key, value, path: `metadata.${field}[${JSON.stringify(key)}]` }));
}
