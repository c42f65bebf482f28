import { EVERY_REQUEST } from './schema';
import { WrittenEntry } from './written-entry';
import { RequestRules } from '../../flows/requests';

/** What `requests:` of an entry says. */
type WrittenRequests = NonNullable<WrittenEntry['requests']>;

/** The rules of each proxy as one text, to compare them; none if every request passes. */
export function writtenRules(requests: WrittenRequests): readonly string[] {
  return requests === EVERY_REQUEST ? [] : proxies(requests).map(rules => sorted(rules).join(' or ')).sort();
}

/** The rules of the proxies of a flow, as `writtenRules` writes them. */
export function rulesOf(sets: readonly RequestRules[]): readonly string[] {
  return sets.map(set => texts(set).join(' or ')).sort();
}

/** The rules of the proxies of a flow, as an entry names them. */
export function formatRules(sets: readonly RequestRules[]): WrittenRequests {
  const lists = sets.map(texts);
  return lists.length === 0 ? EVERY_REQUEST : lists.length === 1 ? lists[0] : lists;
}

function proxies(requests: Exclude<WrittenRequests, typeof EVERY_REQUEST>): ReadonlyArray<readonly string[]> {
  return requests.every(each => typeof each === 'string') ? [requests] : requests.map(each => [each].flat());
}

/** `HTTP GET /api`; rules that the manifests do not decide as they are written there. */
function texts({ protocol, rules, unknown }: RequestRules): string[] {
  const name = protocol.toUpperCase();
  return sorted([...rules.map(rule => `${name} ${rule}`), ...unknown.map(rule => `${name} unknown ${rule}`)]);
}

function sorted(rules: readonly string[]): string[] {
  return [...new Set(rules)].sort();
}
