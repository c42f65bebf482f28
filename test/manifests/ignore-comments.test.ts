/** Which lines are comments that ignore findings, and which line each is about. */
import { ignoreComments } from '../../src/manifests/ignore-comments';

const found = (text: string) => ignoreComments(text, 'a.yaml').map(({ line, target, text: rest }) => [line, target, rest]);
const I = '# cilium-mesh/ignore:';

test.each<[what: string, text: string, expected: unknown[]]>([
  ['at the end of a line', `a: 1 ${I} code why\n`, [[1, 1, 'code why']]],
  ['on the line above', `${I} code why\na: 1\n`, [[1, 2, 'code why']]],
  ['above other comments and empty lines', `${I} one a\n${I} two b\n\n# more\na: 1\n`, [[1, 5, 'one a'], [2, 5, 'two b']]],
  ['before the first line of a document', `a: 1\n${I} code why\n---\nb: 1\n`, [[2, 4, 'code why']]],
  ['at the end of the file', `a: 1\n${I} code why\n`, [[2, 2, 'code why']]],
  ['with other spaces', 'a: 1 #cilium-mesh/ignore:code   why\t\r\nb: 1\r\n', [[1, 1, 'code   why']]],
  ['with carriage returns only', `a: 1\r${I} code why\rb: 1\r`, [[2, 3, 'code why']]],
  ['in a block of text', `a: |\n  b\n  ${I} code why\nc: 1\n`, []],
  ['in quotes', `a: "b ${I} code why"\n`, []],
  ['in quotes of several lines', `a: "b\n  ${I} code why\n  c"\n`, []],
  ['without a space before the hash', `a: b${I} code why\n`, []],
  ['as an annotation', 'cilium-mesh/ignore: code why\n', []],
  ['in a comment about it', '# see cilium-mesh/ignore: in the manual\n', []],
  ['in invalid YAML', `a: [\n${I} code why\nb: }\n`, [[2, 3, 'code why']]],
  ['after a block of text', `a: |\n  b\n${I} code why\nc: 1\n`, [[3, 4, 'code why']]],
])('%s', (_, text, expected) => {
  expect(found(text)).toEqual(expected);
});
