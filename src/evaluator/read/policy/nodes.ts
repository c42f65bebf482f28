import { FieldReader } from './field-reader';
import { nodeSelector } from './peer-selectors';
import { PolicyContext } from './policy-context';
import { readSelector } from './selectors';
import { PeerSelector } from '../../engine/selector';

/** Selects nodes by their labels. Manifests do not contain the labels of nodes. */
export function readNodes(
  reader: FieldReader,
  value: unknown,
  path: string,
  { settings }: PolicyContext,
): PeerSelector | undefined {
  const raw = readSelector(reader, value, path, settings.traits);
  if (!settings.nodeSelectorLabels) {
    return reader.refuse('cilium', path, 'selecting nodes by labels is off in this cluster', {
      fix: 'set nodeSelectorLabels: true in the Helm values',
    });
  }
  reader.refuse(
    'unmodelled',
    path,
    'the manifests do not hold the labels of nodes, so the selector matches no node here',
  );
  return raw && nodeSelector(raw, settings);
}
