import { escapeDirections, visibleDirections } from '../../src/diagnostics/directions';

// all characters of the property Bidi_Control (Unicode, PropList.txt)
const MARKS = '\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069';

test('marks of direction become visible, and nothing else does', () => {
  expect(visibleDirections('a\u202eb\u061cc\n\u001b[31md\u00e9 \u05d0\u200b')).toBe(
    'a[U+202E]b[U+061C]c\n\u001b[31md\u00e9 \u05d0\u200b',
  );
  expect(visibleDirections(MARKS)).toMatch(/^(\[U\+[0-9A-F]{4}\]){12}$/);
});

test('JSON keeps its value', () => {
  const value = { [MARKS]: [`a${MARKS}`, '\\u202e'] };
  const escaped = escapeDirections(JSON.stringify(value));

  expect(escaped).toMatch(/^[\x20-\x7e]*$/);
  expect(JSON.parse(escaped)).toEqual(value);
});
