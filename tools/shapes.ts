/**
 * npx tsx tools/shapes.ts
 *
 * Writes the shapes of all values of the public API, src/constructs/checks/shapes.ts; test/public-api.test.ts proves
 * that they are up to date.
 */
import * as fs from 'fs';
import * as path from 'path';
import { ApiType, ApiValue, PublicApi, readPublicApi } from './public-api';

export const SHAPES_FILE = path.join(__dirname, '..', 'src', 'constructs', 'checks', 'shapes.ts');

/** The text of the file. */
export function shapesFile(api: PublicApi): string {
  const enums = Object.entries(api.enums).map(
    ([name, members]) => `  ${name}: [${Object.values(members).map(value => `'${value}'`).join(', ')}],`,
  );
  const calls = api.classes.flatMap(({ name, constructorParameters, methods }) => [
    ...(constructorParameters ? [[`new ${name}`, constructorParameters] as const] : []),
    ...methods.map(method => [`${name}.${method.name}`, method.parameters] as const),
  ]);
  return [
    "import { Slots } from './shape';",
    '',
    '/** Generated from the public API by tools/shapes.ts. Do not edit. */',
    '',
    '/** The values of each enum. */',
    'export const ENUMS: { readonly [name: string]: readonly string[] } = {',
    ...enums.flatMap(wrapped),
    '};',
    '',
    '/** The properties of each struct. */',
    'export const STRUCTS: { readonly [name: string]: Slots } = {',
    ...Object.entries(api.structs).flatMap(([name, properties]) => slots(name, properties)),
    '};',
    '',
    '/** The parameters of each constructor and method. */',
    'export const CALLS: { readonly [name: string]: Slots } = {',
    ...calls
      .filter(([, parameters]) => parameters.length > 0)
      .flatMap(([name, parameters]) => slots(`'${name}'`, parameters)),
    '};',
    '',
  ].join('\n');
}

function slots(name: string, values: readonly ApiValue[]): string[] {
  const keys = values.map(each => `${each.name}${each.optional || each.variadic ? '?' : ''}`);
  const quoted = keys.some(key => key.endsWith('?'));
  return [
    `  ${name}: {`,
    ...values.map((each, index) => `    ${quoted ? `'${keys[index]}'` : keys[index]}: ${shape(each.type)},`),
    '  },',
  ];
}

function shape(type: ApiType): string {
  switch (type.kind) {
    case 'list':
    case 'map':
      return `{ ${type.kind}: ${shape(type.of)} }`;
    case 'enum':
    case 'struct':
    case 'class':
      return `{ ${type.kind}: '${type.name}' }`;
    default:
      return `'${type.kind}'`;
  }
}

/** A list in lines of at most 120 columns. */
function wrapped(line: string): string[] {
  if (line.length <= 120) {
    return [line];
  }
  const [head, items] = line.replace(/\],$/, '').split('[');
  return [`${head}[`, ...items.split(', ').map(item => `    ${item},`), '  ],'];
}

if (require.main === module) {
  fs.writeFileSync(SHAPES_FILE, shapesFile(readPublicApi()));
}
