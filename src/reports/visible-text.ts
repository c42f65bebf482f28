import { visibleDirections } from '../diagnostics/directions';

/** Text of users in one line: control characters are spaces, and marks of direction are visible. */
export function visibleText(text: string): string {
  return visibleDirections(text.replace(CONTROLS, ' '));
}

// eslint-disable-next-line no-control-regex
const CONTROLS = /[\u0000-\u001f\u007f-\u009f\u2028\u2029]/g;
