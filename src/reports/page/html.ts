/** Text as HTML, also in quoted attributes. Control characters become spaces, and marks of direction visible. */
export function escapeHtml(text: string): string {
  return text
    .replace(/[&<>"']/g, character => ENTITIES[character])
    .replace(CONTROLS, ' ')
    .replace(DIRECTIONS, character => `[U+${character.charCodeAt(0).toString(16).toUpperCase()}]`);
}

const ENTITIES: { readonly [character: string]: string } = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

// eslint-disable-next-line no-control-regex
const CONTROLS = /[\u0000-\u001f\u007f-\u009f]/g;

/** They would reorder the text around them (Unicode Bidirectional Algorithm). */
const DIRECTIONS = /[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/g;
