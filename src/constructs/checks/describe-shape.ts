import { classOf } from './classes';
import { Shape, slotsOf } from './shape';
import { ENUMS, STRUCTS } from './shapes';
import { isMap } from '../../diagnostics/is-map';
import { formatList, formatValue } from '../../diagnostics/texts';

/** What a value must be: `a list of Port`. */
export function nounOf(shape: Shape): string {
  switch (shape) {
    case 'text':
      return 'text';
    case 'number':
      return 'a finite number';
    case 'boolean':
      return 'true or false';
    case 'any':
      return 'plain data';
  }
  if ('list' in shape) {
    return `a list of ${itemsOf(shape.list)}`;
  }
  if ('map' in shape) {
    return `a map of ${itemsOf(shape.map)} by name`;
  }
  return 'struct' in shape ? `an object of ${shape.struct}` : withArticle(nameOf(shape));
}

/** What is allowed instead: `a Port, such as Port.tcp(80)`. */
export function describe(shape: Shape): string {
  if (typeof shape === 'string' || 'list' in shape || 'map' in shape) {
    return nounOf(shape);
  }
  if ('enum' in shape) {
    return formatList(ENUMS[shape.enum]);
  }
  return 'struct' in shape
    ? `the properties ${formatList(slotsOf(STRUCTS[shape.struct]).map(({ name }) => name))}`
    : `${nounOf(shape)}, such as ${classOf(shape.class).example}`;
}

/** What to pass in the place of a value of another type. */
export function fixOf(shape: Shape, value: unknown): string {
  return `pass ${replacement(shape, value) ?? nounOf(shape)}`;
}

function replacement(shape: Shape, value: unknown): string | undefined {
  if (typeof shape === 'string') {
    return plainReplacement(shape, value);
  }
  if ('list' in shape) {
    return typeof value === 'string' && shape.list === 'text' ? `[${formatValue(value)}]` : undefined;
  }
  if (!('class' in shape)) {
    return undefined;
  }
  switch (`${shape.class} of a ${typeof value}`) {
    case 'Port of a number':
      return isPort(value) ? `Port.tcp(${value})` : classOf(shape.class).example;
    case 'Cluster of a string':
      return `mesh.cluster(${formatValue(value)})`;
    case 'Selector of a object':
      return isMap(value) ? `Selector.labels(${formatValue(value)})` : classOf(shape.class).example;
    default:
      return classOf(shape.class).example;
  }
}

function plainReplacement(shape: string, value: unknown): string | undefined {
  if (shape === 'text') {
    return Number.isFinite(value) || typeof value === 'boolean' ? formatValue(String(value)) : undefined;
  }
  const isNumber = shape === 'number' && typeof value === 'string' && /^\d+$/.test(value);
  const isFlag = shape === 'boolean' && (value === 'true' || value === 'false');
  return isNumber || isFlag ? String(value) : undefined;
}

function isPort(value: unknown): boolean {
  return Number.isInteger(value) && Number(value) >= 1 && Number(value) <= 65535;
}

function itemsOf(shape: Shape): string {
  if (typeof shape === 'string') {
    return { text: 'texts', number: 'numbers', boolean: 'booleans', any: 'plain data' }[shape];
  }
  return 'list' in shape || 'map' in shape ? 'lists' : NOUNS[nameOf(shape)] ?? nameOf(shape);
}

/** What the names of interfaces mean. */
const NOUNS: { readonly [name: string]: string } = { IPeer: 'peers', IConstruct: 'constructs', IConnectable: 'peers' };

function nameOf(shape: { readonly [kind in 'struct' | 'enum' | 'class']?: string }): string {
  return shape.struct ?? shape.enum ?? shape.class ?? '';
}

function withArticle(name: string): string {
  const noun = NOUNS[name]?.replace(/s$/, '') ?? name;
  return `${/^[AEIOU]/.test(noun) ? 'an' : 'a'} ${noun}`;
}
