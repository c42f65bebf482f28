/**
 * Marks of direction in texts of users. They reorder the text around them on a terminal or page (Unicode Bidirectional
 * Algorithm, UAX #9, Bidi_Control), so a name could look like another one.
 */
const DIRECTIONS = /[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/g;

/** A text whose marks of direction people see: `[U+202E]`. */
export function visibleDirections(text: string): string {
  return text.replace(DIRECTIONS, mark => `[U+${hex(mark).toUpperCase()}]`);
}

/** JSON of the same value without marks of direction. */
export function escapeDirections(json: string): string {
  return json.replace(DIRECTIONS, mark => `\\u${hex(mark)}`);
}

function hex(mark: string): string {
  return mark.charCodeAt(0).toString(16).padStart(4, '0');
}
