import { CITATIONS } from './citation';
import { command, Command, Condition } from './command';
import { noUnfinishedRelease, releaseIntent } from './install';
import { chartArguments, chartOfCli, InstallSettings } from './install-settings';
import { Installation } from './installation';
import { cilium, helm, kubectl, kubeSystem } from './kube';
import { withLimit } from './limits';
import { HelmValueTree, LiveCluster } from './live-mesh';
import { Plan, Step } from './plan';
import { restartCilium, waitFor, waitForCilium } from './rollout';
import { tool } from './tools';
import { firstMinorWith, traitsOf } from '../../cilium/traits';
import { isMap } from '../../diagnostics/is-map';

/** The Secret with the certificate authority of Cilium, and with the one that replaces it. */
const AUTHORITY = 'cilium-ca';
const NEXT = 'cilium-ca-next';

/** The ConfigMap of `tls.caBundle`, by the defaults of the chart. */
const BUNDLE = 'cilium-root-ca.crt';
/** Its annotations: the UID of NEXT in the cluster whose certificate is in it, and the same where it is alone. */
const TRUSTED = 'cilium-mesh/trusted';
const ALONE = 'cilium-mesh/alone';

const MANAGER = ['--field-manager', 'cilium-mesh-rotation'];

/** A cluster, with its release of Cilium. */
export interface RotatedCluster {
  readonly cluster: LiveCluster;
  readonly installed: Installation;
}

/**
 * The plan that replaces the certificate authority of a mesh. At no time does a cluster meet a certificate of an
 * authority that it does not trust:
 *
 * 1. every cluster trusts both authorities, by `tls.caBundle`, and its pods were restarted with it
 * 2. then every cluster gets the new authority, signs its certificates again, and its pods serve these
 * 3. then every cluster drops the old authority
 *
 * Pods restart in one cluster after the other. Each step finds out whether it is done, so a plan that was interrupted
 * goes on: the new authority is kept in NEXT until no cluster needs the old one, in the first cluster longest.
 *
 * Sources: install/kubernetes/cilium/values.yaml (tls.caBundle), templates/cilium-ca-secret.yaml and
 * templates/clustermesh-apiserver/tls-cronjob, v1.14.1 to v1.20.2.
 */
export function rotationPlan(clusters: readonly RotatedCluster[], settings: InstallSettings): Plan {
  const [first, ...others] = clusters;
  const ids = (what: string) => clusters.map(({ cluster }) => `${cluster.name}/${what}`);
  // the pods of one cluster after the other
  const inTurn = (what: string, index: number) => (index === 0 ? [] : [`${clusters[index - 1].cluster.name}/${what}`]);
  return {
    title: `rotate: ${clusters.map(({ cluster }) => cluster.name).join(', ')}`,
    tools: [
      tool('helm', 'makes the new certificate authority'),
      tool('cilium', 'changes values of Cilium'),
      tool('kubectl', 'copies the certificate authority'),
    ],
    steps: [
      makeStep(first, settings),
      ...others.map(each => copyStep(first.cluster, each.cluster)),
      ...clusters.map(({ cluster }) => bundleStep(cluster)),
      ...clusters.flatMap((each, index) => trustSteps(each, inTurn('trusts', index), settings)),
      ...clusters.map(({ cluster }) => replaceStep(cluster, ids('trusts'))),
      ...clusters.map(each => signStep(each, settings)),
      ...clusters.map((each, index) => serveStep(each, inTurn('serves', index), settings)),
      ...clusters.map(({ cluster }) => dropStep(cluster, ids('serves'))),
      ...clusters.map((each, index) => forgetStep(each, inTurn('forgets', index), settings)),
      ...others.map(({ cluster }) => removeStep(cluster, ids('forgets'))),
      removeStep(first.cluster, [...ids('forgets'), ...others.map(({ cluster }) => `${cluster.name}/rotated`)]),
    ],
  };
}

function secretOf({ context }: LiveCluster, name: string, ...output: string[]): Command {
  return kubeSystem(context).get('secret', name, ...output);
}

function certificateOf(cluster: LiveCluster, secret: string): Command {
  return secretOf(cluster, secret, '-o', 'jsonpath={.data.ca\\.crt}');
}

/** Prints the certificate of the authority that a cluster has, and that of the one that replaces it, if any. */
export function authorityQueries(cluster: LiveCluster): readonly [Command, Command] {
  const next = secretOf(cluster, NEXT, '--ignore-not-found', '-o', 'jsonpath={.data.ca\\.crt}');
  return [certificateOf(cluster, AUTHORITY), next];
}

