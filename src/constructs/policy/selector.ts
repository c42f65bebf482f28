import { isIdentityLabel } from '../../cilium/identity-labels';
import { labelKeyProblem, labelValueProblem } from '../../cilium/label-syntax';
import { CLUSTER_LABEL, NAMESPACE_LABEL, NAMESPACE_LABELS_PREFIX } from '../../cilium/labels';
import { formatValue, shorten } from '../../diagnostics/texts';
import { publicClass } from '../checks/classes';
import { callError } from '../faults';
import { checkCall } from '../property-refusals';
import { Refusal, refusal } from '../refusal';

/** An expression over one label, as in `matchExpressions`. */
export class LabelExpression {
  /** The pod has the label, with one of the values. */
  public static isIn(key: string, values: string[]): LabelExpression {
    checkCall('LabelExpression.isIn', { key, values }, LabelExpression.isIn);
    return new LabelExpression(key, 'In', values);
  }

  /** The pod does not have the label, or has another value. */
  public static isNotIn(key: string, values: string[]): LabelExpression {
    checkCall('LabelExpression.isNotIn', { key, values }, LabelExpression.isNotIn);
    return new LabelExpression(key, 'NotIn', values);
  }

  /** The pod has the label. */
  public static exists(key: string): LabelExpression {
    checkCall('LabelExpression.exists', { key }, LabelExpression.exists);
    return new LabelExpression(key, 'Exists');
  }

  /** The pod does not have the label. */
  public static doesNotExist(key: string): LabelExpression {
    checkCall('LabelExpression.doesNotExist', { key }, LabelExpression.doesNotExist);
    return new LabelExpression(key, 'DoesNotExist');
  }

  private constructor(
    /** @internal */
    public readonly _key: string,
    /** @internal */
    public readonly _operator: 'In' | 'NotIn' | 'Exists' | 'DoesNotExist',
    /** @internal */
    public readonly _values?: string[],
  ) {}
}

/** Requirements for the labels of pods. */
export interface SelectorProps {
  /**
   * Labels that a pod must have, with these values.
   * @default - none
   */
  readonly labels?: { [key: string]: string };

  /**
   * Expressions that a pod must match.
   * @default - none
   */
  readonly expressions?: LabelExpression[];
}

/**
 * Selects pods by their labels.
 *
 * A selector does not contain namespace and cluster. They are properties of the workload, and the constructs write them
 * into each policy.
 */
export class Selector {
  /** All pods. */
  public static all(): Selector {
    return new Selector({});
  }

  /** Pods that have all these labels. */
  public static labels(labels: { [key: string]: string }): Selector {
    checkCall('Selector.labels', { labels }, Selector.labels);
    return new Selector({ labels });
  }

  /** Pods that match all labels and expressions, at least one. */
  public static of(props: SelectorProps): Selector {
    checkCall('Selector.of', { props }, Selector.of);
    if (!props.labels && !props.expressions) {
      throw callError([emptyPart('labels', {})], Selector.of);
    }
    return new Selector(props);
  }

  /** @internal */
  public readonly _terms: SelectorTerms;

  private constructor(props: SelectorProps) {
    const { labels, expressions } = props;
    const faults = [
      ...(labels && Object.keys(labels).length === 0 ? [emptyPart('labels', {})] : []),
      ...(expressions && expressions.length === 0 ? [emptyPart('expressions', [])] : []),
      ...selectorRefusals(props),
    ];
    if (faults.length > 0) {
      throw callError(faults, Selector);
    }
    this._terms = {
      matchLabels: { ...props.labels },
      matchExpressions: (props.expressions ?? []).map(({ _key, _operator, _values }) => ({
        key: _key,
        operator: _operator,
        ...(_values ? { values: [..._values].sort() } : {}),
      })),
    };
    if (!labelsFor(this._terms)) {
      throw callError([contradiction(this._terms)], Selector);
    }
  }
}

publicClass('Selector', value => value instanceof Selector, "Selector.labels({ app: 'web' })");
publicClass('LabelExpression', value => value instanceof LabelExpression, "LabelExpression.exists('app')");

/** Finds all faults of the labels and expressions of a selector. */
export function selectorRefusals({ labels, expressions }: SelectorProps): Refusal[] {
  return [
    ...Object.entries(labels ?? {}).flatMap(([key, value]) => [...keyFaults(key), ...valueFaults(key, value)]),
    ...(expressions ?? []).flatMap(expression => [
      ...keyFaults(expression._key),
      ...(expression._values ?? []).flatMap(value => valueFaults(expression._key, value)),
      ...(expression._values && expression._values.length === 0 ? [emptyValues(expression)] : []),
    ]),
  ];
}

/** Labels that meet all terms of a selector; undefined if no labels do, because the terms contradict each other. */
export function labelsFor({ matchLabels, matchExpressions }: SelectorTerms): { [key: string]: string } | undefined {
  const labels: { [key: string]: string } = { ...matchLabels };
  for (const key of new Set(matchExpressions.map(each => each.key))) {
    const of = matchExpressions.filter(each => each.key === key);
    const needed = of.some(({ operator }) => operator === 'In' || operator === 'Exists');
    const candidates =
      labels[key] !== undefined
        ? [labels[key]]
        : needed
          ? [...of.filter(({ operator }) => operator === 'In').flatMap(({ values = [] }) => values), OTHER_VALUE]
          : [undefined];
    const value = candidates.find(each =>
      of.every(({ operator, values = [] }) =>
        operator === 'In'
          ? each !== undefined && values.includes(each)
          : operator === 'NotIn'
            ? each === undefined || !values.includes(each)
            : operator === 'Exists'
              ? each !== undefined
              : each === undefined,
      ),
    );
    if (value === undefined && (needed || labels[key] !== undefined)) {
      return undefined;
    }
    if (value !== undefined) {
      labels[key] = value;
    }
  }
  return labels;
}

