import { formatTime } from '../../src/observed/reading/time';

describe('formatTime', () => {
  it.each([
    ['1970-01-01T00:00:00Z', 0],
    ['1969-12-31T23:59:59Z', -1],
    ['1969-12-31T00:00:00Z', -86_400_000],
    ['2026-03-20T23:59:59Z', Date.UTC(2026, 2, 20, 23, 59, 59, 999)],
    ['2026-03-21T00:00:00Z', Date.UTC(2026, 2, 21)],
    ['2024-02-29T09:08:07Z', Date.UTC(2024, 1, 29, 9, 8, 7, 6)],
    ['0000-01-01T00:00:00Z', Date.parse('0000-01-01T00:00:00Z')],
    ['9999-12-31T23:59:59Z', Date.parse('9999-12-31T23:59:59Z')],
  ])('writes %s', (text, milliseconds) => {
    expect(formatTime(milliseconds)).toBe(text);
  });

  it('writes what Date writes, in any order of days', () => {
    for (let step = 0; step < 2000; step++) {
      const time = ((step * 7_919_123_457_001) % 4_000_000_000_000) - 1_000_000_000_000;
      expect(formatTime(time)).toBe(`${new Date(time).toISOString().slice(0, 19)}Z`);
    }
  });
});
