/**
 * Every code of a problem is explained, and tripped by a test.
 */
import * as fs from 'fs';
import * as path from 'path';
import { casesOf } from './cases';
import { READ_CODES } from '../../src/manifests/manifest';

const tests = fs.readdirSync(__dirname).filter(file => file.endsWith('.test.ts') && file !== path.basename(__filename)).map(file => fs.readFileSync(path.join(__dirname, file), 'utf8')).join('\n');
const inCases = ['refused', 'ignored'].flatMap(folder => casesOf(folder).flatMap(([, , expected]) => expected.map(each => each.place.split(':')[0])));

test.each(Object.entries(READ_CODES))('%s', (code, explanation) => {
  expect(inCases.includes(code) || new RegExp(`[' ]${code}[' :]`).test(tests)).toBe(true);
  expect(explanation).toMatch(/^(?:[A-Z`]|mesh\.yaml ).{10,160}\.$/);
});

test('cases name no code that does not exist', () => {
  expect(inCases.filter(code => !(code in READ_CODES))).toEqual([]);
});
