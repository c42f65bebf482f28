/** base64 without Node.js, beside Node.js' own. */
import * as fc from 'fast-check';
import { decodeBase64, isBase64 } from '../../src/manifests/go-yaml/base64';

const buffer = (text: string) => Buffer.from(text, 'base64').toString('utf8');

test('bytes of any kind are decoded as Buffer decodes them', () => {
  fc.assert(
    fc.property(
      fc.uint8Array({ maxLength: 40 }),
      fc.constantFrom<BufferEncoding>('base64', 'base64url'),
      (bytes, encoding) => {
        const text = Buffer.from(bytes).toString(encoding);
        return decodeBase64(text) === buffer(text);
      },
    ),
    { numRuns: 2000 },
  );
});

test.each(['', '77u/YQ==', 'gA==', '8J+YgA==', '7aCA', 'YQ', 'Y', 'YQ=', 'Y Q\n=\t=', 'YWJj!ZGVm', 'ä', '='])(
  '%j',
  text => {
    expect(decodeBase64(text)).toBe(buffer(text));
  },
);

test('text with other characters is decoded as Buffer decodes it', () => {
  const characters = fc.constantFrom(...'AZaz09+/-_ \n!:é');
  fc.assert(
    fc.property(fc.string({ unit: characters, maxLength: 20 }), text => decodeBase64(text) === buffer(text)),
    { numRuns: 2000 },
  );
});

test('base64 is what four characters and a padding make', () => {
  const pattern = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/;
  fc.assert(
    fc.property(
      fc.string({ unit: fc.constantFrom(...'Az0+/==-\n'), maxLength: 12 }),
      text => isBase64(text) === pattern.test(text),
    ),
    { numRuns: 5000 },
  );
  expect(isBase64('A'.repeat(4_000_000))).toBe(true);
});
