/**
 * The recorded answers of Cilium's engine, against all that the program does: manifests and Helm values in, verdicts
 * out.
 */
import * as fs from 'fs';
import * as path from 'path';
import { hasOneNamespaceEach, meshOfCase } from './case-mesh';
import { HttpRequest } from '../../src/evaluator/engine/http';
import { ENDPOINT_ENTITIES } from '../../src/evaluator/flows/endpoint';
import { decideFlow, EndpointDecision } from '../../src/evaluator/flows/flow';
import { decideRequest } from '../../src/evaluator/flows/request';
import { allFlows, Case, compact, RECORDED_FLOWS } from '../../test-support/judge';

const FOLDER = path.join(__dirname, 'recorded');
const FILE = /^cilium-1\.(\d+)\.\d+\.jsonl$/;

const REQUESTS = { allowed: 'a', denied: 'd', unknown: '?' };

/** The judge's words: for a policy that cannot be computed, and for what becomes of a request. */
function said(decided: EndpointDecision, http: HttpRequest | undefined): string {
  // the judge decides no authentication
  const decision = decided.authenticated ?? decided;
  const request = http && decideRequest(decision, { kind: 'http', http: { method: '', path: '', host: '', ...http } });
  return decision.verdict === 'failed' ? 'error' : `${decision.verdict}${request ? `+http:${REQUESTS[request]}` : ''}`;
}

/**
 * Ends that only the judge can be asked about: nodes of no known cluster with addresses of their own, or without labels
 * where nodes have some, addresses with further labels, the world of one family, and with both families somebody with
 * the label of the world itself, since addresses are of one of them.
 */
const exists = ({ config, clusters, endpoints }: Case, id: string) => {
  const end = endpoints.find(each => each.id === id)!;
  const configs = [config, ...clusters.map(each => each.config)];
  const dualStack = configs.some(each => each?.enableIPv6 && each.enableIPv4 !== false);
  const nodesHaveLabels = configs.some(each => each?.enableNodeSelectorLabels);
  const isNodeOfNoCluster =
    (end.entity === 'host' || end.entity === 'remote-node') && end.cluster === undefined;
  const known = end.entity === undefined || (ENDPOINT_ENTITIES as readonly string[]).includes(end.entity);
  return (
    known &&
    !(isNodeOfNoCluster && (end.ip !== undefined || nodesHaveLabels)) &&
    end.extraLabels === undefined &&
    !(end.entity === 'world' && dualStack)
  );
};

describe.each(fs.readdirSync(FOLDER).filter(file => FILE.test(file)))('%s', file => {
  const minor = Number(FILE.exec(file)![1]);
  const cases = fs
    .readFileSync(path.join(FOLDER, file), 'utf8')
    .trimEnd()
    .split('\n')
    .map(line => JSON.parse(line) as { question: Case; answer: { verdicts: string } })
    .filter(({ question }) => hasOneNamespaceEach(question));

  test('has enough meshes', () => {
    expect(cases.length).toBeGreaterThan(50);
  });

  test.each(cases.map((each, index) => [index + 1, each] as const))('mesh %i', (_, { question, answer }) => {
    const { mesh, endpoints } = meshOfCase(question, minor);
    const flows = allFlows(question.endpoints, question.ports!, RECORDED_FLOWS)
      .map((flow, index) => ({ flow, theirs: answer.verdicts.slice(2 * index, 2 * index + 2) }))
      .filter(({ flow }) => exists(question, flow.src) && exists(question, flow.dst));
    // the judge decides at a cluster's own host, not at its other nodes
    const isOtherNode = (id: string) => question.endpoints.find(each => each.id === id)!.entity === 'remote-node';
    const ours = flows.map(({ flow }) => {
      const { egress, ingress } = decideFlow(mesh, endpoints.get(flow.src)!, endpoints.get(flow.dst)!, flow);
      const source = isOtherNode(flow.src) ? 'outside' : said(egress, flow.http);
      const destination = isOtherNode(flow.dst) ? 'outside' : said(ingress, flow.http);
      return `${flow.src} -> ${flow.dst} ${flow.protocol}/${flow.port} ${compact([`${source} / ${destination}`])}`;
    });
    expect(ours).toEqual(
      flows.map(({ flow, theirs }) => `${flow.src} -> ${flow.dst} ${flow.protocol}/${flow.port} ${theirs}`),
    );
  });
});
