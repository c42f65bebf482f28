import { objectJson } from './object-json';
import { orderJson, orderParts, orderRecords } from './plan-order';
import { diffReport, flowChangeJson } from '../../reports/diff';
import { serviceChangeJson } from '../../reports/diff-service';
import { Inline, Part, Report, Tone } from '../../reports/report';
import { counted } from '../../reports/words';
import { Citation, formatCitation } from '../plans/citation';
import { FieldChange, formatPath } from '../plans/field-changes';
import { isOlder } from '../plans/installation';
import { formatObject } from '../plans/live-object';
import { ClusterPlan, isEmptyPlan, MeshPlan, planCounts, UpgradeEffect } from '../plans/mesh-plan';
import { ChangedObject, Unvalidated } from '../plans/object-changes';
import { Step, StepChange } from '../plans/plan';

/** The commands that show a plan. */
export type PlannedCommand = 'up' | 'apply' | 'rotate';

/** `cilium-mesh plan`: what a command would do. */
export function planReport(plan: MeshPlan, command: PlannedCommand): Report {
  const items = () => plan.clusters.map(clusterJson);
  return {
    title: command === 'up' ? 'plan' : `plan ${command}`,
    parts: () => planParts(plan),
    document: {
      field: 'clusters',
      more: {
        command,
        mesh: plan.steps.map(stepJson),
        ...(plan.canary === undefined ? {} : { canary: plan.canary.name, stages: canaryStages(plan) }),
        order: orderJson(plan.order),
        ...(plan.upgrade ? { upgrade: upgradeJson(plan.upgrade) } : {}),
      },
      items,
    },
    records: {
      columns: ['cluster', 'action', 'what', 'fields'],
      items: () => [
        ...plan.steps.map(step => ({ cluster: '', action: step.change, what: step.title, fields: '' })),
        ...plan.clusters.flatMap(clusterRecords),
        ...orderRecords(plan.order),
      ],
    },
  };
}

function planParts(plan: MeshPlan): Part[] {
  if (isEmptyPlan(plan)) {
    return [line('Nothing to change.'), ...plan.clusters.flatMap(each => [...unaskedParts(each), ...connectionParts(each)])];
  }
  const cited = new Set<Citation>();
  return [
    ...canaryParts(plan),
    ...inOrderOfChange(plan).flatMap((cluster): Part[] => {
      const parts = clusterParts(cluster, cited);
      const title = [{ text: cluster.name, tone: 'strong' as const }, ` (${cluster.context})`];
      return parts.length === 0 ? [] : [{ kind: 'section', title, parts }];
    }),
    ...(plan.steps.length === 0
      ? []
      : [
        {
          kind: 'section' as const,
          title: [{ text: 'the mesh', tone: 'strong' as const }],
          parts: plan.steps.flatMap(step => stepParts(step, cited)),
        },
      ]),
    ...(plan.upgrade ? upgradeParts(plan.upgrade) : []),
    ...orderParts(plan.order),
    line(summary(plan)),
  ];
}

/** The clusters in the order in which they are shown: the canary is the first one that changes. */
function inOrderOfChange({ clusters, canary }: MeshPlan): ClusterPlan[] {
  const isFirst = ({ name }: ClusterPlan) => name === canary?.name;
  return [...clusters.filter(isFirst), ...clusters.filter(each => !isFirst(each))];
}

/** What comes before the canary is verified, what is verified, and what comes after. */
function canaryParts(plan: MeshPlan): Part[] {
  return canaryStages(plan).map(({ action, clusters, checks, without, connections }, index) => {
    const names = clusters.join(', ');
    const text =
      action === 'verify'
        ? `verify the flows from and to ${names}${without.length > 0 ? `, without ${without.join(', ')}: not connected yet` : ''}`
        : index === 0
          ? `${names} alone${checks.length > 0 ? `, after the pre-flight checks of ${checks.join(', ')}` : ''}`
          : `${[...clusters, ...(connections ? ['the connections'] : [])].join(', ')}, only if the answers are as predicted`;
    return line(`stage ${index + 1}: ${text}`);
  });
}

/** A stage of a plan with a canary. */
interface CanaryStage {
  readonly action: 'change' | 'verify';
  readonly clusters: readonly string[];
  /** Clusters whose pre-flight checks pass before. */
  readonly checks: readonly string[];
  /** Clusters that are not connected to the verified one yet. */
  readonly without: readonly string[];
  /** It changes connections too. */
  readonly connections: boolean;
}

