import { FieldReader } from './field-reader';
import { labelKeyProblem } from '../../../cilium/label-syntax';
import { Traits } from '../../../cilium/traits';

/** The label sources that this evaluator models. */
const SOURCES = ['any', 'unspec', 'k8s', 'reserved', 'cidrgroup'];

/**
 * Refuses invalid keys of labels, and those whose labels no endpoint has here.
 *
 * Before 1.20 Cilium checks source and key as one text with a dot between them, so any text before the colon counts
 * (EndpointSelector.Sanitize, v1.19.3).
 */
export function checkLabelKey(reader: FieldReader, key: string, path: string, traits: Traits): void {
  const colon = key.indexOf(':');
  const reserved = traits.dollarMeansReserved && key.startsWith('$');
  const source = reserved ? 'reserved' : colon < 0 ? 'any' : key.slice(0, colon);
  const rest = reserved ? key.slice(1) : key.slice(colon + 1);
  const problem = !traits.labelSourceChecked
    ? labelKeyProblem(`${source === '' ? 'any' : source}.${rest}`)
    : rest.includes(':')
      ? 'has more than one colon'
      : !/^[A-Za-z0-9]+$/.test(source)
        ? 'has a source (what is in front of the colon) that is not letters and digits'
        : labelKeyProblem(rest);
  if (problem) {
    reader.refuse('cilium', path, `the label key ${problem}`, { got: key });
  } else if (!SOURCES.includes(source === '' ? 'any' : source)) {
    reader.refuse(
      'unmodelled',
      path,
      `this program does not model labels of the source ${source}: no endpoint has them here`,
      { got: key },
    );
  } else if (rest.startsWith('io.cilium.k8s.named-ports')) {
    reader.refuse('unmodelled', path, 'this program does not model labels of named ports: no endpoint has them here', {
      got: key,
      fix: 'select pods by their own labels',
    });
  }
}
