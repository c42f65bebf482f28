import { count, FieldReader } from './field-reader';
import { checkLabelKey } from './label-keys';
import { labelKeyProblem, labelValueProblem } from '../../../cilium/label-syntax';
import { Traits } from '../../../cilium/traits';
import { OPERATORS, RawSelector, withSource } from '../../engine/label-selector';

/**
 * Reads a label selector of a CRD. Its keys may have a source. Source of the refusals: pkg/labels/validation.go,
 * v1.20.2.
 */
export function readSelector(
  reader: FieldReader,
  value: unknown,
  path: string,
  traits: Traits,
): RawSelector | undefined {
  const before = reader.passedOver;
  const terms = readTerms(reader, value, path, (key, at) => checkLabelKey(reader, key, at, traits), true);
  if (reader.passedOver > before) {
    // a selector that Cilium cannot parse selects nothing (EndpointSelector.Matches, pkg/policy/api/selector.go,
    // v1.15.19)
    return NO_PEER;
  }
  for (const [key, text] of Object.entries(terms?.matchLabels ?? {})) {
    const other = terms?.matchLabels?.[`any:${key}`];
    if (other !== undefined && other !== text) {
      reader.refuse(
        'unmodelled',
        `${path}.matchLabels[${JSON.stringify(key)}]`,
        `${key} and any:${key} are one label to Cilium, and which of the two values counts changes from run to run`,
        {
          got: `${text} and ${other}`,
          fix: 'give one of them',
          reason: 'label-key-twice',
        },
      );
    }
  }
  return terms;
}

/**
 * Reads a label selector of a NetworkPolicy. The API server checks all of it (ValidateLabelSelector,
 * apimachinery/pkg/apis/meta/v1/validation, v0.34).
 */
export function readServerSelector(
  reader: FieldReader,
  value: unknown,
  path: string,
  traits: Traits,
): RawSelector | undefined {
  const check = (key: string, at: string) => {
    const problem = labelKeyProblem(key);
    if (problem) {
      reader.refuse('schema', at, `the label key ${problem}`, { got: key });
    } else {
      checkLabelKey(reader, key, at, traits);
    }
  };
  return readTerms(reader, value, path, check, true, 'schema');
}

const NO_PEER: RawSelector = { matchExpressions: [{ key: 'reserved:none', operator: 'In', values: ['none'] }] };

/**
 * Reads the selector of CIDR groups. Cilium adds the source to its keys before it checks them (CIDRRule.sanitize,
 * pkg/policy/api/rule_validation.go, v1.20.2).
 */
export function readGroupSelector(
  reader: FieldReader,
  value: unknown,
  path: string,
  traits: Traits,
): RawSelector | undefined {
  const check = (key: string, at: string) => checkLabelKey(reader, withSource(key, 'cidrgroup:'), at, traits);
  return readTerms(reader, value, path, check, true);
}

/**
 * Reads the selector of Services. The CRD checks it, but Cilium does not.
 *
 * Up to 1.18 a selector that Cilium cannot parse, for example with sources in keys, selects no Services
 * (EndpointSelector.Matches, pkg/policy/api/selector.go, v1.18.8).
 */
export function readServiceSelector(
  reader: FieldReader,
  value: unknown,
  path: string,
  traits: Traits,
): RawSelector | undefined {
  const before = reader.passedOver;
  const check = (key: string) =>
    labelKeyProblem(key) ? reader.refuse('cilium', path, 'not the key of a label', { got: key }) : undefined;
  const terms = reader.withoutSanitizing(() => readTerms(reader, value, path, check, true));
  return traits.invalidServiceSelectorMatchesNothing && reader.passedOver > before ? NO_PEER : terms;
}

/**
 * Reads a selector of a ClusterNetworkPolicy. Its CRD accepts every operator, and Cilium ignores unknown ones
 * (LabelSelectorToRequirements, pkg/policy/types/requirements.go, v1.20.2).
 */
export function readLooseSelector(reader: FieldReader, value: unknown, path: string): RawSelector | undefined {
  return reader.withoutSanitizing(() => readTerms(reader, value, path, () => undefined, false));
}

function readTerms(
  reader: FieldReader,
  value: unknown,
  path: string,
  check: (key: string, path: string) => void,
  strict: boolean,
  stage: 'schema' | 'cilium' = 'cilium',
): RawSelector | undefined {
  const fields = reader.object(value, path, ['matchLabels', 'matchExpressions']);
  if (!fields) {
    return undefined;
  }
  const matchLabels: { [key: string]: string } = {};
  if (fields.matchLabels !== undefined && fields.matchLabels !== null) {
    for (const [key, text] of Object.entries(
      reader.object(fields.matchLabels, `${path}.matchLabels`, Object.keys(fields.matchLabels as object)) ?? {},
    )) {
      const at = `${path}.matchLabels[${JSON.stringify(key)}]`;
      check(key, at);
      if (text === null) {
        continue; // the API server drops it
      }
      if (typeof text !== 'string') {
        reader.refuse('schema', at, 'must be a text', {
          got: JSON.stringify(text),
          fix: `put it in quotes: "${String(text)}"`,
        });
      } else {
        // the CRD knows the pattern of values (CiliumNetworkPolicy, v1.20.2)
        if (strict && labelValueProblem(text)) {
          reader.refuse('schema', at, `the value ${labelValueProblem(text)}`, { got: text });
        }
        matchLabels[key] = text;
      }
    }
  }
  const matchExpressions = reader.list(fields.matchExpressions, `${path}.matchExpressions`, (item, at) => {
    const expression = reader.object(item, at, ['key', 'operator', 'values']);
    const key = reader.text(expression?.key, `${at}.key`);
    const operator = reader.text(expression?.operator, `${at}.operator`, strict ? OPERATORS : undefined);
    const values =
      reader.list(
        expression?.values,
        `${at}.values`,
        (each, where) => reader.text(each, where) ?? reader.refuse('schema', where, 'must be a text'),
      ) ?? [];
    if (!expression || key === undefined || operator === undefined) {
      return expression ? reader.refuse('schema', at, 'key and operator are required') : undefined;
    }
    check(key, `${at}.key`);
    const needsValues = operator === 'In' || operator === 'NotIn';
    if (needsValues !== count(expression.values) > 0) {
      reader.refuse(
        stage,
        `${at}.values`,
        needsValues ? `${operator} needs values` : `${operator} must have no values`,
        needsValues
          ? { fix: 'give the values, or use Exists or DoesNotExist' }
          : { got: values.join(', '), fix: 'remove the values, or use In or NotIn' },
      );
    }
    for (const each of values.filter(labelValueProblem)) {
      reader.refuse(stage, `${at}.values`, `the value ${labelValueProblem(each)}`, { got: each });
    }
    return { key, operator: operator as 'In', values };
  });
  return { matchLabels, matchExpressions };
}
