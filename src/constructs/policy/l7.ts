import { isFqdn, isFqdnPattern } from '../../cilium/dns-names';
import { compileRe2 } from '../../cilium/re2';
import { formatValue } from '../../diagnostics/texts';
import { Refusal, refusal } from '../refusal';

/** A header that a request must have. */
export interface HttpHeaderMatch {
  /** Name of the header. */
  readonly name: string;

  /**
   * The required value.
   * @default - any
   */
  readonly value?: string;
}

/**
 * Allowed HTTP requests. Each property that is set must match the whole of its part of the request. Source:
 * pkg/policy/api/http.go, v1.20.2.
 */
export interface HttpRule {
  /**
   * Regular expression (RE2) for the method, for example `GET|HEAD`.
   * @default - any
   */
  readonly method?: string;

  /**
   * Regular expression (RE2) for the path, for example `/v1/.*`.
   * @default - any
   */
  readonly path?: string;

  /**
   * Regular expression (RE2) for the host header.
   * @default - any
   */
  readonly host?: string;

  /**
   * Headers that a request must have.
   * @default - any
   */
  readonly headers?: HttpHeaderMatch[];
}

/** DNS names whose queries are allowed. Set either `matchName` or `matchPattern`. */
export interface DnsRule {
  /**
   * One name.
   * @default - see matchPattern
   */
  readonly matchName?: string;

  /**
   * A pattern of names: `*` matches any characters except a dot; `*` alone matches all names.
   * @default - see matchName
   */
  readonly matchPattern?: string;
}

/** Finds HTTP and DNS rules that the parser of Cilium refuses. A refused policy enforces nothing. */
export function l7Faults(path: string, http: readonly HttpRule[], dns: readonly DnsRule[]): Refusal[] {
  return [
    ...http.flatMap((rule, index) => emptyHttpRule(`${path}.http[${index}]`, rule)),
    ...http.flatMap((rule, index) =>
      HTTP_PARTS.flatMap(part => {
        const { problem, dispute } = compileRe2(rule[part] ?? '');
        const consequence =
          problem === undefined ? 'Envoy or some versions of Cilium refuse it' : 'Cilium refuses the whole policy';
        return problem !== undefined || dispute !== undefined
          ? [
            refusal('http-regex-invalid', {
              path: `${path}.http[${index}].${part}`,
              message: `invalid regular expression: ${problem ?? dispute}; ${consequence}`,
              got: formatValue(rule[part]),
              allowed: 'a regular expression of RE2',
              fix: 'correct the expression',
            }),
          ]
          : [];
      }),
    ),
    ...dns.flatMap((rule, index) => {
      const names = [rule.matchName, rule.matchPattern].filter(each => each !== undefined && each !== null) as string[];
      const fine = names.length === 1 && (rule.matchName ? isFqdn(names[0]) : isFqdnPattern(names[0]));
      return fine
        ? []
        : [
          refusal('dns-rule-invalid', {
            path: `${path}.dns[${index}]`,
            message:
                'must have either a valid matchName or a valid matchPattern; Cilium refuses the policy otherwise',
            got: formatValue(rule),
            allowed: 'matchName with letters, digits, dashes, underscores and dots, or matchPattern with * too',
            fix: 'correct the rule',
          }),
        ];
    }),
  ];
}

/** The lists of rules that are written and empty. Cilium reads one as no rule, which allows every request. */
export function emptyRules(
  path: string,
  lists: { readonly http?: readonly HttpRule[]; readonly dns?: readonly DnsRule[] },
): Refusal[] {
  return (['http', 'dns'] as const)
    .filter(name => lists[name]?.length === 0)
    .map(name =>
      refusal('list-empty', {
        path: `${path}.${name}`,
        message: `without rules every ${name === 'http' ? 'request' : 'name'} would be allowed`,
        got: '[]',
        allowed: 'at least one rule',
        fix: `name the rules, or remove ${name}`,
      }),
    );
}

/** An empty part means any value to Cilium, so a rule with one allows more than it says. */
function emptyHttpRule(path: string, rule: HttpRule): Refusal[] {
  const { headers } = rule;
  const parts = HTTP_PARTS.filter(part => rule[part] !== undefined && rule[part] !== null);
  const isEmpty = parts.length === 0 && !headers?.length;
  const emptyParts = [
    ...parts.filter(part => rule[part] === ''),
    ...(headers ?? []).flatMap(({ value }, index) => (value === '' ? [`headers[${index}].value`] : [])),
  ];
  return [
    ...(isEmpty || headers?.length === 0
      ? [
        refusal('list-empty', {
          path: isEmpty ? path : `${path}.headers`,
          message: isEmpty ? 'a rule without parts allows every request' : 'an empty list of headers means nothing',
          got: isEmpty ? '{}' : '[]',
          allowed: isEmpty ? 'method, path, host or headers' : 'at least one header',
          fix: isEmpty ? 'name what the requests have, or remove http' : 'name the headers, or remove headers',
        }),
      ]
      : []),
    ...emptyParts.map(part =>
      refusal('http-part-empty', {
        path: `${path}.${part}`,
        message: 'Cilium reads an empty text as any value',
        got: '""',
        allowed: 'a text with at least one character',
        fix: 'correct it, or remove it for any value',
      }),
    ),
    ...(headers ?? []).flatMap(({ name }, index) =>
      isHeaderName(name)
        ? []
        : [
          refusal('http-header-invalid', {
            path: `${path}.headers[${index}].name`,
            message: 'invalid name of a header; Cilium reads the part behind a blank as a value',
            got: formatValue(name),
            allowed: "letters, digits and !#$%&'*+-.^_`|~",
            fix: 'correct the name, and write the value into value',
          }),
        ],
    ),
  ];
}

const HTTP_PARTS = ['method', 'path', 'host'] as const;

/** Whether a text is a token of HTTP (RFC 9110, section 5.6.2). */
function isHeaderName(name: string): boolean {
  return /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/.test(name);
}

/** The rule in the form of the CRDs. */
export function httpRule(rule: HttpRule): any {
  const named = (rule.headers ?? []).filter(({ value }) => value === undefined || value === null);
  const valued = (rule.headers ?? []).filter(header => !named.includes(header));
  return {
    ...(rule.method === undefined ? {} : { method: rule.method }),
    ...(rule.path === undefined ? {} : { path: rule.path }),
    ...(rule.host === undefined ? {} : { host: rule.host }),
    ...(named.length > 0 ? { headers: named.map(({ name }) => name) } : {}),
    ...(valued.length > 0 ? { headerMatches: valued.map(({ name, value }) => ({ name, value })) } : {}),
  };
}