function canaryStages({ clusters, canary, steps }: MeshPlan): CanaryStage[] {
  if (!canary) {
    return [];
  }
  const { name: first, unconnected } = canary;
  const names = clusters.map(({ name }) => name);
  const others = names.filter(name => name !== first);
  const isUpgraded = clusters.some(({ name, steps: own }) => name === first && own.some(isCheck));
  const checks = clusters.filter(({ name, steps: own }) => name !== first && own.some(isCheck)).map(({ name }) => name);
  const stage = { checks: [], without: [], connections: false };
  return [
    { ...stage, action: 'change', clusters: [first], checks: isUpgraded ? checks : [] },
    { ...stage, action: 'verify', clusters: [first], without: unconnected },
    { ...stage, action: 'change', clusters: others, connections: steps.some(isConnection) },
  ];
}

function isCheck({ change }: Step): boolean {
  return change === 'check';
}

function isConnection({ change }: Step): boolean {
  return change === 'connect' || change === 'disconnect';
}

/** The flows that an upgrade changes, as `cilium-mesh diff` prints them. */
function upgradeParts({ clusters, diff }: UpgradeEffect): Part[] {
  const versions = clusters.map(({ name, from, to }) => (from === to ? `${name}: values` : `${name}: ${from} to ${to}`));
  const others = clusters.filter(({ from, to }) => from !== to);
  const isDowngrade = others.length > 0 && others.every(({ from, to }) => isOlder(to, from));
  return [
    {
      kind: 'section',
      title: [{ text: `what the ${isDowngrade ? 'downgrade' : 'upgrade'} changes`, tone: 'strong' }, ` (${versions.join(', ')})`],
      parts: [...diffReport(diff).parts()],
    },
  ];
}

function upgradeJson({ clusters, diff }: UpgradeEffect): object {
  return {
    clusters,
    flows: diff.flows.map(flowChangeJson),
    services: diff.services.map(serviceChangeJson),
    unknown: diff.unknown,
  };
}

function clusterParts(cluster: ClusterPlan, cited: Set<Citation>): Part[] {
  const { steps, changes, removals } = cluster;
  return [
    ...steps.flatMap(step => stepParts(step, cited)),
    ...changes.added.map(each => line(signed('+', formatObject(each), 'good'))),
    ...changes.changed.flatMap(changedParts),
    ...removals.map(each => line(signed('-', formatObject(each), 'bad'))),
    ...unaskedParts(cluster),
    ...connectionParts(cluster),
  ];
}

/** Connections that a plan leaves alone. */
function connectionParts({ otherConnections, leftConnections }: ClusterPlan): Part[] {
  const left = leftConnections.map(({ change, cluster }) =>
    change === 'connect' ? `connect to ${cluster}` : `disconnect ${cluster}, which left the mesh`,
  );
  const texts = [
    ...(otherConnections.length === 0
      ? []
      : [`stays: the connection to ${otherConnections.join(', ')}, not in the mesh file`]),
    ...(left.length === 0 ? [] : [`left for up without --cluster, as it changes both ends: ${left.join('; ')}`]),
  ];
  return texts.map(text => line([{ text, tone: 'faint' }]));
}

/** A step, and what Cilium's documentation says about it where that is not `cited` before. */
function stepParts({ title, change, restarts, source }: Step, cited: Set<Citation>): Part[] {
  const sign = signOf(change);
  const isNew = source !== undefined && !cited.has(source);
  if (isNew) {
    cited.add(source);
  }
  return [
    line(signed(sign, `${title}${restarts === undefined ? '' : ` (restarts ${restarts})`}`, toneOf(sign))),
    ...(isNew ? [line([{ text: `    Cilium: ${formatCitation(source)}`, tone: 'faint' }])] : []),
  ];
}

type Sign = '+' | '~' | '-';

function signOf(change: StepChange | undefined): Sign {
  return change === 'disconnect' ? '-' : change === 'upgrade' || change === 'patch' || change === 'rotate' ? '~' : '+';
}

function changedParts(object: ChangedObject): Part[] {
  const restart = object.restarts ? ' (restarts its pods)' : '';
  return [
    line(signed('~', `${formatObject(object)}${restart}`, 'doubtful')),
    ...object.fields.map(field => line(`    ${fieldText(field)}`)),
  ];
}

