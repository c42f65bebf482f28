import { CoveredTime } from '../../src/observed/flows/covered-time';

const HOUR = 3_600_000;

/** The gaps between records at these hours, in hours. */
function gaps(...hours: readonly number[]): number[][] {
  const covered = new CoveredTime();
  hours.forEach(hour => covered.add(hour * HOUR));
  return covered.gaps().map(({ first, last }) => [first / HOUR, last / HOUR]);
}

test('a recording without times, of one hour and of each hour has no gaps', () => {
  expect([gaps(), gaps(7), gaps(7.1, 7.9), gaps(1, 2.5, 3, 4)]).toEqual([[], [], [], []]);
});

test('a night is a gap of a day, not of a month', () => {
  const day = [8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19];
  expect(gaps(...day, ...day.map(hour => hour + 24))).toEqual([[20, 32]]);
  expect(gaps(...Array.from({ length: 30 }, (_, each) => day.map(hour => hour + 24 * each)).flat())).toEqual([]);
});

test('a closed weekend, and a clock of another year', () => {
  const open = [0, 1, 2, 3, 4, 7].flatMap(each => Array.from({ length: 24 }, (_, hour) => 24 * each + hour));
  expect(gaps(...open)).toEqual([[120, 168]]);
  expect(gaps(100_000, 100_001, 900_000)).toEqual([[100_002, 900_000]]);
});

test('the order of records and times within an hour do not matter', () => {
  expect(gaps(9.9, 0.2, 9.1, 0.8)).toEqual([[1, 9]]);
});

test('the longest five, in their order', () => {
  expect(gaps(0, 10, 21, 33, 46, 60, 75)).toEqual([[11, 21], [22, 33], [34, 46], [47, 60], [61, 75]]);
});
