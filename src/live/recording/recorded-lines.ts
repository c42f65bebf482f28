import { unwrap } from '../../observed/reading/envelopes';
import { Redactor } from '../../observed/redaction/redactor';

/** What was recorded of a cluster until now. */
export interface RecordedCounts {
  /** Records of flows. */
  records: number;
  /** Events that Hubble lost. */
  lost: number;
  readonly nodes: Set<string>;
  /** Nodes that Hubble Relay could not ask. */
  readonly unavailable: Set<string>;
  /** Times of the first and the last record, as Hubble wrote them. */
  first?: string;
  last?: string;
}

export function newCounts(): RecordedCounts {
  return { records: 0, lost: 0, nodes: new Set(), unavailable: new Set() };
}

/** The most nodes whose names are kept. */
const MOST_NODES = 20_000;

/**
 * The lines of a recording from those that `hubble observe` prints. Headers of requests, and queries and credentials in
 * URLs, are never kept, and so is no summary, which repeats them; with a redactor, much more is not.
 */
export class RecordedLines {
  constructor(
    public readonly counts: RecordedCounts,
    private readonly redactor: Redactor | undefined,
  ) {}

  /** The line to write, without its newline; undefined for what is no record. */
  public read(line: string): string | undefined {
    if (line.startsWith('{"flow":')) {
      this.countFlow(line);
      return this.redactor || MAY_BE_SECRET.test(line) ? this.rewrite(line) : line.trimEnd();
    }
    const value: unknown = line.startsWith('{') ? parse(line) : undefined;
    if (value === undefined) {
      return undefined;
    }
    let isKnown = false;
    unwrap(value, item => {
      isKnown ||= item.kind === 'lost' || item.kind === 'node-status' || item.kind === 'flow';
      if (item.kind === 'lost') {
        this.counts.lost += item.count;
      } else if (item.kind === 'node-status' && /UNAVAILABLE|ERROR/.test(item.state)) {
        item.nodes.forEach(node => add(this.counts.unavailable, node));
      } else if (item.kind === 'flow') {
        this.counts.records++;
      }
    });
    return isKnown ? this.rewrite(line) : undefined;
  }

  private countFlow(line: string): void {
    this.counts.records++;
    const [, node, time] = END.exec(line.slice(-500)) ?? [];
    if (node !== undefined) {
      add(this.counts.nodes, node);
      this.counts.first ??= time;
      this.counts.last = time;
    }
  }

  private rewrite(line: string): string | undefined {
    const value = parse(line);
    if (value === undefined) {
      return undefined;
    }
    if (!this.redactor) {
      return JSON.stringify(withoutSecrets(value));
    }
    let text: string | undefined;
    unwrap(value, item => {
      const redacted = this.redactor!.redact(item);
      text = redacted && JSON.stringify(redacted);
    });
    return text;
  }
}

/** The end of what Hubble prints for a flow (`GetFlowsResponse`, api/v1/observer/observer.proto). */
const END = /"node_name":"([^"]*)","time":"([^"]*)"\}\s*$/;

/** A request with headers, or with an URL that has a query or credentials; and a summary, which repeats the URL. */
const MAY_BE_SECRET = /"Summary":|"headers":\[|"url":"[^"]*[?@#]/;

function parse(line: string): any {
  try {
    return JSON.parse(line);
  } catch {
    return undefined;
  }
}

function withoutSecrets(response: any): unknown {
  if (typeof response.flow !== 'object' || response.flow === null) {
    return response;
  }
  const { Summary: _, ...flow } = response.flow;
  const http = flow.l7?.http;
  if (typeof http !== 'object' || http === null) {
    return { ...response, flow };
  }
  const { headers, url, ...rest } = http;
  const kept = { ...rest, ...(typeof url === 'string' ? { url: withoutQuery(url) } : {}) };
  return { ...response, flow: { ...flow, l7: { ...flow.l7, http: kept } } };
}

/** An URL without query, fragment and credentials. */
function withoutQuery(url: string): string {
  return url.replace(/[?#].*$/s, '').replace(/^([a-z][a-z0-9+.-]*:)?\/\/[^/]*@/i, '$1//');
}

function add(names: Set<string>, name: string): void {
  if (names.size < MOST_NODES) {
    names.add(name);
  }
}
