import { ColorEnvironment, usesColors } from '../../src/cli/colors';

test.each<[environment: ColorEnvironment, onTerminal: boolean, elsewhere: boolean]>([
  [{}, true, false],
  [{ TERM: 'dumb' }, false, false],
  [{ NO_COLOR: '1' }, false, false],
  [{ NO_COLOR: '' }, true, false],
  [{ FORCE_COLOR: '1' }, true, true],
  [{ FORCE_COLOR: 'true', TERM: 'dumb' }, true, true],
  [{ FORCE_COLOR: '0' }, false, false],
  [{ FORCE_COLOR: 'false' }, false, false],
  [{ FORCE_COLOR: '' }, true, false],
  [{ FORCE_COLOR: '1', NO_COLOR: '1' }, true, true],
])('%j', (environment, onTerminal, elsewhere) => {
  expect([usesColors(environment, true), usesColors(environment, false)]).toEqual([onTerminal, elsewhere]);
});