/** A Secret with the data of another one. */
function renamed(name: string): string {
  return [
    'apiVersion: v1',
    'kind: Secret',
    `metadata: {name: ${name}, namespace: kube-system}`,
    'data:',
    '{{range $key, $value := .data}}  "{{$key}}": "{{$value}}"',
    '{{end}}',
  ].join('\n');
}

function hasNext(cluster: LiveCluster): Condition {
  return { kind: 'names-objects', command: secretOf(cluster, NEXT, '--ignore-not-found', '-o', 'name') };
}

/** Cilium's chart makes an authority where Helm signs the certificates. Keys go from process to process. */
function makeStep({ cluster, installed }: RotatedCluster, settings: InstallSettings): Step {
  const { context, name } = cluster;
  const validity = installed.values.tls?.ca?.certValidityDuration;
  const values = [
    `cluster.name=${name}`,
    `cluster.id=${cluster.id}`,
    'clustermesh.useAPIServer=true',
    'clustermesh.apiserver.tls.auto.enabled=true',
    'clustermesh.apiserver.tls.auto.method=helm',
    ...(validity === undefined ? [] : [`tls.ca.certValidityDuration=${validity}`]),
  ];
  const chart = chartArguments({ ...cluster, version: installed.version }, settings);
  // a build of Helm without this version takes the oldest, which the chart refuses
  const options = ['--kube-version', '1.30.0', '--set', values.join(',')];
  const template = ['--show-only', 'templates/cilium-ca-secret.yaml', ...options];
  return {
    id: `${name}/next`,
    title: 'make a new certificate authority',
    change: 'create',
    cluster: name,
    needs: [],
    unless: hasNext(cluster),
    commands: [
      {
        ...kubectl(context).run('create', '-f', '-'),
        input: {
          ...kubectl(context).run('create', '--dry-run=client', '-f', '-', '-o', `go-template=${renamed(NEXT)}`),
          input: command('helm', 'template', 'cilium', ...chart, ...template),
        },
      },
    ],
  };
}

function copyStep(from: LiveCluster, to: LiveCluster): Step {
  return {
    id: `${to.name}/next`,
    title: `copy the new certificate authority of ${from.name}`,
    change: 'copy',
    cluster: to.name,
    needs: [`${from.name}/next`],
    unless: hasNext(to),
    commands: [
      {
        ...kubectl(to.context).run('create', '-f', '-'),
        input: secretOf(from, NEXT, '-o', `go-template=${renamed(NEXT)}`),
      },
    ],
    ensure: [
      {
        condition: { kind: 'same-output', commands: [certificateOf(from, NEXT), certificateOf(to, NEXT)] },
        message:
          `the Secret kube-system/${NEXT} of ${to.name} is another one than that of ${from.name}: ` +
          `delete it (kubectl --context ${to.context} -n kube-system delete secret ${NEXT}), then run rotate again`,
      },
    ],
  };
}

/** The bundle with the certificates of these Secrets; `marks` get the UID of the last one. */
function applyBundle(cluster: LiveCluster, secrets: readonly string[], marks: readonly string[]): Command {
  const annotations = marks.map(each => `${each}: "{{$uid}}"`).join(', ');
  const collect = '{{$all = printf "%s%s" $all (index .data "ca.crt" | base64decode)}}{{$uid = .metadata.uid}}';
  // of one name, kubectl prints an object and no list
  const visit = secrets.length === 1 ? 'with .' : 'range .items';
  const template = [
    `{{$all := ""}}{{$uid := ""}}{{${visit}}}${collect}{{end}}apiVersion: v1`,
    'kind: ConfigMap',
    `metadata: {name: ${BUNDLE}, namespace: kube-system, annotations: {${annotations}}}`,
    'data: {ca.crt: {{printf "%q" $all}}}',
    '',
  ].join('\n');
  const names = secrets.map(each => `secret/${each}`);
  return {
    ...kubectl(cluster.context).apply(...MANAGER),
    input: kubeSystem(cluster.context).get(...names, '-o', `go-template=${template}`),
  };
}

function isMarked(cluster: LiveCluster, mark: string): Condition {
  const annotation = mark.replaceAll('.', '\\.');
  return {
    kind: 'same-output',
    commands: [
      secretOf(cluster, NEXT, '-o', 'jsonpath={.metadata.uid}'),
      kubeSystem(cluster.context).get(
        'configmap',
        BUNDLE,
        '--ignore-not-found',
        '-o',
        `jsonpath={.metadata.annotations.${annotation}}`,
      ),
    ],
  };
}