/** A label value that no program uses. */
export const OTHER_VALUE = 'cilium-mesh-other';

/** A label selector as data. */
export interface SelectorTerms {
  readonly matchLabels: { readonly [key: string]: string };
  readonly matchExpressions: ReadonlyArray<{
    readonly key: string;
    readonly operator: string;
    readonly values?: string[];
  }>;
}

/** The label selector in the form of the CRDs; without terms it is `{}`, which selects all pods. */
export function labelSelector(...parts: SelectorTerms[]): any {
  const matchLabels = Object.assign({}, ...parts.map(part => part.matchLabels));
  const matchExpressions = parts.flatMap(part => part.matchExpressions);
  return {
    ...(Object.keys(matchLabels).length > 0 ? { matchLabels } : {}),
    ...(matchExpressions.length > 0 ? { matchExpressions } : {}),
  };
}

/** The label of an identity with a label of the pod's namespace. */
export function namespaceLabelKey(key: string): string {
  return `${NAMESPACE_LABELS_PREFIX}.${key}`;
}

/** The terms for the values of a label: `matchLabels` for one value, an expression for several. */
export function oneOf(key: string, values: readonly string[]): SelectorTerms {
  return values.length === 1
    ? { matchLabels: { [key]: values[0] }, matchExpressions: [] }
    : { matchLabels: {}, matchExpressions: [{ key, operator: 'In', values: [...values].sort() }] };
}

function keyFaults(key: string): Refusal[] {
  const problem = labelKeyProblem(key);
  if (problem) {
    return [
      refusal('label-key-invalid', {
        path: 'Selector',
        message: `the label key ${problem}`,
        got: formatValue(key),
        allowed: 'a name such as app, or with a prefix such as example.org/app',
        fix: 'correct the key',
      }),
    ];
  }
  if (key === CLUSTER_LABEL || key === NAMESPACE_LABEL || key.startsWith(NAMESPACE_LABELS_PREFIX)) {
    return [
      refusal('selector-label-reserved', {
        path: 'Selector',
        message: 'the constructs write clusters and namespaces into every policy',
        got: formatValue(key),
        allowed: 'labels of the pods',
        fix:
          `set ${key === CLUSTER_LABEL ? 'clusters' : key === NAMESPACE_LABEL ? 'namespace' : 'namespaceLabels'} of ` +
          'the workload instead',
      }),
    ];
  }
  if (!isIdentityLabel(key)) {
    return [
      refusal('selector-label-filtered', {
        path: 'Selector',
        message:
          'Cilium leaves this label out of identities, so no selector matches it (pkg/labelsfilter/filter.go, v1.20.2)',
        got: formatValue(key),
        allowed: 'labels that are part of identities',
        fix: 'select by another label',
      }),
    ];
  }
  return [];
}

function valueFaults(key: string, value: unknown): Refusal[] {
  const problem = labelValueProblem(value);
  return problem
    ? [
      refusal('label-value-invalid', {
        path: 'Selector',
        message: `the value of label ${shorten(key)} ${problem}`,
        got: formatValue(value),
        allowed: 'at most 63 letters, digits, dashes, underscores and dots',
        fix: 'correct the value',
      }),
    ]
    : [];
}

function emptyPart(part: string, got: unknown): Refusal {
  return refusal('list-empty', {
    path: 'Selector',
    message: `without ${part} all pods are meant`,
    got: formatValue(got),
    allowed: `at least one of the ${part}`,
    fix: `name the ${part}; Selector.all() for all pods`,
  });
}

function contradiction({ matchLabels, matchExpressions }: SelectorTerms): Refusal {
  const keys = [...new Set([...Object.keys(matchLabels), ...matchExpressions.map(({ key }) => key)])];
  const disputed = keys.filter(key => {
    const labels = Object.fromEntries(Object.entries(matchLabels).filter(([each]) => each === key));
    return !labelsFor({ matchLabels: labels, matchExpressions: matchExpressions.filter(each => each.key === key) });
  });
  return refusal('selector-contradiction', {
    path: 'Selector',
    message: `the requirements for the label ${shorten(disputed[0])} contradict each other, so no pod matches`,
    got: [
      ...Object.entries(matchLabels).map(([key, value]) => [key, `= ${value}`]),
      ...matchExpressions.map(({ key, operator, values }) => [
        key,
        `${operator}${values ? ` [${values.join(', ')}]` : ''}`,
      ]),
    ]
      .filter(([key]) => key === disputed[0])
      .map(each => each.join(' '))
      .join(' and '),
    allowed: 'requirements that some labels meet',
    fix: 'remove one of the requirements',
  });
}

function emptyValues(expression: LabelExpression): Refusal {
  return refusal('selector-values-missing', {
    path: 'Selector',
    message: `Cilium refuses ${expression._operator} without values, and the policy would enforce nothing`,
    got: `${expression._key} ${expression._operator} []`,
    allowed: 'at least one value',
    fix: `name the values, or use ${expression._operator === 'In' ? 'exists' : 'doesNotExist'}`,
  });
}