function unaskedParts(cluster: ClusterPlan): Part[] {
  return unaskedTexts(cluster).map(text => line([{ text: `not asked: ${text}`, tone: 'faint' }]));
}

/** What the API server could not be asked, and why. */
function unaskedTexts({ changes, isNew, isReleaseUnknown }: ClusterPlan): string[] {
  const of = (reason: Unvalidated['reason']) => changes.unvalidated.filter(each => each.reason === reason);
  const kinds = [...new Set(of('no-kind').map(each => each.kind))].sort();
  return [
    ...(isReleaseUnknown ? ['the version and the values of Cilium: its Helm release cannot be read'] : []),
    ...(isNew ? ['whether the API server accepts the objects: the cluster does not exist or answer yet'] : []),
    ...(of('no-namespace').length > 0
      ? [`whether the API server accepts ${counted(of('no-namespace').length, 'object')}: namespaces or kinds are missing`]
      : []),
    ...(kinds.length > 0
      ? [
        `whether the API server accepts ${counted(of('no-kind').length, 'object')}: it does not serve ` +
            `${kinds.join(', ')} yet`,
      ]
      : []),
  ];
}

function fieldText({ path, ...values }: FieldChange): string {
  const name = formatPath(path);
  if (!('before' in values) && !('after' in values)) {
    return `${name}: changed (hidden)`;
  }
  const text = (value: unknown) => shortened(JSON.stringify(value));
  return !('before' in values)
    ? `${name}: set to ${text(values.after)}`
    : !('after' in values)
      ? `${name}: ${text(values.before)} removed`
      : `${name}: ${text(values.before)} -> ${text(values.after)}`;
}

/** Characters of a value that a line shows; JSON contains it whole. */
const SHOWN = 120;

function shortened(text: string): string {
  return text.length > SHOWN ? `${text.slice(0, SHOWN)}…` : text;
}

function toneOf(sign: Sign): Tone {
  return sign === '+' ? 'good' : sign === '-' ? 'bad' : 'doubtful';
}

function signed(sign: Sign, text: string, tone: Tone): Inline {
  return [{ text: sign, tone }, ` ${text}`];
}

function line(text: Inline): Part {
  return { kind: 'line', text };
}

function summary(plan: MeshPlan): string {
  const { steps, added, changed, removed } = planCounts(plan);
  const restarts = plan.clusters.reduce(
    (sum, { changes }) => sum + changes.changed.filter(each => each.restarts).length,
    0,
  );
  return [
    ...(steps > 0 ? [`${counted(steps, 'step')}`] : []),
    `${counted(added, 'object')} to add`,
    `${changed} to change`,
    `${removed} to remove`,
    ...(restarts > 0 ? [`${counted(restarts, 'workload')} to restart`] : []),
  ].join(', ');
}

function clusterRecords(cluster: ClusterPlan): object[] {
  const { name, steps, changes, removals } = cluster;
  const row = (action: string, what: string, fields: string = '') => ({ cluster: name, action, what, fields });
  return [
    ...steps.map(step => row(step.change!, step.title)),
    ...changes.added.map(each => row('add', formatObject(each))),
    ...changes.changed.map(each => row('change', formatObject(each), each.fields.map(fieldText).join('; '))),
    ...removals.map(each => row('remove', formatObject(each))),
  ];
}

function clusterJson(cluster: ClusterPlan): object {
  const { name, context, isNew, steps, changes, removals } = cluster;
  return {
    name,
    context,
    new: isNew,
    steps: steps.map(stepJson),
    added: changes.added.map(objectJson),
    changed: changes.changed.map(each => ({
      ...objectJson(each),
      restarts: each.restarts,
      fields: each.fields.map(({ path, ...values }) => ({ path: formatPath(path), ...values })),
    })),
    removed: removals.map(each => ({ ...objectJson(each), uid: each.uid })),
    notAsked: unaskedTexts(cluster),
    otherConnections: cluster.otherConnections,
    leftConnections: cluster.leftConnections,
  };
}

function stepJson({ id, change, title, restarts, source }: Step): object {
  return {
    step: id,
    change,
    title,
    ...(restarts === undefined ? {} : { restarts }),
    ...(source ? { source: { ...source } } : {}),
  };
}
