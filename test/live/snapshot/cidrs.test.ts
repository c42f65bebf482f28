import { mergeCidrs } from '../../../src/live/snapshot/cidrs';

test.each<[string, string[], string[]]>([
  ['equal blocks', ['10.0.0.0/24', '10.0.0.0/24'], ['10.0.0.0/24']],
  ['halves', ['10.0.0.0/25', '10.0.0.128/25'], ['10.0.0.0/24']],
  ['neighbours that are no halves', ['10.0.1.0/24', '10.0.2.0/24'], ['10.0.1.0/24', '10.0.2.0/24']],
  ['halves of halves', ['10.0.0.0/24', '10.0.1.0/24', '10.0.2.0/24', '10.0.3.0/24'], ['10.0.0.0/22']],
  ['a block within another', ['10.0.0.0/16', '10.0.7.0/24'], ['10.0.0.0/16']],
  ['IPv6', ['fd00::/65', 'fd00:0:0:0:8000::/65'], ['fd00::/64']],
  ['texts that are no blocks', ['web', '10.0.0.0/24'], ['10.0.0.0/24']],
])('%s', (_, blocks, merged) => {
  expect(mergeCidrs(blocks)).toEqual(merged);
});
