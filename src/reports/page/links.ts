/**
 * Links into the page of a report. They name endpoints by their references, so they also fit the report of a later
 * version of the same mesh.
 */

/** The part of a link after the file: `#/flow?from=shop/web@paris&to=…&port=TCP/80`. */
export function pageLink(screen: string, words: ReadonlyArray<readonly [name: string, value: string]>): string {
  const query = words.map(([name, value]) => `${name}=${readable(value)}`).join('&');
  return `#/${screen}${query === '' ? '' : `?${query}`}`;
}

/** The explanation of a flow. In a report with `--against` it shows both meshes. */
export function flowLink(flow: { readonly from: string; readonly to: string; readonly port: string }): string {
  return pageLink('flow', [
    ['from', flow.from],
    ['to', flow.to],
    ['port', flow.port],
  ]);
}

/** Encoded, but with the characters of references, which links may contain. */
function readable(value: string): string {
  // half characters cannot be encoded
  const whole = value.replace(/[\ud800-\udfff]/gu, '\ufffd');
  return encodeURIComponent(whole)
    .replace(/%(2F|40|3A|2C)/g, code => decodeURIComponent(code))
    .replace(/[()']/g, character => `%${character.charCodeAt(0).toString(16).toUpperCase()}`);
}
