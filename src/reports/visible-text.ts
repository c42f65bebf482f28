/** Text of users in one line: control characters are spaces, and marks of direction are visible. */
export function visibleText(text: string): string {
  return text
    .replace(CONTROLS, ' ')
    .replace(DIRECTIONS, character => `[U+${character.charCodeAt(0).toString(16).toUpperCase()}]`);
}

// eslint-disable-next-line no-control-regex
const CONTROLS = /[\u0000-\u001f\u007f-\u009f\u2028\u2029]/g;

/** They would reorder the text around them (Unicode Bidirectional Algorithm). */
const DIRECTIONS = /[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/g;
