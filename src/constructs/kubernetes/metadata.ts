import { labelKeyProblem, labelValueProblem } from '../../cilium/label-syntax';
import { formatValue } from '../../diagnostics/texts';
import { PropertyRefusals } from '../property-refusals';

/** Refuses labels that the API server would refuse; `allowed` says what the labels are of. */
export function checkLabels(
  property: string,
  labels: { readonly [key: string]: string } | undefined,
  allowed: string,
  refusals: PropertyRefusals,
): void {
  for (const [key, value] of Object.entries(labels ?? {})) {
    const problem = labelKeyProblem(key) ?? labelValueProblem(value);
    if (problem) {
      refusals.add(
        'label-invalid',
        `${property}[${formatValue(key)}]`,
        `the label ${problem}`,
        `${key}=${value}`,
        allowed,
        'correct the label',
      );
    }
  }
}

/**
 * Refuses annotations whose keys the API server would refuse. It allows upper case in their prefixes
 * (ValidateAnnotations of apimachinery).
 */
export function checkAnnotations(
  property: string,
  annotations: { readonly [key: string]: string } | undefined,
  refusals: PropertyRefusals,
): void {
  for (const key of Object.keys(annotations ?? {})) {
    const problem = labelKeyProblem(key.toLowerCase());
    if (problem) {
      refusals.add(
        'annotation-invalid',
        `${property}[${formatValue(key)}]`,
        `the key of the annotation ${problem}`,
        key,
        'a name such as team, or with a prefix such as example.org/team',
        'correct the key',
      );
    }
  }
}
