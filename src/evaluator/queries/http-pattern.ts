import { HttpRequest } from '../engine/http';

/** Parses `GET /path` or `GET http://host/path`; undefined if it is invalid. */
export function parseHttpRequest(
  text: string,
  headers: HttpRequest['headers'] = {},
): HttpRequest | undefined {
  const match = /^([A-Z]+) (?:https?:\/\/([^/]+))?(\/\S*)$/.exec(text);
  return match ? { method: match[1], host: match[2], path: match[3], headers } : undefined;
}
