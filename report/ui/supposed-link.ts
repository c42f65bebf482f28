import type { Suppositions } from '../protocol';

/** What links say of suppositions beside versions and clusters, which have words of their own. */
export type LinkedSuppositions = Omit<Suppositions, 'gone' | 'version'>;

/** The most characters of suppositions in a link: browsers and chats cut longer ones. */
export const MOST_LINKED = 8000;

/** The most suppositions of a kind that a link is read for. */
const MOST_ENTRIES = 200;

/** Suppositions as a word of a link; undefined if there are none, or if they are too long. */
export function writeSuppositions(suppositions: LinkedSuppositions | undefined): string | undefined {
  const text = suppositions && JSON.stringify(withoutEmpty(suppositions));
  return text === undefined || text === '{}' || encodeURIComponent(whole(text)).length > MOST_LINKED ? undefined : text;
}

/** Whether a link lacks what is supposed. */
export function isTooLong(suppositions: LinkedSuppositions | undefined): boolean {
  const isEmpty = !suppositions || Object.keys(withoutEmpty(suppositions)).length === 0;
  return !isEmpty && writeSuppositions(suppositions) === undefined;
}

/** Suppositions of a link. Anybody can write one: what has another shape is left out. */
export function readSuppositions(text: string | undefined): LinkedSuppositions | undefined {
  let value: unknown;
  try {
    value = text === undefined ? undefined : JSON.parse(text);
  } catch {
    return undefined;
  }
  if (!isMap(value)) {
    return undefined;
  }
  const read = withoutEmpty({
    replicas: mapOf(value.replicas, isCount),
    settings: listOf(value.settings).flatMap(each => setting(each) ?? []),
    edited: mapOf(value.edited, isText),
    deleted: listOf(value.deleted).filter(isText),
    added: listOf(value.added).flatMap(each => addition(each) ?? []),
  });
  return Object.keys(read).length === 0 ? undefined : read;
}

/** In the order of the fields, so equal suppositions are equal texts. */
function withoutEmpty({ replicas, settings, edited, deleted, added }: LinkedSuppositions): LinkedSuppositions {
  return {
    ...(replicas && Object.keys(replicas).length > 0 ? { replicas } : {}),
    ...(settings && settings.length > 0 ? { settings } : {}),
    ...(edited && Object.keys(edited).length > 0 ? { edited } : {}),
    ...(deleted && deleted.length > 0 ? { deleted } : {}),
    ...(added && added.length > 0 ? { added } : {}),
  };
}

function setting(value: unknown): NonNullable<LinkedSuppositions['settings']>[number] | undefined {
  return isMap(value) && isText(value.path) && (isText(value.value) || typeof value.value === 'boolean')
    ? { path: value.path, value: value.value, ...(isText(value.cluster) ? { cluster: value.cluster } : {}) }
    : undefined;
}

function addition(value: unknown): NonNullable<LinkedSuppositions['added']>[number] | undefined {
  return isMap(value) && isText(value.cluster) && isText(value.text)
    ? { cluster: value.cluster, text: value.text }
    : undefined;
}

function isMap(value: unknown): value is { readonly [key: string]: unknown } {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isText(value: unknown): value is string {
  return typeof value === 'string';
}

function isCount(value: unknown): value is number {
  return typeof value === 'number' && Number.isInteger(value) && value >= 0 && value <= 999_999;
}

function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value.slice(0, MOST_ENTRIES) : [];
}

function mapOf<T>(value: unknown, is: (each: unknown) => each is T): { readonly [key: string]: T } {
  const entries = isMap(value) ? Object.entries(value).slice(0, MOST_ENTRIES) : [];
  return Object.fromEntries(entries.filter((entry): entry is [string, T] => entry[0] !== '__proto__' && is(entry[1])));
}

/** Half characters cannot be encoded. */
function whole(text: string): string {
  return text.replace(/[\ud800-\udfff]/gu, '\ufffd');
}
