/**
 * npx tsx tools/schemas.ts
 *
 * Writes the published JSON Schemas, schemas/*.json; test/reports/schemas.test.ts proves that they are up to date.
 */
import * as fs from 'fs';
import * as path from 'path';
import { toJsonSchema } from '@valibot/to-json-schema';
import { PUBLISHED_SCHEMAS } from '../src/reports/schemas/published';

const FOLDER = path.join(__dirname, '..', 'schemas');

/** The address of the schemas of a version. */
const ADDRESS = 'https://raw.githubusercontent.com/cdk8s-cilium-mesh/cdk8s-cilium-mesh/main/schemas';

/** Spaces of each level: with two, a quarter more of each installation's schemas would be spaces. */
const INDENT = 1;

/** The text of each file, by its name. */
export function schemaFiles(): Record<string, string> {
  return Object.fromEntries(
    Object.entries(PUBLISHED_SCHEMAS).map(([name, { title, schema, definitions }]) => {
      // code checks the form of ports, and examples describe it
      const { $schema, ...rest } = toJsonSchema(schema, {
        target: 'draft-2020-12',
        ignoreActions: ['check'],
        definitions: { ...definitions },
      });
      return [
        `${name}.json`,
        `${JSON.stringify({ $schema, $id: `${ADDRESS}/${name}.json`, title, ...rest }, undefined, INDENT)}\n`,
      ];
    }),
  );
}

if (require.main === module) {
  fs.mkdirSync(FOLDER, { recursive: true });
  Object.entries(schemaFiles()).forEach(([name, text]) => fs.writeFileSync(path.join(FOLDER, name), text));
}
