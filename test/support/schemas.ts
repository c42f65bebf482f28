import * as fs from 'fs';
import * as path from 'path';
import Ajv, { ValidateFunction } from 'ajv/dist/2020';

const FOLDER = path.join(__dirname, '..', '..', 'schemas');
const validators = new Map<string, ValidateFunction>();

/** What is wrong with a value by one of the published JSON Schemas: its faults, each with its place; none is `[]`. */
export function schemaFaults(schema: string, value: unknown): string[] {
  const validate =
    validators.get(schema) ??
    new Ajv({ allErrors: true }).compile(JSON.parse(fs.readFileSync(path.join(FOLDER, `${schema}.json`), 'utf8')));
  validators.set(schema, validate);
  return validate(value) ? [] : validate.errors!.map(({ instancePath, message }) => `${instancePath}: ${message}`);
}
