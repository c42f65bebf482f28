import { redact } from '../../../src/live/runner/redact';

const KEY =
  '-----BEGIN EC PRIVATE KEY-----\nMHcCAQEEIBYtM2Zr9Gx1vX5wJc6Hn0Lk8Qp4Ts7Uy2Az5Be8Df1oAoGCCqGSM49\n' +
  '-----END EC PRIVATE KEY-----\n';
const encoded = Buffer.from(KEY).toString('base64');
const manifest =
  `apiVersion: v1\ndata:\n  ca.key: ${encoded}\n  pin: ${Buffer.from('1234x').toString('base64')}\nkind: Secret\n` +
  'metadata:\n  name: cilium-ca\n  namespace: kube-system\n';

test.each<[string, string]>([
  ['the object as YAML', `error: cannot create:\n${manifest}`],
  ['the object as JSON', `Error: {"apiVersion":"v1","kind":"Secret","data":{"ca.key":"${encoded}"}}`],
  ['JSON that is cut off', `Error: {"data":{"ca.key":"${encoded.slice(0, 90)}`],
  ['one value', `illegal base64 data at input byte 4: ${encoded}`],
  ['a value in lines', `cannot decode\n${encoded.match(/.{1,64}/g)!.join('\n')}`],
  ['the key itself', `tls: failed to parse\n${KEY}`],
  ['a key that is cut off', `tls: failed to parse\n${KEY.slice(0, 60)}`],
  [
    'bytes as Go prints them',
    `Data:map[string][]uint8{"ca.key":[]uint8{${[...Buffer.from(KEY)].map(byte => `0x${byte.toString(16)}`).join(', ')}}`,
  ],
  ['bytes in decimals', `invalid: [${[...Buffer.from(KEY)].join(' ')}]`],
])('%s is hidden, whoever prints it', (_, text) => {
  const shown = redact(text);
  expect(shown).toContain('(hidden)');
  expect(shown).not.toContain('MHcC');
  expect(shown).not.toContain(encoded.slice(40, 56));
  expect(shown).not.toContain('77, 72');
  expect(shown).not.toContain('0x4d, 0x48');
});

test('what went from process to process is hidden also where it does not look like it: short values, as they are and decoded', () => {
  const shown = redact(
    `bad value "1234x" (${Buffer.from('1234x').toString('base64')}) of pin in cilium-ca, namespace kube-system`,
    { piped: [manifest] },
  );
  expect(shown).toBe('bad value "(hidden)" ((hidden)) of pin in cilium-ca, namespace kube-system');
});

test.each([
  ['as the manifest has it', 'hunter2-pass', 'password "hunter2-pass" is too weak'],
  ['in base64', Buffer.from('hunter2-pass').toString('base64'), 'aHVudGVyMi1wYXNz or hunter2-pass'],
  ['one line of several', 'first line\nhunter2-pass\n', 'cannot parse hunter2-pass'],
  ['escaped', 'hunter"2\tpass', 'invalid: "hunter\\"2\\tpass"'],
])('a value of a Secret that the command read is hidden: %s', (_, value, text) => {
  const shown = redact(text, { values: [value, 'abc'] });
  expect(shown).toContain('(hidden)');
  expect(shown).not.toMatch(/hunter|aHVu|2.{1,2}t?pass/);
});

test('a short value of a Secret is no reason to hide parts of words', () => {
  expect(redact('the API server is not available', { values: ['API', 'a'] })).toBe('the API server is not available');
});

test('a path is not hidden', () => {
  const file = '/Users/Anna/Source/home2/kubernetes/apps/media/plex';
  const text = `lstat ${file}.yaml, ${Buffer.from(KEY).toString('base64')}`;
  expect(redact(text, {}, word => word === file)).toBe(`lstat ${file}.yaml, (hidden)`);
});

test.each([
  [
    'the annotation of kubectl apply',
    String.raw`"last-applied-configuration": "{\"apiVersion\":\"v1\",\"data\":{\"password\":\"aHVudGVyMi1wYXNz\"},\"kind\":\"Secret\"}\n"`,
  ],
  ['escaped twice', String.raw`{\\\"stringData\\\":{\\\"password\\\":\\\"aHVudGVyMi1wYXNz\\\"}}`],
  ['a value with a brace before it', '{"stringData":{"json":"{\\"a\\": \\"}\\"}","password":"aHVudGVyMi1wYXNz"}}'],
])('data inside of a text is hidden: %s', (_, text) => {
  expect(redact(text)).toContain('(hidden)');
  expect(redact(text)).not.toContain('aHVu');
});

test('what is needed to understand a failure is left', () => {
  const text =
    'Error from server (AlreadyExists): error when creating "STDIN": secrets "cilium-ca" already exists\n' +
    'pod clustermesh-apiserver-generate-certs-1a2b3c4d5e-x2x2x in kube-system, image ' +
    'quay.io/cilium/certgen@sha256:de7b97b1d19a34b674d0c4bc1da4db999f04ae355923a9a994ac3a81e1a1b5ff\n' +
    'open dist/mesh/koornacht.values.yaml: no such file or directory\n10.1.0.0/16, 10.2.0.0/16, 172.20.1.0/24';
  expect(redact(text)).toBe(text);
});

test.each(['"data":{', '-----BEGIN A', 'data:\n', '0 ', '0x0,', 'data: map'])('many times %j ends', part => {
  expect(redact('x', { piped: [part.repeat(30_000)], values: [part.repeat(30_000)] })).toBe('x');
  expect(typeof redact(part.repeat(30_000))).toBe('string');
});
