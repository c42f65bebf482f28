/**
 * Laws of the reader, over random structures, random changes of real manifests, and random bytes.
 */
import * as fs from 'fs';
import * as path from 'path';
import * as fc from 'fast-check';
import { stringify } from 'yaml';
import { expectReadable } from './cases';
import { READING_CODES } from '../../src/diagnostics/codes/reading';
import { readManifests, readYaml } from '../../src/manifests/documents';
import { joinPath, parsePath } from '../../src/manifests/path';

/** A fixed seed, so a run finds what the run before it found; change it to look for more. */
fc.configureGlobal({ seed: 20261128 });

const words = fc
  .oneof(
    fc.constantFrom(
      'yes',
      'no',
      'on',
      '0777',
      '1_000',
      '~',
      'null',
      '<<',
      '0x1F',
      '1e3',
      '.inf',
      '',
      'a: b',
      '- a',
      '# a',
      '{{ a }}',
      '---',
      '...',
      'a\nb',
      '__proto__',
      'a.b/c',
      'a"b',
      'fd00::',
      '2001-01-01',
    ),
    fc.string({ maxLength: 12 }),
    fc.string({ unit: 'grapheme', maxLength: 6 }),
    // in blocks, `yaml` writes white space at the beginning in a way that its own reader, and kubectl, take for
    // indentation
  )
  .filter(text => !/^\s/.test(text));
const scalars = fc.oneof(
  words,
  fc.boolean(),
  fc.integer(),
  fc.double({ noNaN: true, noDefaultInfinity: true, min: -1e15, max: 1e15 }),
  fc.constant(null),
);
const keys = fc.oneof(fc.stringMatching(/^[a-z]{1,8}$/), words).filter(key => key !== '__proto__' && key !== '<<');
const { value: values } = fc.letrec<{ value: any }>(tie => ({
  value: fc.oneof(
    { maxDepth: 5, depthSize: 'small' },
    scalars,
    fc.array(tie('value'), { maxLength: 4 }),
    fc.dictionary(keys, tie('value'), { maxKeys: 4 }),
  ),
}));
const objects = fc
  .record({ spec: values, data: values })
  .map(rest => ({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'a' }, ...rest }));
const styles = fc.record({
  indentSeq: fc.boolean(),
  indent: fc.integer({ min: 1, max: 6 }),
  lineWidth: fc.constantFrom(0, 40, 80),
  defaultStringType: fc.constantFrom(
    'PLAIN',
    'QUOTE_DOUBLE',
    'QUOTE_SINGLE',
    'BLOCK_LITERAL',
    'BLOCK_FOLDED',
  ) as fc.Arbitrary<any>,
  collectionStyle: fc.constantFrom('any', 'flow') as fc.Arbitrary<any>,
  version: fc.constant('1.1' as const),
  aliasDuplicateObjects: fc.constant(false),
});
const breaks = fc.constantFrom('\n', '\r\n');

describe('what is written with any style', () => {
  test('is read as it was', () => {
    fc.assert(
      fc.property(fc.array(objects, { minLength: 1, maxLength: 3 }), styles, breaks, (written, style, lineBreak) => {
        const text = written
          .map(each => stringify(each, style))
          .join('---\n')
          .replace(/\n/g, lineBreak);
        const { manifests, problems, notes } = readManifests(text, 'f');

        expect([problems, notes]).toEqual([[], []]);
        expect(manifests.map(each => each.object)).toEqual(JSON.parse(JSON.stringify(written)));
      }),
      { numRuns: 200 },
    );
  });

  test('is read as it was when it is JSON, in rows or pretty', () => {
    fc.assert(
      fc.property(
        fc.array(objects, { minLength: 1, maxLength: 3 }),
        fc.constantFrom(undefined, 2, '\t'),
        fc.constantFrom('\n', '\n---\n', ''),
        (written, indent, between) => {
          const { manifests, problems } = readManifests(
            written.map(each => JSON.stringify(each, undefined, indent)).join(between),
            'f',
          );

          expect(problems).toEqual([]);
          expect(manifests.map(each => each.object)).toEqual(JSON.parse(JSON.stringify(written)));
        },
      ),
      { numRuns: 200 },
    );
  });

  test('has every field on the line that holds its key, behind its parent', () => {
    // every key is there once, so that a line with the key is the line of the key
    const named = values.map(value => uniquelyNamed(value));
    fc.assert(
      fc.property(
        fc.array(named, { minLength: 1, maxLength: 3 }),
        styles,
        fc.constantFrom('\n', '\r\n'),
        (specs, style, lineBreak) => {
          const written = specs.map((spec, index) => ({
            apiVersion: 'v1',
            kind: 'ConfigMap',
            metadata: { name: `a${index}` },
            spec,
          }));
          const text = written
            .map(each => stringify(each, style))
            .join('---\n')
            .replace(/\n/g, lineBreak);
          const lines = text.split(/\r\n|\n|\r/);
          const { manifests } = readManifests(text, 'f');

          manifests.forEach((manifest, index) => {
            for (const [field, key, parent] of fieldsOf(manifest.object)) {
              const line = manifest.line(field)!;
              expect(line).toBeGreaterThanOrEqual(manifest.line(parent)!);
              if (key !== undefined) {
                expect(lines[line - 1]).toContain(key);
              }
            }
            expect(index === 0 || manifest.line()! > manifests[index - 1].line('spec')!).toBe(true);
          });
        },
      ),
      { numRuns: 200 },
    );
  });
});

