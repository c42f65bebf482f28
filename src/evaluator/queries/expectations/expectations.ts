import { writtenRules } from './request-rules';
import { ALL_PORTS, EXPECTATIONS_FILE } from './schema';
import { Codes } from '../../../diagnostics/diagnostic';
import { isMap } from '../../../diagnostics/is-map';
import { formatPath, Structure, structureFaults } from '../../../diagnostics/structure';
import { PortRange } from '../../flows/port-range';
import { Request } from '../../flows/request';
import { parseHttpRequest } from '../http-pattern';
import { parsePortPattern } from '../port-pattern';

/** What the comparison of a mesh with expectations reports. */
export const EXPECTATION_CODES = {
  'expectation-unmet': {
    severity: 'error',
    title: 'Unmet expectation',
    documentation: 'A flow has another verdict than the file of `--expect` says.',
    fix: 'Correct the policies or the expectation. `cilium-mesh explain FROM TO` shows the rules that decide.',
  },
  'expectation-unused': {
    severity: 'error',
    title: 'Expectation about no flow',
    documentation:
      'An entry of the file of `--expect`, or its default, decides no flow: it selects nothing, or later entries are ' +
      'about all of its flows.',
    fix: 'Correct the names, move the entry behind those that replace it, or remove it.',
  },
} as const satisfies Codes;

/** Where several entries are about a flow, the last one counts. */
export interface Expectations {
  readonly default?: 'allowed' | 'denied';
  readonly flows: readonly ExpectedFlow[];
}

/** One entry. */
export interface ExpectedFlow extends Omit<WrittenFlow, 'from' | 'to' | 'ports' | 'http' | 'requests'> {
  readonly from: readonly string[];
  readonly to: readonly string[];
  /** `all` for all ports of all protocols; undefined for those that destinations declare. */
  readonly ports?: readonly PortRange[] | typeof ALL_PORTS;
  readonly http?: string;
  readonly request?: Request;
  /** The rules of each proxy, as `rulesOf` writes them; none if every request passes. */
  readonly requests?: readonly string[];
  /** Where it is written. */
  readonly path: string;
}

type WrittenFlow = NonNullable<Structure<typeof EXPECTATIONS_FILE>['flows']>[number];

/** Something wrong with the expectations themselves, or one that does not hold. */
export interface ExpectationProblem {
  /** Undefined for problems with the structure of the file. */
  readonly code?: keyof typeof EXPECTATION_CODES;
  readonly path: string;
  readonly message: string;
  readonly fix: string;
}

/** Reads expectations; everything that is wrong with them at once. */
export function readExpectations(value: unknown): {
  readonly expectations: Expectations;
  readonly problems: readonly ExpectationProblem[];
} {
  const faults = structureFaults(EXPECTATIONS_FILE, value);
  const problems = faults.map(({ kind, path, message, got, allowed, fix }): ExpectationProblem => ({
    path: formatPath(path),
    message: kind === 'invalid' ? `${message}, got ${got}` : message,
    fix: kind === 'unknown' ? `${fix}; the fields are ${allowed}` : fix,
  }));
  const { default: verdict, flows } = (isMap(value) ? value : {}) as Partial<Structure<typeof EXPECTATIONS_FILE>>;
  const entries = (Array.isArray(flows) ? flows : []).flatMap((flow, index): ExpectedFlow[] => {
    const path = `flows[${index}]`;
    if (faults.some(fault => fault.path[0] === 'flows' && fault.path[1] === index)) {
      return [];
    }
    problems.push(...meaningProblems(flow, path));
    return [readEntry(flow, path)];
  });
  if (faults.length === 0 && verdict === undefined && entries.length === 0) {
    problems.push(nothingExpected(flows !== undefined));
  }
  return { expectations: { default: verdict, flows: entries }, problems };
}

/** A file that lost its entries must not pass. */
function nothingExpected(isWritten: boolean): ExpectationProblem {
  return {
    path: isWritten ? 'flows' : '',
    message: `flows ${isWritten ? 'has no entries' : 'is missing'}, and there is no default: every mesh would pass`,
    fix:
      'write entries with from, to and verdict, or default: denied; ' +
      'cilium-mesh check --write-expectations FILE writes the verdicts of today',
  };
}

/** What an entry of a valid structure says that has no meaning. */
function meaningProblems(flow: WrittenFlow, path: string): ExpectationProblem[] {
  const problems: ExpectationProblem[] = [];
  const { verdict, egress, ingress, requests, backends } = flow;
  if ([verdict, egress, ingress, requests, backends].every(each => each === undefined)) {
    problems.push({ path, message: `${path} has no verdict`, fix: 'write verdict: allowed or verdict: denied' });
  }
  const to = [flow.to].flat();
  const ofFlows = (['egress', 'ingress', 'requests'] as const).find(field => flow[field] !== undefined);
  if (ofFlows && to.some(text => text.startsWith('svc/'))) {
    problems.push({
      path: `${path}.${ofFlows}`,
      message: `${path}.${ofFlows}: a service has no policies, so there is only one verdict`,
      fix: 'write verdict, or name the workloads behind the service',
    });
  }
  if (backends && !to.every(text => text.startsWith('svc/'))) {
    problems.push({
      path: `${path}.backends`,
      message: `${path}.backends: only services have backends`,
      fix: 'write svc/namespace/name in to:, or remove backends',
    });
  }
  if (flow.http !== undefined && (requests ?? backends) !== undefined) {
    const field = requests ? 'requests' : 'backends';
    problems.push({
      path: `${path}.${field}`,
      message: `${path}.${field}: http is about one request only`,
      fix: `write an entry for http, and another one for ${field}`,
    });
  }
  return problems;
}

/** An entry whose structure is valid. */
function readEntry({ from, to, ports, http, requests, ...flow }: WrittenFlow, path: string): ExpectedFlow {
  const texts = ports === undefined ? undefined : [ports].flat().map(String);
  return {
    ...flow,
    from: [from].flat(),
    to: [to].flat(),
    ports: texts?.includes(ALL_PORTS) ? ALL_PORTS : texts?.flatMap(text => parsePortPattern(text)!),
    ...(requests === undefined ? {} : { requests: writtenRules(requests) }),
    ...(http === undefined ? {} : { http, request: { kind: 'http', http: parseHttpRequest(http)! } }),
    path,
  };
}
