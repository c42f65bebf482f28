import { Lazy } from 'cdk8s';
import { Shape, Slots, slotsOf } from '../../../src/constructs/checks/shape';
import { STRUCTS } from '../../../src/constructs/checks/shapes';

/** One bad value in the arguments of a call. */
export interface BadValue {
  /** The place: parameter, properties, indexes of lists and keys of maps. */
  readonly place: ReadonlyArray<string | number>;
  readonly value: unknown;
  /** What is wrong with it, for the name of the test. */
  readonly what: string;
}

/** Every bad value of every place of the arguments of a call. */
export function badArguments(slots: Slots): BadValue[] {
  return slotsOf(slots).flatMap(({ name, shape, optional }) => [
    ...(optional ? [] : absent([name])),
    ...badValues([name], shape),
  ]);
}

/** Every place of the arguments of a call that may be left out. */
export function optionalPlaces(slots: Slots): BadValue['place'][] {
  return slotsOf(slots).flatMap(({ name, shape, optional }) => [
    ...(optional ? [[name]] : []),
    ...optionalIn([name], shape),
  ]);
}

function optionalIn(place: BadValue['place'], shape: Shape): BadValue['place'][] {
  if (typeof shape === 'string') {
    return [];
  }
  if ('list' in shape) {
    return optionalIn([...place, 0], shape.list);
  }
  if ('map' in shape) {
    return optionalIn([...place, 'a'], shape.map);
  }
  return 'struct' in shape
    ? slotsOf(STRUCTS[shape.struct]).flatMap(slot => [
      ...(slot.optional ? [[...place, slot.name]] : []),
      ...optionalIn([...place, slot.name], slot.shape),
    ])
    : [];
}

function absent(place: BadValue['place']): BadValue[] {
  return [
    { place, value: null, what: 'null' },
    { place, value: undefined, what: 'undefined' },
  ];
}

function badValues(place: BadValue['place'], shape: Shape): BadValue[] {
  const own = wrong(shape).map(([what, value]) => ({ place, value, what }));
  if (typeof shape === 'string') {
    return own;
  }
  if ('list' in shape) {
    return [...own, ...absentItem([...place, 0], shape.list), ...badValues([...place, 0], shape.list)];
  }
  if ('map' in shape) {
    // the keys of maps by cluster are names of clusters
    return [...own, ...absentItem([...place, 'a'], shape.map), ...badValues([...place, 'a'], shape.map)];
  }
  return 'struct' in shape
    ? [
      ...own,
      { place: [...place, 'unknownKey'], value: 1, what: 'unknown key' },
      ...slotsOf(STRUCTS[shape.struct]).flatMap(slot => [
        ...(slot.optional ? [] : absent([...place, slot.name])),
        ...badValues([...place, slot.name], slot.shape),
      ]),
    ]
    : own;
}

/** Null is data where any data is allowed. */
function absentItem(place: BadValue['place'], shape: Shape): BadValue[] {
  return shape === 'any' ? [] : absent(place);
}

const circular: { self?: object } = {};
circular.self = circular;
const circularList: unknown[] = [];
circularList.push(circularList);
const deep = Array.from({ length: 20_000 }).reduce<object>(value => ({ in: value }), {});

/** A value of a class, with the keys of any struct. */
class Custom {
  public readonly name = 'web';
  public readonly labels = { app: 'web' };
}
const CUSTOM: readonly [string, unknown] = ['a value of a class', new Custom()];
const OTHERS: ReadonlyArray<readonly [string, unknown]> = [
  ['symbol', Symbol('web')],
  ['function', () => 80],
  CUSTOM,
];
const LAZY: readonly [string, unknown] = ['a lazy value', Lazy.any({ produce: () => 'web' })];

/** Values of another type, by what they are. */
function wrong(shape: Shape): ReadonlyArray<readonly [what: string, value: unknown]> {
  switch (shape) {
    case 'text':
      return [
        ...[['number', 5], ['boolean', true], ['list', ['web']], ['map', { a: 'b' }]] as const,
        ...[['circular', circular], ['circular list', circularList], ['deep', deep]] as const,
        ...[['boxed', Object('web')], LAZY] as const,
        ...OTHERS,
      ];
    case 'number':
      return [
        ...[['text', '80'], ['NaN', Number.NaN], ['infinity', Number.POSITIVE_INFINITY], ['list', [80]], LAZY] as const,
        ...[['minus infinity', Number.NEGATIVE_INFINITY], ['boxed', Object(80)], ['date', new Date(0)]] as const,
        ...OTHERS,
      ];
    case 'boolean':
      return [['text', 'true'], ['number', 0], ['list', []], ['boxed', Object(true)], LAZY, ...OTHERS];
    case 'any':
      return [
        ...[['circular', circular], ['NaN', Number.NaN], ['date', new Date(0)], LAZY] as const,
        ...OTHERS,
      ];
  }
  if ('list' in shape) {
    return [
      ...[['text', 'web'], ['number', 80], ['map', { a: 'b' }], ['set', new Set(['web'])], LAZY] as const,
      ...[['iterator', ['web'].values()], ['like a list', { 0: 'web', length: 1 }]] as const,
      ...OTHERS,
    ];
  }
  if ('map' in shape || 'struct' in shape) {
    return [['text', 'web'], ['number', 80], ['list', ['web']], ['Map', new Map([['a', 'b']])], LAZY, ...OTHERS];
  }
  return 'enum' in shape
    ? [['text', 'no value of the enum'], ['a name of objects', 'toString'], ['number', 80], ['list', []], LAZY, ...OTHERS]
    : [['text', 'web'], ['number', 80], ['list', []], ['map', { a: 'b' }], LAZY, ...OTHERS];
}

/** A copy of the arguments of a call with a value in a place. Lists and maps on the way to it are created. */
export function withValue(whole: unknown, place: BadValue['place'], value: unknown): unknown {
  const [first, ...others] = place;
  if (first === undefined) {
    return value;
  }
  if (typeof first === 'number') {
    const list = Array.isArray(whole) ? [...whole] : [];
    list[first] = withValue(list[first], others, value);
    return list;
  }
  const map = isMap(whole) ? whole : {};
  return { ...map, [first]: withValue(map[first], others, value) };
}

function isMap(value: unknown): value is { readonly [key: string]: unknown } {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
