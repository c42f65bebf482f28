import { FieldReader } from './field-reader';
import { nodeSelector } from './peer-selectors';
import { PolicyContext } from './policy-context';
import { readSelector } from './selectors';
import { bareKey } from './syntax';
import { CLUSTER_LABEL } from '../../../cilium/labels';
import { RawSelector } from '../../engine/label-selector';
import { PeerSelector } from '../../engine/selector';

/** Selects nodes by their labels. */
export function readNodes(
  reader: FieldReader,
  value: unknown,
  path: string,
  context: PolicyContext,
): PeerSelector | undefined {
  const { settings } = context;
  const raw = readSelector(reader, value, path, settings.traits);
  if (!settings.nodeSelectorLabels) {
    return reader.refuse('cilium', path, 'selecting nodes by labels is off in this cluster', {
      fix: 'set nodeSelectorLabels: true in the Helm values',
    });
  }
  checkNodesKnown(reader, raw, path, context);
  return raw && nodeSelector(raw, settings);
}

/** Labels of nodes select nothing while the nodes are unknown. Selectors without labels select all nodes. */
export function checkNodesKnown(
  reader: FieldReader,
  selector: RawSelector | undefined,
  path: string,
  { nodesAreUnknown = false }: PolicyContext,
): void {
  const keys = [
    ...Object.keys(selector?.matchLabels ?? {}),
    ...(selector?.matchExpressions ?? []).map(({ key }) => key),
  ].filter(key => bareKey(key) !== CLUSTER_LABEL);
  if (nodesAreUnknown && keys.length > 0) {
    reader.refuse('unmodelled', path, 'the nodes of this cluster are unknown, so the selector matches no node here', {
      fix: 'list the nodes with their labels in mesh.yaml (nodes), or add the Node objects to the manifests',
    });
  }
}
