/** Properties of the formats: what they write is read back as it was, whatever texts users wrote. */
import * as fc from 'fast-check';
import { createColors } from 'picocolors';
import { diagnostics, reportOf, userText } from './arbitraries';
import { sarifValidator } from './schemas/sarif';
import { Diagnostic } from '../../src/diagnostics/diagnostic';
import { CATALOGUE } from '../../src/findings/catalogue';
import { relativePath } from '../../src/findings/relative-path';
import { checkReport } from '../../src/reports/check';
import { csv } from '../../src/reports/formats/csv';
import { Format } from '../../src/reports/formats/format';
import { github } from '../../src/reports/formats/github';
import { gitlab } from '../../src/reports/formats/gitlab';
import { json } from '../../src/reports/formats/json';
import { junit } from '../../src/reports/formats/junit';
import { markdown, MARKDOWN_LIMIT } from '../../src/reports/formats/markdown';
import { escapeMarkdown } from '../../src/reports/formats/markdown-text';
import { relativeUri } from '../../src/reports/formats/place';
import { sarif } from '../../src/reports/formats/sarif';
import { text } from '../../src/reports/formats/text';
import { Report } from '../../src/reports/report';

/** A fixed seed, so a run finds what the run before it found; change it to look for more. */
fc.configureGlobal({ seed: 20261128 });

const SURROUNDINGS = { colors: createColors(false), version: '1.2.3', folder: '/home/me/repository' };
const print = (format: Format, report: Report) => [...format(report, SURROUNDINGS)].join('');
const printed = (format: Format, found: readonly Diagnostic[]) => print(format, checkReport(found));

test('csv is read back by RFC 4180', () => {
  fc.assert(
    fc.property(fc.array(fc.tuple(userText, userText, userText), { maxLength: 8 }), rows => {
      const items = rows.map(([a, b, c]) => ({ a, b: { c: b, d: c } }));
      const out = print(csv, { ...reportOf(), records: { columns: ['a', 'b.c', 'b.d'], items: () => items } });
      expect(parseCsv(out)).toEqual([['a', 'b.c', 'b.d'], ...rows]);
    }),
  );
});

test('json is one document, with an item on each line', () => {
  fc.assert(
    fc.property(diagnostics, found => {
      const out = printed(json, found);
      expect(JSON.parse(out).findings).toEqual(JSON.parse(JSON.stringify(found.map(({ path: _, ...rest }) => rest))));
      expect(out.split('\n')).toHaveLength(found.length === 0 ? 2 : found.length + 3);
    }),
  );
});

