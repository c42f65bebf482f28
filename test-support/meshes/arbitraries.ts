/** What the generators of policies are made of. */
import * as fc from 'fast-check';

export const CLUSTERS = ['koornacht', 'tion', 'hoth'];
export const NAMESPACES = ['default', 'shop', 'kube-system'];

/** Half of the time there, else left out. */
export const maybe = <T>(arbitrary: fc.Arbitrary<T>) => fc.option(arbitrary, { nil: undefined });

/** There one time of `n`. */
export const rare = <T>(arbitrary: fc.Arbitrary<T>, n: number = 6) =>
  fc.oneof({ weight: n - 1, arbitrary: fc.constant(undefined) }, { weight: 1, arbitrary });

export const one = <T>(...values: T[]): fc.Arbitrary<T> => fc.constantFrom(...values);
export const list = <T>(arbitrary: fc.Arbitrary<T>, maxLength: number = 2) => fc.array(arbitrary, { maxLength });
export const some = <T>(arbitrary: fc.Arbitrary<T>, maxLength: number = 2) =>
  fc.array(arbitrary, { minLength: 1, maxLength });

/** One of several, each as often as its weight says. */
export function weighted<T>(...choices: Array<[weight: number, arbitrary: fc.Arbitrary<T>]>): fc.Arbitrary<T> {
  return fc.oneof(
    ...choices
      .filter(([weight]) => weight > 0)
      .map(([weight, arbitrary]) => ({ weight: Math.max(1, Math.round(20 * weight)), arbitrary })),
  );
}

/** Mostly the first, one time of `n` the second: what is refused must stay rare, or hardly anything is enforced. */
export const mostly = <T>(usual: fc.Arbitrary<T>, odd: fc.Arbitrary<T>, n: number = 30) =>
  weighted([n - 1, usual], [1, odd]);

/** An object without the fields that are left out. */
export function record(fields: { [name: string]: fc.Arbitrary<unknown> }): fc.Arbitrary<any> {
  return fc
    .record(fields)
    .map(value => Object.fromEntries(Object.entries(value).filter(([, each]) => each !== undefined)));
}

/** What does not belong where it is put. */
const ODD_VALUES = [null, 5, -1, 'x', '', [], {}, true, [{}], { x: 1 }, 'a b', ['x'], 1.5, [null], '80', 99999];

/** An object with one of its values replaced by another, a field more, or one less. */
export function damaged(objects: fc.Arbitrary<any>): fc.Arbitrary<any> {
  return fc
    .tuple(objects, fc.nat(999), fc.constantFrom<any>(...ODD_VALUES), fc.nat(3))
    .map(([object, pick, value, how]) => {
      const copy = JSON.parse(JSON.stringify(object));
      const places: Array<{ holder: any; key: string | number }> = [];
      const walk = (holder: any) => {
        for (const key of Object.keys(holder)) {
          places.push({ holder, key });
          if (typeof holder[key] === 'object' && holder[key] !== null) {
            walk(holder[key]);
          }
        }
      };
      walk(copy.spec ?? copy.specs ?? {});
      if (places.length === 0) {
        return copy;
      }
      const { holder, key } = places[pick % places.length];
      if (how === 0 && !Array.isArray(holder)) {
        delete holder[key];
      } else if (how === 1 && !Array.isArray(holder)) {
        holder.unheardOf = value;
      } else {
        holder[key] = value;
      }
      return copy;
    });
}
