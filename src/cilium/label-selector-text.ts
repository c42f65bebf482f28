import { labelKeyProblem, labelValueProblem } from './label-syntax';

/** `key in (a,b)` or `key notin (a,b)`. */
const SET = /^([^\s,()=!<>]+)\s+(?:in|notin)\s*\(([^()]*)\)$/;

/** `key=value`, `key==value`, `key!=value`, `key>1`, `key<1`, `key` or `!key`. */
const OTHER = /^(?:!\s*([^\s,()=!<>]+)|([^\s,()=!<>]+)(?:\s*(==?|!=|>|<)\s*([^\s,()=!<>]*))?)$/;

/**
 * The part of a label selector in text form, such as `tier=edge,zone in (a,b)`, that is not a requirement; undefined
 * for a valid selector (Parse of k8s.io/apimachinery/pkg/labels, v0.34).
 */
export function labelSelectorProblem(text: string): string | undefined {
  const requirements = text.trim() === '' ? [''] : text.split(/,(?![^()]*\))/);
  return requirements.map(each => each.trim()).find(each => !isRequirement(each));
}

function isRequirement(text: string): boolean {
  const set = SET.exec(text);
  if (set) {
    const [, key, values] = set;
    return isKey(key) && values.split(',').every(value => isValue(value.trim()));
  }
  const [, absent, key, operator, value] = OTHER.exec(text) ?? [];
  if (operator === '>' || operator === '<') {
    return isKey(key) && /^-?\d+$/.test(value);
  }
  return isKey(absent ?? key) && isValue(value ?? '');
}

function isKey(key: string | undefined): boolean {
  return labelKeyProblem(key) === undefined;
}

function isValue(value: string): boolean {
  return labelValueProblem(value) === undefined;
}