function bundleStep(cluster: LiveCluster): Step {
  return {
    id: `${cluster.name}/bundle`,
    title: 'write both certificate authorities into the bundle that Cilium trusts',
    change: 'rotate',
    source: CITATIONS.trust,
    cluster: cluster.name,
    needs: [`${cluster.name}/next`],
    unless: isMarked(cluster, TRUSTED),
    commands: [applyBundle(cluster, [AUTHORITY, NEXT], [TRUSTED])],
  };
}

/** The cluster has the new authority. */
function isReplaced(cluster: LiveCluster): Condition {
  return { kind: 'same-output', commands: [certificateOf(cluster, AUTHORITY), certificateOf(cluster, NEXT)] };
}

/** Enables the bundle, which restarts the pods that mount it, or restarts pods that mount it already. */
function trustSteps(
  { cluster, installed }: RotatedCluster,
  needs: readonly string[],
  settings: InstallSettings,
): Step[] {
  const { name } = cluster;
  const isEnabled = installed.values.tls?.caBundle?.enabled === true;
  const workloads = otherWorkloads(installed.values);
  const enable: Step = {
    id: `${name}/enabled-bundle`,
    title: 'let Cilium trust the bundle (tls.caBundle.enabled)',
    change: 'upgrade',
    source: CITATIONS.caBundle,
    restarts: 'Cilium',
    cluster: name,
    needs: [`${name}/bundle`, ...needs],
    intents: [releaseIntent(cluster)],
    commands: [upgradeRelease(cluster, installed, ['--set', 'tls.caBundle.enabled=true'], settings)],
  };
  return [
    ...(isEnabled ? [] : [enable]),
    {
      id: `${name}/trusts`,
      title: 'restart Cilium, so it trusts both certificate authorities',
      change: 'rotate',
      restarts: 'Cilium',
      cluster: name,
      needs: [`${name}/${isEnabled ? 'bundle' : 'enabled-bundle'}`, ...needs],
      unless: isReplaced(cluster),
      commands: isEnabled
        ? restartAll(cluster, workloads, settings)
        : [...waitForCilium(cluster.context, settings.wait), ...waitForOthers(cluster, workloads, settings)],
    },
  ];
}

function replaceStep(cluster: LiveCluster, needs: readonly string[]): Step {
  return {
    id: `${cluster.name}/authority`,
    title: 'replace the certificate authority by the new one',
    change: 'rotate',
    cluster: cluster.name,
    needs,
    unless: isReplaced(cluster),
    commands: [
      {
        ...kubectl(cluster.context).apply(...MANAGER, '--force-conflicts'),
        input: secretOf(cluster, NEXT, '-o', `go-template=${renamed(AUTHORITY)}`),
      },
    ],
  };
}

/** Certgen, and Helm, write the authority of a certificate beside it. */
function areSigned({ cluster, installed }: RotatedCluster): Condition {
  return {
    kind: 'all',
    conditions: [
      ...leaves(installed.values).map(
        (secret): Condition => ({
          kind: 'same-output',
          commands: [certificateOf(cluster, secret), certificateOf(cluster, AUTHORITY)],
        }),
      ),
      noUnfinishedRelease(cluster.context),
    ],
  };
}

function signStep(rotated: RotatedCluster, settings: InstallSettings): Step {
  const { cluster, installed } = rotated;
  const { name } = cluster;
  const methods = certificateMethods(installed.values);
  return {
    id: `${name}/signed`,
    title: 'sign all certificates again',
    change: 'rotate',
    source: CITATIONS.certgen,
    cluster: name,
    needs: [`${name}/authority`],
    unless: areSigned(rotated),
    intents: methods.some(each => each.method === 'helm') ? [releaseIntent(cluster)] : [],
    commands: [
      ...methods.filter(each => each.method === 'cronJob').flatMap(({ job }) => runJob(cluster, job, settings)),
      ...(methods.some(each => each.method === 'helm') ? [upgradeRelease(cluster, installed, [], settings)] : []),
    ],
    ensure: [
      {
        condition: areSigned(rotated),
        message:
          `a certificate of Cilium in ${name} was not signed by the new authority: both are trusted, so the mesh works. ` +
          `kubectl --context ${cluster.context} -n kube-system get jobs,secrets shows what is there; then run rotate again`,
      },
    ],
  };
}

/** Runs the Job of a CronJob now. */
function runJob({ context }: LiveCluster, cronJob: string, { wait }: InstallSettings): Command[] {
  const job = `${cronJob}-rotation`;
  const system = kubeSystem(context);
  return [
    { ...system.run('delete', 'job', job, '--ignore-not-found'), isHousekeeping: true },
    system.run('create', 'job', job, `--from=cronjob/${cronJob}`),
    withLimit(wait, system.run('wait', '--for=condition=Complete', `job/${job}`, `--timeout=${wait.text}`)),
  ];
}

