/**
 * Every code of the reader is tripped by a test.
 */
import * as fs from 'fs';
import * as path from 'path';
import { casesOf } from './cases';
import { READING_CODES } from '../../src/diagnostics/codes/reading';

const tests = fs.readdirSync(__dirname).filter(file => file.endsWith('.test.ts') && file !== path.basename(__filename)).map(file => fs.readFileSync(path.join(__dirname, file), 'utf8')).join('\n');
const inCases = ['refused', 'ignored'].flatMap(folder => casesOf(folder).flatMap(([, , expected]) => expected.map(each => each.place.split(':')[0])));

test.each(Object.keys(READING_CODES))('%s', code => {
  expect(inCases.includes(code) || new RegExp(`[' ]${code}[' :]`).test(tests)).toBe(true);
});

test('cases name no code that does not exist', () => {
  expect(inCases.filter(code => !(code in READING_CODES))).toEqual([]);
});
