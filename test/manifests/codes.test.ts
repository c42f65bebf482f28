/**
 * Every code of the reader is tripped by a test.
 */
import { EXPECTED } from './cases';
import { READING_CODES } from '../../src/diagnostics/codes/reading';

test('every code of the reader is tripped by a case', () => {
  const tripped = new Set(Object.values(EXPECTED).flatMap(each => each.map(({ code }) => code)));
  expect(Object.keys(READING_CODES).filter(code => !tripped.has(code as keyof typeof READING_CODES))).toEqual([]);
});
