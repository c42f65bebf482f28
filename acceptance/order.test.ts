/**
 * The order of a change, with real API servers, kubectl and rollouts: what clusters have between any two commands is
 * observed, and the evaluator decides every flow of it. No flow that is allowed before and after is denied on the way,
 * and none that is denied before and after is allowed.
 */
import { eventually } from './support/commands';
import { deleteClusters, Lab } from './support/lab';
import { Observation, ObservedState } from './support/observed-states';
import { CLUSTERS, createTwoClusters, meshOf } from './support/two-clusters';
import { evaluate, matrix } from '../src/evaluator';
import { Workload } from '../src/evaluator/read/workload';

beforeAll(createTwoClusters);

afterAll(deleteClusters);

const workload = (app: string, labels = '') =>
  `{apiVersion: apps/v1, kind: Deployment, metadata: {name: ${app}, namespace: NAMESPACE}, spec: {selector: ` +
  `{matchLabels: {app: ${app}}}, template: {metadata: {labels: {app: ${app}${labels}}}, spec: {containers: ` +
  `[{name: c, image: "${app}:1", ports: [{containerPort: 80}]}]}}}}`;
const policy = (name: string, app: string, spec: string) =>
  `{apiVersion: cilium.io/v2, kind: CiliumNetworkPolicy, metadata: {name: ${name}, namespace: NAMESPACE}, ` +
  `spec: {endpointSelector: {matchLabels: {app: ${app}}}, ${spec}}}`;
const peer = (labels: string) => `{matchLabels: {k8s:io.cilium.k8s.policy.cluster: ${labels}}}`;
const toB = (app: string) => policy('egress', 'web', `egress: [{toEndpoints: [${peer(`b, app: ${app}`)}]}]`);
const from = (name: string, labels: string) =>
  policy(name, 'api', `ingress: [{fromEndpoints: [${peer(`a, ${labels}`)}]}]`);

/** The objects of both clusters, before and after. */
interface Change {
  readonly a: readonly string[];
  readonly b: readonly string[];
}

const SERVERS = [workload('api'), workload('db')];

test.each<[string, string, Change, Change, string, boolean]>([
  [
    'a policy is replaced by one of another name: the new one comes before the old one goes',
    'renamed',
    { a: [workload('web')], b: [...SERVERS, from('old', 'app: web')] },
    { a: [workload('web')], b: [...SERVERS, from('new', 'app: web'), policy('rest', 'api', 'ingress: [{}]')] },
    'web@a -> api@b',
    true,
  ],
  [
    'one cluster closes a flow before the other one opens its half',
    'halves',
    { a: [workload('web'), toB('db')], b: SERVERS },
    { a: [workload('web'), toB('api')], b: [...SERVERS, policy('closed', 'api', 'ingress: [{}]')] },
    'web@a -> api@b',
    false,
  ],
  [
    'pods get another label: the policy that selects it comes before them, and the old one goes when they have ended',
    'labels',
    { a: [workload('web', ', team: red')], b: [...SERVERS, from('red', 'team: red')] },
    { a: [workload('web', ', team: blue')], b: [...SERVERS, from('blue', 'team: blue')] },
    'web@a -> api@b',
    true,
  ],
])('%s', async (_, namespace, before, after, flow, isAllowed) => {
  const lab = new Lab({});
  const write = (change: Change) => lab.write(meshOf(namespace, cluster => change[cluster]));
  const apply = async (env: NodeJS.ProcessEnv = {}) => {
    const args = ['apply', '--yes', '--ignore-findings', '--apply-set', namespace];
    const { status, out, err } = await lab.program(args, { env });
    expect([status, out, err]).toEqual([0, '', expect.stringContaining('done in ')]);
  };
  const observation = new Observation(CLUSTERS, namespace);
  const apps = (change: Change) => [...change.a, ...change.b].filter(each => each.includes('kind: Deployment')).length;
  const settled = async (change: Change) => {
    await eventually(async () => {
      const state = await observation.now();
      const pods = CLUSTERS.flatMap(name => [...state[name].values()].filter(({ kind }) => kind === 'Pod'));
      expect(pods).toHaveLength(apps(change));
    });
    return observation.now();
  };
  write(before);
  await apply();
  const first = await settled(before);
  write(after);
  await apply(await observation.env());
  const last = await settled(after);

  const states = [...observation.since(first), last];
  const [start, end] = [flowsOf(first), flowsOf(last)];
  expect([start.get(flow), end.get(flow)]).toEqual([isAllowed, isAllowed]);
  expect(brokenFlows(states, start, end)).toEqual([]);
  // some change alone breaks it: the order matters
  expect(brokenFlows(singleChanges(first, last), start, end)).not.toEqual([]);
});

/** The states in which one policy is as after the change, and everything else as before. */
function singleChanges(first: ObservedState, last: ObservedState): ObservedState[] {
  return CLUSTERS.flatMap(name =>
    [...new Set([...first[name].keys(), ...last[name].keys()])]
      .filter(key => key.startsWith('CiliumNetworkPolicy '))
      .map(key => {
        const objects = new Map(first[name]);
        if (last[name].has(key)) {
          objects.set(key, last[name].get(key));
        } else {
          objects.delete(key);
        }
        return { ...first, [name]: objects };
      }),
  );
}

/** Flows of states that break the law: other than both before and after. */
function brokenFlows(
  states: readonly ObservedState[],
  start: ReadonlyMap<string, boolean>,
  end: ReadonlyMap<string, boolean>,
): string[] {
  const broken = states.flatMap(state =>
    [...flowsOf(state)].flatMap(([flow, isAllowed]) =>
      start.get(flow) === end.get(flow) && start.has(flow) && isAllowed !== start.get(flow)
        ? [`${flow} ${isAllowed ? 'opened' : 'interrupted'}`]
        : [],
    ),
  );
  return [...new Set(broken)].sort();
}

/** Whether each flow between pods is allowed on the port of the server; pods of one application are one end. */
function flowsOf(state: ObservedState): ReadonlyMap<string, boolean> {
  const clusters = CLUSTERS.map((name, index) => ({
    name,
    id: index + 1,
    manifests: [{ file: name, objects: [...state[name].values()] }],
  }));
  const { mesh } = evaluate({ clusters });
  const flows = new Map<string, boolean>();
  const nameOf = ({ name, cluster }: Workload) =>
    `${name.split('-')[0]}@${cluster}`;
  for (const { source, destination, verdict } of matrix(mesh)) {
    const flow = `${nameOf(source)} -> ${nameOf(destination)}`;
    flows.set(flow, (flows.get(flow) ?? true) && verdict === 'allowed');
  }
  return flows;
}