describe('markdown', () => {
  test('has a row for each finding, whatever is in it', () => {
    fc.assert(
      fc.property(diagnostics, found => {
        const lines = printed(markdown, found).split(/\r|\n|\u2028|\u2029|\u0085|\u000b|\u000c/);
        const rows = lines.filter(line => line.startsWith('|'));
        expect(rows).toHaveLength(found.length === 0 ? 0 : found.length + 2);
        // bars that are not escaped are the borders of cells
        expect(rows.map(line => line.replace(/\\[\\|]/g, '').split('|').length)).toEqual(rows.map(() => 9));
      }),
    );
  });

  test('has no markup, HTML or mention of a user', () => {
    fc.assert(
      fc.property(userText, value => {
        const written = escapeMarkdown(value);
        expect(written).not.toMatch(/[\r\n]/);
        const rendered = written.replaceAll('&#8203;', '\u200b');
        const unescaped = rendered.replace(/\\[\\`*_{}[\]<>#|~&]/g, '');
        expect(unescaped).not.toMatch(/[\\`*_{}[\]<>#|~&]/);
        expect(rendered.replace(/\\([\\`*_{}[\]<>#|~&])/g, '$1')).not.toMatch(/(?<![A-Za-z0-9])@[A-Za-z0-9_-]/);
      }),
    );
  });

  test('never exceeds the limit, and says how many rows are missing', () => {
    const row = fc
      .tuple(fc.integer({ min: 0, max: 70_000 }), fc.constantFrom('a', '|', '🚀', '`', '\n'))
      .map(([length, unit]) => unit.repeat(length));
    fc.assert(
      fc.property(fc.array(row, { maxLength: 30 }), cells => {
        const out = print(
          markdown,
          reportOf(
            {
              kind: 'section',
              title: 'first',
              parts: [{ kind: 'table', columns: [{ title: 'a', type: 'text' }], rows: cells.map(cell => [cell]) }],
            },
            { kind: 'line', text: '12 rows' },
          ),
        );
        const shown = Math.max(0, out.split('\n').filter(line => line.startsWith('|')).length - 2);
        expect(out.length).toBeLessThanOrEqual(MARKDOWN_LIMIT);
        expect(Number(/(\d+) more rows?/.exec(out)?.[1] ?? 0)).toBe(cells.length - shown);
        expect(out).toContain('\n12 rows\n');
      }),
      { numRuns: 40 },
    );
  });

  test('a hundred thousand rows are counted', () => {
    function* rows() {
      for (let index = 0; index < 100_000; index++) {
        yield [`row ${index}`];
      }
    }
    const out = print(
      markdown,
      reportOf({ kind: 'table', columns: [{ title: 'name', type: 'endpoint' }], rows: rows() }),
    );
    const shown = out.match(/^\| `row \d+` \|$/gm)!.length;
    expect(out).toContain(`\n**Cut at 65536 characters: ${100_000 - shown} more rows.** The formats text and json`);
    expect(out.length).toBeGreaterThan(MARKDOWN_LIMIT - 2000);
  });
});

test('text: long tables are laid out in blocks of the same width', () => {
  const rows = Array.from({ length: 20_001 }, (_, index) => [
    `row-${index % 10_000}`,
    index < 10_000 ? 'allowed' : 'default-denied',
    'end',
  ]);
  const lines = print(
    text,
    reportOf({
      kind: 'table',
      columns: [
        { title: 'name', type: 'endpoint' },
        { title: 'verdict', type: 'verdict' },
        { title: 'last', type: 'text' },
      ],
      rows,
    }),
  )
    .trimEnd()
    .split('\n');
  expect([...new Set(lines.map(line => line.search(/LAST|end/)))]).toEqual([26]);
});

test('text: findings fit a terminal, without breaks inside of words', () => {
  const finding: Diagnostic = {
    code: 'half-open',
    severity: 'warning',
    cluster: 'paris',
    file: 'dist/paris.k8s.yaml',
    line: 12,
    object: { apiVersion: 'cilium.io/v2', kind: 'CiliumNetworkPolicy', namespace: 'shop', name: 'shop' },
    message: `one two three four five six seven eight nine ten ${'w'.repeat(50)} eleven`,
    fix: 'do this and that and then this again',
  };
  const out = (width?: number) => [...text(checkReport([finding]), { colors: createColors(true), width })].join('');
  const plain = (width?: number) => out(width).replace(/\u001b\[\d+m/g, '');
  expect(plain(40)).toBe(
    `warning dist/paris.k8s.yaml:12
  CiliumNetworkPolicy shop/shop (paris)
  [half-open]
  one two three four five six seven
  eight nine ten
  ${'w'.repeat(50)}
  eleven
  fix: do this and that and then this
       again

0 errors, 1 warning, 0 info
`,
  );
  expect(plain()).toBe(
    `warning dist/paris.k8s.yaml:12 CiliumNetworkPolicy shop/shop (paris) [half-open]
  ${finding.message}
  fix: ${finding.fix}

0 errors, 1 warning, 0 info
`,
  );
});

test('text: tables fit a terminal, at spaces and with their colours', () => {
  const rows = [
    ['shop@paris', ['may reach ', { text: 'all of the ports', tone: 'good' } as const], 'why not'],
    ['web@lyon', 'none', 'egress default-denied, ingress default-denied'],
  ];
  const table = reportOf({
    kind: 'table',
    columns: [
      { title: 'from', type: 'endpoint' },
      { title: 'allowed', type: 'text' },
      { title: 'denied', type: 'text' },
    ],
    rows,
  });
  const out = (width: number | undefined, isColored: boolean) =>
    [...text(table, { colors: createColors(isColored), width })].join('');
  const fitted = `FROM        ALLOWED        DENIED
shop@paris  may reach all  why not
            of the ports
web@lyon    none           egress
                           default-denied,
                           ingress
                           default-denied
`;
  expect(out(42, false)).toBe(fitted);
  expect(out(42, true).replace(/\u001b\[\d+m/g, '')).toBe(fitted);
  // a colour never reaches the padding or the next column
  expect(out(42, true)).toContain('may reach \u001b[32mall\u001b[0m  why not\n            \u001b[32mof the ports\u001b[39m\n');
  expect(out(undefined, false).split('\n')[2]).toBe(
    'web@lyon    none                        egress default-denied, ingress default-denied',
  );
});

test('text: tables are as wide as their words, whatever the width', () => {
  fc.assert(
    fc.property(
      fc.array(fc.tuple(...[1, 2, 3].map(() => fc.lorem({ maxCount: 9 }))), { minLength: 1 }),
      fc.integer({ min: 40, max: 120 }),
      (rows, width) => {
        const columns = ['a', 'b', 'c'].map(title => ({ title, type: 'text' as const }));
        const lines = [
          ...text(reportOf({ kind: 'table', columns, rows }), { colors: createColors(false), width }),
        ]
          .join('')
          .split('\n');
        // the longest words of three columns and the spaces between them are shorter than 40
        expect(lines.filter(line => line.length > width)).toEqual([]);
        const words = (cells: readonly string[]) => cells.join(' ').split(/\s+/).sort();
        expect(words(lines.slice(1)).filter(word => word !== '')).toEqual(words(rows.flat()));
      },
    ),
    { numRuns: 50 },
  );
});

test('text: sections and lines fit a terminal too', () => {
  const report = reportOf({
    kind: 'section',
    title: 'one two three four',
    parts: [{ kind: 'line', text: ['five six ', { text: 'seven eight', tone: 'bad' }, ' nine'] }],
  });
  expect([...text(report, { colors: createColors(false), width: 14 })].join('')).toBe(
    'one two three\n  four\n  five six\n    seven\n    eight nine\n',
  );
});

test('text: a name or a message of a user is neither another line nor a command of the terminal', () => {
  fc.assert(
    fc.property(diagnostics, found => {
      const out = printed(text, found);
      expect(out).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u2028\u2029]/);
      expect(out.split('\n')).toHaveLength(found.length === 0 ? 2 : found.length * 4 + 2);
    }),
  );
});

test('text: cells and lines are one line each', () => {
  const hostile = 'x\n::error::y\r\u001b[31mz';
  const out = print(
    text,
    reportOf(
      { kind: 'line', text: [hostile, { text: hostile, tone: 'good' }] },
      { kind: 'table', columns: [{ title: 'name', type: 'endpoint' }], rows: [[hostile]] },
      {
        kind: 'section',
        title: hostile,
        parts: [{ kind: 'code', language: 'yaml', comment: hostile, text: 'a: 1\n' }],
      },
    ),
  );
  const shown = 'x ::error::y [31mz';
  expect(out).toBe(`${shown}${shown}\nNAME\n${shown}\n\n${shown}\n  ${shown}\n  a: 1\n`);
});

test('names of a megabyte are cut, and leave room for other findings', () => {
  const long = 'n'.repeat(1_000_000);
  const finding: Diagnostic = {
    code: 'object-twice',
    severity: 'error',
    cluster: long,
    file: long,
    line: 1,
    object: { apiVersion: 'v1', kind: long, namespace: long, name: long },
    message: 'message',
    fix: 'fix',
  };
  for (const format of [text, markdown, junit]) {
    const out = printed(format, [finding, finding]);
    expect([out.length < 20_000, out.match(/message/g)!.length >= 2]).toEqual([true, true]);
  }
  const [
    {
      locations: [
        {
          logicalLocations: [place],
        },
      ],
    },
  ] = JSON.parse(printed(sarif, [finding])).runs[0].results;
  expect([place.name.length, place.fullyQualifiedName.length]).toEqual([300, 300 * 4 + 3]);
});

describe('sarif', () => {
  const validate = sarifValidator();

  test('is valid by its schema', () => {
    fc.assert(
      fc.property(diagnostics, found => {
        const log = JSON.parse(printed(sarif, found));
        expect([validate(log), validate.errors]).toEqual([true, null]);
        const [run] = log.runs;
        expect(run.results.map((each: any) => run.tool.driver.rules[each.ruleIndex].id)).toEqual(
          found.map(each => each.code),
        );
      }),
    );
  });

  test('fingerprints are different, and do not depend on lines and messages', () => {
    fc.assert(
      fc.property(diagnostics, found => {
        const prints = (list: readonly Diagnostic[]) =>
          JSON.parse(printed(sarif, list)).runs[0].results.map(
            (each: any) => each.partialFingerprints['ciliumMesh/v1'],
          );
        const own = prints(found);
        expect(new Set(own).size).toBe(found.length);
        expect(
          prints(
            found.map(each => ({ ...each, line: (each.line ?? 0) + 7, message: 'other words', fix: 'other words' })),
          ),
        ).toEqual(own);
      }),
    );
  });

  test('fingerprints do not depend on the folder of the repository', () => {
    const prints = (file: string) =>
      [
        ...sarif(
          checkReport([{ code: 'expectation-unmet', severity: 'error', file, message: 'm', fix: 'f' }]),
          SURROUNDINGS,
        ),
      ].map(out => JSON.parse(out).runs[0].results[0].partialFingerprints);
    expect(prints(`${SURROUNDINGS.folder}/flows.yaml`)).toEqual(prints('flows.yaml'));
    expect(prints('./flows.yaml')).toEqual(prints('flows.yaml'));
    expect(prints('other.yaml')).not.toEqual(prints('flows.yaml'));
  });
});

test('every code has a title, documentation and a fix for rules of SARIF', () => {
  const incomplete = Object.entries(CATALOGUE).filter(([, { title, documentation, fix }]) =>
    [title, documentation, fix].some(each => each.trim() === ''),
  );
  expect(incomplete).toEqual([]);
});

test('places are relative to the working directory, with forward slashes', () => {
  const { folder } = SURROUNDINGS;
  expect(
    ['/home/me/repository/a b/ü.yaml', './x.yaml', '../x#1.yaml', 'a\\b.yaml', 'c:x', '/etc/x.yaml'].map(file => [
      relativePath(file, folder),
      relativeUri(file, folder),
    ]),
  ).toEqual([
    ['a b/ü.yaml', 'a%20b/%C3%BC.yaml'],
    ['x.yaml', 'x.yaml'],
    ['../x#1.yaml', '../x%231.yaml'],
    ['a\\b.yaml', 'a%5Cb.yaml'],
    ['c:x', 'c%3Ax'],
    ['/etc/x.yaml', 'file:///etc/x.yaml'],
  ]);
});

test('on Windows, backslashes separate folders', () => {
  expect(
    ['C:\\repository\\a b\\x.yaml', '.\\a\\x.yaml', 'a/x.yaml'].flatMap(file =>
      ['C:\\repository', 'C:\\repository\\'].map(folder => [relativePath(file, folder), relativeUri(file, folder)]),
    ),
  ).toEqual([
    ['a b/x.yaml', 'a%20b/x.yaml'],
    ['a b/x.yaml', 'a%20b/x.yaml'],
    ['a/x.yaml', 'a/x.yaml'],
    ['a/x.yaml', 'a/x.yaml'],
    ['a/x.yaml', 'a/x.yaml'],
    ['a/x.yaml', 'a/x.yaml'],
  ]);
  expect(relativePath('a\\x.yaml', '\\\\server\\share')).toBe('a/x.yaml');
});

test.each([sarif, github, gitlab])('a backslash in the name of a file stays: %p', format => {
  const finding = { code: 'object-twice', severity: 'warning', file: 'a\\b.yaml', message: 'm', fix: 'f' } as const;
  const name =
    format === sarif ? '"uri": "a%5Cb.yaml"' : format === github ? 'file=a\\b.yaml,' : '"path": "a\\\\b.yaml"';
  expect(printed(format, [finding])).toContain(name);
});

test.each(['--cluster a=k8s', '--base a=snapshot:live', '-'])('services cannot open %p, so it is no file', file => {
  const finding = { code: 'object-twice', severity: 'warning', file, line: 3, message: 'm', fix: 'f' } as const;
  expect(printed(github, [finding])).toMatch(/^::warning title=[^:]* \[object-twice\]::m%0ATo fix: f\n$/);
  expect(JSON.parse(printed(sarif, [finding])).runs[0].results[0].locations).toEqual([{}]);
  expect(JSON.parse(printed(gitlab, [finding]))[0].location.path).toBe('mesh.yaml');
});

test('github: one command on each line, read back as the runner does', () => {
  fc.assert(
    fc.property(diagnostics, found => {
      const lines = printed(github, found)
        .split(/\r?\n|\r/)
        .slice(0, -1);
      expect(lines.map(parseAnnotation)).toEqual(
        found.map(({ severity, file, line, message, fix }) => ({
          command: severity === 'info' ? 'notice' : severity,
          file: file === undefined ? undefined : relativePath(file, SURROUNDINGS.folder),
          line: file === undefined ? undefined : line,
          message: `${message}\nTo fix: ${fix}`,
        })),
      );
    }),
  );
});

test('gitlab: every issue has what is required', () => {
  fc.assert(
    fc.property(diagnostics, found => {
      const issues = JSON.parse(printed(gitlab, found));
      expect(issues.map((each: any) => [each.check_name, each.description, each.location.lines.begin])).toEqual(
        found.map(({ code, message, fix, line }) => [code, `${message}\nTo fix: ${fix}`, line ?? 1]),
      );
      expect(new Set(issues.map((each: any) => each.fingerprint)).size).toBe(found.length);
    }),
  );
});

test('junit: a case for each finding; errors and warnings fail', () => {
  fc.assert(
    fc.property(diagnostics, found => {
      const out = printed(junit, found);
      expect(out.match(/<testcase /g)).toHaveLength(Math.max(1, found.length));
      const failures = found.filter(each => each.severity !== 'info');
      expect(out.match(/<failure /g) ?? []).toHaveLength(failures.length);
      expect(out).toContain(`tests="${Math.max(1, found.length)}" failures="${failures.length}" skipped="0"`);
      expect([...out.matchAll(/<failure message="([^"]*)"/g)].map(([, message]) => parseXml(message))).toEqual(
        failures.map(({ message }) => withoutControls(message)),
      );
      // nothing that XML cannot hold
      expect(out).not.toMatch(/[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]|[\ud800-\udfff]/u);
    }),
  );
});

/** Rows of fields, by the grammar of RFC 4180. */
function parseCsv(csvText: string): string[][] {
  const rows: string[][] = [];
  for (let at = 0; at < csvText.length;) {
    const row: string[] = [];
    for (let ended = false; !ended;) {
      const [whole, quoted, plain] = /"((?:[^"]|"")*)"|([^",\r\n]*)/y[Symbol.match](
        csvText.slice(at),
      ) as RegExpMatchArray;
      row.push(quoted === undefined ? plain : quoted.replaceAll('""', '"'));
      at += whole.length;
      ended = csvText.startsWith('\r\n', at);
      if (!ended && csvText[at] !== ',') {
        throw new Error(`neither a comma nor the end of a row at ${at}`);
      }
      at += ended ? 2 : 1;
    }
    rows.push(row);
  }
  return rows;
}

/** As the runner of GitHub Actions reads a command (actions/runner, ActionCommand.cs). */
function parseAnnotation(line: string) {
  const [, command, list, data] = /^::(\w+) (.*?)::(.*)$/s.exec(line)!;
  const unescape = (value: string) => value.replaceAll('%0D', '\r').replaceAll('%0A', '\n').replaceAll('%25', '%');
  const properties = Object.fromEntries(
    list
      .split(',')
      .map(each => {
        const at = each.indexOf('=');
        return [
          each.slice(0, at),
          each
            .slice(at + 1)
            .replaceAll('%3A', ':')
            .replaceAll('%2C', ','),
        ];
      })
      .map(([key, value]) => [key, unescape(value)]),
  );
  return {
    command,
    file: properties.file,
    line: properties.line === undefined ? undefined : Number(properties.line),
    message: unescape(data),
  };
}

function parseXml(value: string): string {
  const entities: { readonly [name: string]: string } = { amp: '&', lt: '<', gt: '>', quot: '"' };
  return value.replace(/&(?:#x([0-9A-F]+)|(\w+));/gi, (_, code, entity) =>
    entity ? entities[entity] : String.fromCodePoint(parseInt(code, 16)),
  );
}

function withoutControls(value: string): string {
  return value.replace(/[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]|[\ud800-\udfff]/gu, '?');
}
