import { visibleText } from '../visible-text';

/** Text as HTML, also in quoted attributes. Control characters become spaces, and marks of direction visible. */
export function escapeHtml(text: string): string {
  return visibleText(text.replace(/[&<>"']/g, character => ENTITIES[character]));
}

const ENTITIES: { readonly [character: string]: string } = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};
