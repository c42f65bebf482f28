import * as v from 'valibot';
import { CHANGE, SERVICE_CHANGE } from './diff';
import type { Structure } from '../../diagnostics/structure';
import { API_VERSION } from '../../model/mesh-file-schema';

/** The kinds of changes of steps, beside those of objects. */
const STEP_CHANGES = [
  'create',
  'install',
  'check',
  'upgrade',
  'copy',
  'patch',
  'enable',
  'connect',
  'disconnect',
  'rotate',
  'load',
] as const;
export type StepChange = (typeof STEP_CHANGES)[number];

const STEP = v.strictObject({
  step: v.string(),
  change: v.picklist(STEP_CHANGES),
  title: v.string(),
  restarts: v.optional(v.string()),
  source: v.optional(
    v.pipe(
      v.strictObject({ document: v.string(), version: v.string(), says: v.string() }),
      v.description("What Cilium's documentation says about the step."),
    ),
  ),
});

const OBJECT = { group: v.string(), kind: v.string(), namespace: v.optional(v.string()), name: v.string() };

const FIELD = v.strictObject({
  path: v.string(),
  before: v.optional(v.pipe(v.unknown(), v.description('Absent for a field that is not set, and in Secrets.'))),
  after: v.optional(v.pipe(v.unknown(), v.description('Absent for a field that is removed, and in Secrets.'))),
});

const CLUSTER = v.strictObject({
  name: v.string(),
  context: v.string(),
  new: v.pipe(v.boolean(), v.description('The cluster does not exist yet.')),
  steps: v.array(STEP),
  added: v.array(v.strictObject(OBJECT)),
  changed: v.array(
    v.strictObject({
      ...OBJECT,
      restarts: v.pipe(v.boolean(), v.description('The pods of the workload are replaced.')),
      fields: v.array(FIELD),
    }),
  ),
  removed: v.array(v.strictObject({ ...OBJECT, uid: v.string() })),
  otherConnections: v.pipe(
    v.array(v.string()),
    v.description('Clusters that its release connects to, and that the mesh file does not name: up leaves them alone.'),
  ),
  leftConnections: v.pipe(
    v.array(v.strictObject({ change: v.picklist(['connect', 'disconnect']), cluster: v.string() })),
    v.description('Connections that up --cluster leaves as they are, because they change clusters at both ends.'),
  ),
  notAsked: v.pipe(v.array(v.string()), v.description('What the clusters could not be asked, and why.')),
});

const PLACE = v.strictObject({ step: v.number(), cluster: v.string(), object: v.strictObject(OBJECT) });

const ORDER = v.strictObject({
  verdict: v.pipe(
    v.picklist(['safe', 'suffering', 'unknown']),
    v.description(
      'safe: no state between the changes denies a flow that is allowed before and after, or allows one that is denied ' +
        'before and after. suffering: the listed flows do. unknown: there are more changes than are judged.',
    ),
  ),
  changes: v.pipe(v.number(), v.description('The number of changes that flows depend on.')),
  steps: v.pipe(
    v.array(
      v.strictObject({ cluster: v.string(), action: v.picklist(['apply', 'remove']), objects: v.array(v.strictObject(OBJECT)) }),
    ),
    v.description('One after the other; empty where no order is needed, so clusters are changed side by side.'),
  ),
  suffering: v.array(
    v.strictObject({
      kind: v.picklist(['interrupted', 'opened']),
      sources: v.array(v.string()),
      destinations: v.array(v.string()),
      ranges: v.array(v.strictObject({ protocol: v.string(), first: v.number(), last: v.number() })),
      after: v.pipe(PLACE, v.description('The change after which it begins.')),
      until: v.optional(v.pipe(PLACE, v.description('The change that ends it. Absent if that is not in the plan.'))),
    }),
  ),
  exhausted: v.pipe(v.boolean(), v.description('All orders were tried, so none avoids the suffering.')),
  judged: v.pipe(v.number(), v.description('The states that were judged.')),
  limit: v.optional(v.pipe(v.number(), v.description('The most changes that are judged, if there are more.'))),
  left: v.pipe(v.array(v.string()), v.description('Clusters with changes that the plan leaves for later.')),
  notKnown: v.pipe(v.array(v.string()), v.description('What the judgement does not know.')),
});

export type PlanJson = Structure<typeof CLUSTER>;

/** `cilium-mesh plan --format json`. */
export const PLAN = v.strictObject({
  apiVersion: API_VERSION,
  command: v.picklist(['up', 'apply', 'rotate']),
  mesh: v.pipe(v.array(STEP), v.description('What changes the mesh as a whole.')),
  upgrade: v.optional(
    v.pipe(
      v.strictObject({
        clusters: v.array(v.strictObject({ name: v.string(), from: v.string(), to: v.string() })),
        flows: v.array(CHANGE),
        services: v.array(SERVICE_CHANGE),
        unknown: v.pipe(v.array(v.string()), v.description('What was not compared.')),
      }),
      v.description('What the upgrades of Cilium change for flows, by the manifests.'),
    ),
  ),
  canary: v.optional(v.pipe(v.string(), v.description('The cluster that is changed and verified before the others.'))),
  stages: v.optional(
    v.pipe(
      v.array(
        v.strictObject({
          action: v.picklist(['change', 'verify']),
          clusters: v.array(v.string()),
          checks: v.pipe(v.array(v.string()), v.description('Clusters whose pre-flight checks pass before.')),
          without: v.pipe(v.array(v.string()), v.description('Clusters that are not connected to the verified one yet.')),
          connections: v.pipe(v.boolean(), v.description('It changes connections too.')),
        }),
      ),
      v.description('With a canary: its change, its verification, and what follows if the answers are as predicted.'),
    ),
  ),
  order: v.pipe(ORDER, v.description('The order in which the manifests are applied, and what flows suffer on the way.')),
  clusters: v.array(CLUSTER),
});