function serveStep({ cluster, installed }: RotatedCluster, needs: readonly string[], settings: InstallSettings): Step {
  return {
    id: `${cluster.name}/serves`,
    title: 'restart Cilium, so it uses the new certificates',
    change: 'rotate',
    restarts: 'Cilium',
    cluster: cluster.name,
    needs: [`${cluster.name}/signed`, ...needs],
    unless: isMarked(cluster, ALONE),
    commands: restartAll(cluster, otherWorkloads(installed.values), settings),
  };
}

function dropStep(cluster: LiveCluster, needs: readonly string[]): Step {
  return {
    id: `${cluster.name}/dropped`,
    title: 'remove the old certificate authority from the bundle',
    change: 'rotate',
    source: CITATIONS.trust,
    cluster: cluster.name,
    needs,
    unless: isMarked(cluster, ALONE),
    commands: [applyBundle(cluster, [NEXT], [TRUSTED, ALONE])],
  };
}

function forgetStep({ cluster, installed }: RotatedCluster, needs: readonly string[], settings: InstallSettings): Step {
  return {
    id: `${cluster.name}/forgets`,
    title: 'restart Cilium, so it trusts the new certificate authority alone',
    change: 'rotate',
    restarts: 'Cilium',
    cluster: cluster.name,
    needs: [`${cluster.name}/dropped`, ...needs],
    commands: restartAll(cluster, otherWorkloads(installed.values), settings),
  };
}

function removeStep(cluster: LiveCluster, needs: readonly string[]): Step {
  return {
    id: `${cluster.name}/rotated`,
    title: `remove the Secret ${NEXT}`,
    change: 'rotate',
    cluster: cluster.name,
    needs,
    commands: [kubeSystem(cluster.context).run('delete', 'secret', NEXT, '--ignore-not-found')],
  };
}

/** An upgrade of the release to its own version. */
function upgradeRelease(
  cluster: LiveCluster,
  { version }: Installation,
  args: readonly string[],
  settings: InstallSettings,
): Command {
  const { context, installer } = cluster;
  return installer === 'cilium'
    ? cilium(context, 'upgrade', ...chartOfCli(settings, version), '--reset-then-reuse-values', ...args)
    : helm(
      context,
      'upgrade',
      'cilium',
      ...chartArguments({ ...cluster, version }, settings),
      '--reset-then-reuse-values',
      ...args,
    );
}

/** Restarts everything that has certificates of Cilium, and waits for it. */
function restartAll(cluster: LiveCluster, workloads: readonly string[], settings: InstallSettings): Command[] {
  return [
    kubeSystem(cluster.context).run('rollout', 'restart', ...workloads.map(each => `deployment/${each}`)),
    ...waitForOthers(cluster, workloads, settings),
    ...restartCilium(cluster.context, settings.wait),
  ];
}

function waitForOthers({ context }: LiveCluster, workloads: readonly string[], { wait }: InstallSettings): Command[] {
  return workloads.map(name => waitFor(context, { kind: 'Deployment', namespace: 'kube-system', name }, wait));
}

/** The Deployments with certificates of Cilium, beside the operator. */
function otherWorkloads({ hubble }: HelmValueTree): string[] {
  return [
    'clustermesh-apiserver',
    ...(hubble?.relay?.enabled === true ? ['hubble-relay'] : []),
    ...(hubble?.ui?.enabled === true ? ['hubble-ui'] : []),
  ];
}

/** How certificates are made: the Helm path of their settings, and the CronJob of certgen. */
interface CertificateMethod {
  readonly path: string;
  readonly job: string;
  /** `helm`, `cronJob`, `certmanager`, or another text. */
  readonly method: string;
  /** The user does not provide the certificates. */
  readonly isAutomatic: boolean;
  /** The times at which certgen renews them; empty for never. */
  readonly schedule: string;
}

/** The default of the chart. */
const SCHEDULE = '0 0 1 */4 *';

/** How a release makes its certificates. What it does not set has the defaults of the chart. */
function certificateMethods({ clustermesh, hubble }: HelmValueTree): CertificateMethod[] {
  const read = (path: string, job: string, auto: any): CertificateMethod => ({
    path,
    job,
    method: String(auto?.method ?? 'helm'),
    isAutomatic: auto?.enabled !== false,
    schedule: String(auto?.schedule ?? SCHEDULE),
  });
  const hasHubble = hubble?.enabled !== false && hubble?.tls?.enabled !== false;
  return [
    read('clustermesh.apiserver.tls.auto', 'clustermesh-apiserver-generate-certs', clustermesh?.apiserver?.tls?.auto),
    ...(hasHubble ? [read('hubble.tls.auto', 'hubble-generate-certs', hubble?.tls?.auto)] : []),
  ];
}

