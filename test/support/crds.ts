import * as fs from 'fs';
import * as path from 'path';
import Ajv, { ValidateFunction } from 'ajv';
import { parse } from 'yaml';

const CRDS = path.join(__dirname, '..', '..', 'imports', 'crds');

/**
 * Validators of Cilium's and the MCS-API's objects, by apiVersion and kind. Unknown fields are refused, as the API
 * server does with strict validation.
 */
export const VALIDATORS: ReadonlyMap<string, () => ValidateFunction> = load();

/** What is wrong with an object of a CRD; undefined for objects that are of none. */
export function crdErrors(object: any): string[] | undefined {
  const validate = VALIDATORS.get(`${object.apiVersion} ${object.kind}`)?.();
  if (!validate) {
    return undefined;
  }
  return validate(object)
    ? []
    : validate.errors!.map(error => `${error.instancePath || '/'} ${error.message} ${JSON.stringify(error.params)}`);
}

function load(): Map<string, () => ValidateFunction> {
  const ajv = new Ajv({ strict: false, allErrors: true, validateFormats: false, unicodeRegExp: false });
  const validators = new Map<string, () => ValidateFunction>();
  for (const file of fs
    .readdirSync(CRDS)
    .filter(name => name.endsWith('.yaml'))
    .sort()) {
    const { spec } = parse(fs.readFileSync(path.join(CRDS, file), 'utf8'));
    for (const version of spec.versions) {
      // compiled on first use: no suite needs all
      let validator: ValidateFunction | undefined;
      validators.set(
        `${spec.group}/${version.name} ${spec.names.kind}`,
        () => (validator ??= ajv.compile(closed(version.schema.openAPIV3Schema, true))),
      );
    }
  }
  return validators;
}

/** The schema without room for fields that it does not name. */
function closed(schema: any, root: boolean = false): any {
  if (typeof schema !== 'object' || schema === null) {
    return schema;
  }
  if (Array.isArray(schema)) {
    return schema.map(each => closed(each));
  }
  const result: any = Object.fromEntries(
    Object.entries(schema).map(([key, value]) => [
      key,
      key === 'properties'
        ? Object.fromEntries(
          Object.entries(value as object).map(([name, property]) => [
            name,
            root && name === 'metadata' ? property : closed(property),
          ]),
        )
        : typeof value === 'object'
          ? closed(value)
          : value,
    ]),
  );
  if (
    schema.type === 'object' &&
    schema.properties &&
    schema.additionalProperties === undefined &&
    !schema['x-kubernetes-preserve-unknown-fields']
  ) {
    result.additionalProperties = false;
  }
  return result;
}
