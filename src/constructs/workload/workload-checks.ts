import { WorkloadProps } from './workload-props';
import { isDnsSubdomain } from '../../cilium/kubernetes-names';
import { labelKeyProblem, labelValueProblem } from '../../cilium/label-syntax';
import { checkNamespace } from '../kubernetes/names';
import { namespaceLabelKey, selectorRefusals } from '../policy/selector';
import { PropertyRefusals } from '../property-refusals';

/** Refuses properties that select no pods, or that contradict each other. */
export function checkWorkload(props: WorkloadProps, refusals: PropertyRefusals): void {
  if (props.name === '') {
    refusals.add('object-name-invalid', 'name', 'the name is empty', '', 'any other text', 'set name, or remove it');
  }
  if (!props.labels && !props.selector) {
    refusals.add(
      'selector-missing',
      'labels',
      'the labels of the pods are missing',
      undefined,
      'labels, or a selector',
      'name the labels; Selector.all() for all pods',
    );
  }
  if (props.labels && Object.keys(props.labels).length === 0) {
    refusals.add(
      'selector-missing',
      'labels',
      'an empty list of labels would select all pods',
      {},
      'at least one label',
      'name the labels; Selector.all() for all pods',
    );
  }
  if (props.labels && props.selector) {
    refusals.add(
      'selector-twice',
      'selector',
      'labels and selector both say which pods are meant',
      props.labels,
      'one of the two',
      'remove labels',
    );
  }
  checkNamespace(props.namespace, refusals);
  if (props.namespace !== undefined && hasSeveralNamespaces(props)) {
    refusals.add(
      'namespace-twice',
      'namespace',
      'names one namespace and several',
      props.namespace,
      'namespace, or allNamespaces, or namespaceLabels',
      'remove namespace',
    );
  }
  if (props.namespaceLabels && Object.keys(props.namespaceLabels).length === 0) {
    refusals.add(
      'list-empty',
      'namespaceLabels',
      'without labels the namespaces of all pods are meant',
      {},
      'at least one label',
      'name the labels; allNamespaces: true for all namespaces',
    );
  }
  if (props.serviceAccount !== undefined && props.serviceAccount !== null && !isServiceAccount(props.serviceAccount)) {
    refusals.add(
      'service-account-invalid',
      'serviceAccount',
      'invalid name of a service account',
      props.serviceAccount,
      'at most 63 lower-case letters, digits, dashes and dots, with a letter or digit at both ends',
      'correct the name',
    );
  }
  for (const [key, value] of Object.entries(props.namespaceLabels ?? {})) {
    const problem = labelKeyProblem(key) ?? prefixedKeyProblem(key) ?? labelValueProblem(value);
    if (problem) {
      refusals.add(
        'label-invalid',
        'namespaceLabels',
        `the label ${problem}`,
        `${key}=${value}`,
        'a label of a namespace',
        'correct the label',
      );
    }
  }
  if (!props.selector) {
    refusals.include(
      selectorRefusals({ labels: props.labels }).map(each => ({ ...each, path: refusals.pathOf('labels') })),
    );
  }
}

/** Identities have the label under a longer key. */
function prefixedKeyProblem(key: string): string | undefined {
  const prefix = namespaceLabelKey('');
  return labelKeyProblem(prefix + key)
    ? `has a name of more than ${63 - prefix.length} characters, which is too long behind ${prefix}`
    : undefined;
}

/** A service account is the value of a label in policies, so it must be one too. */
function isServiceAccount(name: unknown): boolean {
  return isDnsSubdomain(name) && labelValueProblem(name) === undefined;
}

/** Whether the workload has the pods of several namespaces, so its policies are clusterwide. */
export function hasSeveralNamespaces(props: WorkloadProps): boolean {
  return props.allNamespaces === true || props.namespaceLabels !== undefined;
}