test('a list has the manifests of its items', () => {
  fc.assert(
    fc.property(fc.array(objects, { maxLength: 4 }), fc.boolean(), (items, typed) => {
      const list = typed
        ? { apiVersion: 'v1', kind: 'ConfigMapList', items: items.map(({ apiVersion: _a, kind: _k, ...rest }) => rest) }
        : { apiVersion: 'v1', kind: 'List', items };
      const { manifests } = readManifests(JSON.stringify(list), 'f');

      expect(manifests.map(each => each.object)).toEqual(JSON.parse(JSON.stringify(items)));
    }),
    { numRuns: 100 },
  );
});

test('a path is parsed into the segments that it was made of', () => {
  fc.assert(
    fc.property(fc.array(fc.oneof(fc.nat(99), fc.string()), { minLength: 1 }), segments => {
      expect(parsePath(segments.reduce<string>(joinPath, ''))).toEqual(segments);
    }),
  );
});

describe('no text', () => {
  const real = fs
    .readdirSync(path.join(__dirname, 'refused'))
    .map(file => fs.readFileSync(path.join(__dirname, 'refused', file), 'utf8'));
  const pieces = fc.oneof(
    fc.constantFrom(
      '\t',
      '\n',
      '\r',
      ' ',
      ': ',
      '- ',
      '? ',
      '#',
      '"',
      "'",
      '[',
      ']',
      '{',
      '}',
      ',',
      '&a ',
      '*a',
      '!!str ',
      '!<',
      '|',
      '>',
      '<<: ',
      '\\',
      '%',
      '@',
      '`',
      '\n---\n',
      '\n...\n',
      '\uFEFF',
      '\0',
      '\u2028',
      '\uD800',
      '{{ a }}',
    ),
    fc.string({ unit: 'binary', maxLength: 4 }),
  );
  const mutated = fc
    .tuple(fc.constantFrom(...real), fc.array(fc.tuple(fc.nat(), fc.nat(3), pieces), { minLength: 1, maxLength: 6 }))
    .map(([text, edits]) =>
      edits.reduce(
        (before, [at, length, piece]) =>
          before.slice(0, at % (before.length + 1)) + piece + before.slice((at % (before.length + 1)) + length),
        text,
      ),
    );
  const noise = fc.oneof(
    mutated,
    fc.string({ unit: 'binary', maxLength: 200 }),
    fc.array(pieces, { maxLength: 60 }).map(each => each.join('')),
  );

  test('makes the reader throw, or say something that nobody understands', () => {
    fc.assert(
      fc.property(noise, text => {
        const { manifests, problems, notes } = readManifests(text, 'f');
        const lines = text.split(/\r\n|\n|\r/).length;

        expectReadable([...problems, ...notes], 'f');
        for (const line of [...problems, ...notes]
          .map(each => each.line)
          .concat(manifests.map(each => each.line('spec.x[0]["y"]')))) {
          expect(line).toBeGreaterThanOrEqual(1);
          expect(line).toBeLessThanOrEqual(lines);
        }
        expect([...problems, ...notes].filter(each => !(each.code in READING_CODES))).toEqual([]);
        for (const { object } of manifests) {
          expect([typeof object.apiVersion, typeof object.kind, typeof object.metadata.name]).toEqual([
            'string',
            'string',
            'string',
          ]);
          JSON.stringify(object);
        }
        const { value, line } = readYaml(text, 'f');
        line('a.b[0]');
        JSON.stringify(value);
      }),
      { numRuns: 1000 },
    );
  });
});

/** The same structure with keys that are all different words. */
function uniquelyNamed(value: any, counter = { next: 0 }): any {
  if (Array.isArray(value)) {
    return value.map(each => uniquelyNamed(each, counter));
  }
  return typeof value === 'object' && value !== null
    ? Object.fromEntries(Object.values(value).map(each => [`key${counter.next++}key`, uniquelyNamed(each, counter)]))
    : value;
}

function fieldsOf(value: any, base = ''): Array<[string, string | undefined, string]> {
  if (typeof value !== 'object' || value === null) {
    return [];
  }
  return Object.entries(value).flatMap(([key, each]) => {
    const field = joinPath(base, Array.isArray(value) ? Number(key) : key);
    return [
      [field, Array.isArray(value) ? undefined : key, base] as [string, string | undefined, string],
      ...fieldsOf(each, field),
    ];
  });
}