/** The Secrets with certificates that every release has. */
function leaves(values: HelmValueTree): string[] {
  return [
    ...['server', 'admin', 'remote'].map(each => `clustermesh-apiserver-${each}-cert`),
    ...(certificateMethods(values).length > 1 ? ['hubble-server-certs'] : []),
    ...(values.hubble?.relay?.enabled === true ? ['hubble-relay-client-certs'] : []),
  ];
}

/** Why the authority of a cluster cannot be rotated, and what to do instead. */
export interface RotationFault {
  readonly cluster: string;
  readonly problem: string;
  readonly fix: string;
}

/** What a release must not be like. */
export function rotationFaults({ cluster, installed: { version, values } }: RotatedCluster): RotationFault[] {
  const fault = (problem: string, fix: string): RotationFault => ({ cluster: cluster.name, problem, fix });
  if (cluster.etcd) {
    return [
      fault(
        `Cilium ${version} uses the certificates of an etcd, which the mesh does not make`,
        'replace the certificates of the etcd, then run up: it copies them to the other clusters',
      ),
    ];
  }
  const match = /^1\.(\d+)\./.exec(version);
  if (!match || !traitsOf(Number(match[1])).caBundle) {
    return [
      fault(
        `Cilium ${version} has no tls.caBundle, so no cluster can trust two authorities at once`,
        `upgrade to 1.${firstMinorWith('caBundle')} or later, then run rotate`,
      ),
    ];
  }
  const { ca, caBundle } = values.tls ?? {};
  const connections: unknown = values.clustermesh?.config?.clusters;
  const peers = Array.isArray(connections) ? connections : isMap(connections) ? Object.values(connections) : [];
  return [
    ...certificateMethods(values).flatMap(each => methodFaults(each).map(({ problem, fix }) => fault(problem, fix))),
    ...(isText(ca?.cert) || isText(cluster.helmValues.tls?.ca?.cert)
      ? [
        fault(
          'its authority is in the Helm values (tls.ca), which every upgrade writes again',
          'rotate by the values: first tls.caBundle.content with the certificates of both authorities in all clusters, ' +
            'then the new tls.ca, and tls.caBundle.content with the new one alone once all certificates are renewed',
        ),
      ]
      : []),
    ...(isText(caBundle?.content) || isOther(caBundle?.name, BUNDLE) || isOther(caBundle?.key, 'ca.crt') ||
    caBundle?.useSecret === true
      ? [
        fault(
          'the Helm values set what it trusts (tls.caBundle)',
          'add the new authority to that bundle in all clusters, then replace the Secret kube-system/cilium-ca, renew the ' +
            'certificates, and remove the old authority from the bundle',
        ),
      ]
      : []),
    ...(peers.some(each => isText(each?.tls?.cert) || isText(each?.tls?.caCert))
      ? [
        fault(
          'its connections have certificates of their own (clustermesh.config.clusters, tls)',
          'give all clusters one authority, and connect them again: cilium clustermesh connect',
        ),
      ]
      : []),
  ];
}

function methodFaults({ path, method, isAutomatic, schedule }: CertificateMethod): Omit<RotationFault, 'cluster'>[] {
  if (!isAutomatic) {
    return [
      {
        problem: `you provide the certificates (${path}.enabled is false)`,
        fix:
          'set tls.caBundle with the certificates of both authorities in all clusters, then provide certificates of the ' +
          'new one, then remove the old one from the bundle',
      },
    ];
  }
  if (method === 'certmanager') {
    return [
      {
        problem: `cert-manager makes the certificates (${path}.method)`,
        fix:
          'set tls.caBundle with the certificates of both issuers in all clusters, then change the issuer, renew the ' +
          'certificates (cmctl renew), then remove the old one from the bundle',
      },
    ];
  }
  if (method !== 'helm' && method !== 'cronJob') {
    return [{ problem: `unknown method of certificates: ${path}.method is ${method}`, fix: 'set helm or cronJob' }];
  }
  return method === 'cronJob' && schedule === ''
    ? [
      {
        problem: `no CronJob renews the certificates (${path}.schedule is empty)`,
        fix: `set ${path}.schedule, and run up`,
      },
    ]
    : [];
}

function isText(value: unknown): boolean {
  return typeof value === 'string' && value.trim() !== '';
}

function isOther(value: unknown, usual: string): boolean {
  return value !== undefined && value !== usual;
}
