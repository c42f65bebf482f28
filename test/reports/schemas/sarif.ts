import * as fs from 'fs';
import * as path from 'path';
import Ajv, { ValidateFunction } from 'ajv';

/** Validates SARIF by its official schema, which is of draft 4: only its own address has another name since. */
export function sarifValidator(): ValidateFunction {
  const {
    id,
    $schema: _,
    ...schema
  } = JSON.parse(fs.readFileSync(path.join(__dirname, 'sarif-2.1.0-rtm.5.json'), 'utf8'));
  const ajv = new Ajv({ strict: false, allErrors: true, unicodeRegExp: false });
  ajv.addFormat('uri', isUri);
  ajv.addFormat('uri-reference', text => isUri(new URL(encodedOnly(text), 'file:///').href));
  ajv.addFormat('date-time', true);
  return ajv.compile({ $id: id, ...schema });
}

function isUri(text: string): boolean {
  return /^[a-z][a-z0-9+.-]*:/i.test(text) && encodedOnly(text) === text;
}

/** Fails for what must be percent-encoded (RFC 3986). */
function encodedOnly(text: string): string {
  if (!/^(?:[A-Za-z0-9\-._~:/?#[\]@!$&'()*+,;=]|%[0-9A-Fa-f]{2})*$/.test(text)) {
    throw new Error(`not a URI reference: ${text}`);
  }
  return text;
}
