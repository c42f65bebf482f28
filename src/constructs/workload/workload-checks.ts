import { WorkloadProps } from './workload-props';
import { labelKeyProblem, labelValueProblem } from '../../cilium/label-syntax';
import { checkNamespace } from '../kubernetes/names';
import { selectorRefusals } from '../policy/selector';
import { PropertyRefusals } from '../refusal';

/** Refuses properties that select no pods, or that contradict each other. */
export function checkWorkload(props: WorkloadProps, refusals: PropertyRefusals): void {
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
  for (const [key, value] of Object.entries(props.namespaceLabels ?? {})) {
    const problem = labelKeyProblem(key) ?? labelValueProblem(value);
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

/** Whether the workload has the pods of several namespaces, so its policies are clusterwide. */
export function hasSeveralNamespaces(props: WorkloadProps): boolean {
  return props.allNamespaces === true || props.namespaceLabels !== undefined;
}
