import { parseAllDocuments } from 'yaml';
import { Command } from '../../src/live/plans/command';
import { formatCommand } from '../../src/live/plans/script';
import { Processes } from '../../src/live/runner/processes';

/** What a program would leave. */
interface Result {
  readonly status: number;
  readonly out: string;
}

const OK: Result = { status: 0, out: '' };

/**
 * Clusters, registries and programs that exist only in memory: what `up` runs is written down, answered from what was
 * done before, and changes it. Starting hundreds of processes would take minutes.
 */
export class LiveWorld {
  /** Every command that was run, in order, each as it is pasted; of a chain, each part. */
  public readonly log: string[] = [];
  /** A command that holds this text fails. */
  public broken?: string;
  /** Helm has begun something in every cluster. */
  public pending = false;
  /** What answers instead of the world, where there is something to say. */
  public instead?: (line: string) => Result | undefined;
  /** Secrets by `context/name`, with their data. */
  public readonly secrets = new Map<string, Record<string, string>>();
  private readonly facts = new Set<string>();

  /** Takes the place of every process. */
  public install(): void {
    jest.spyOn(Processes.prototype, 'run').mockImplementation(async command => {
      const { status, out } = this.run(command);
      return { status, output: out, tail: out, bySignal: false };
    });
  }

  /** What was done, without questions. */
  public acts(): string[] {
    return this.log.filter(
      line => !/ get | api-resources |cilium-mesh-lock|--dry-run=server -o json| patch lease | exec | wait --for=delete |get clusters|status --context|^\S+ (-v|info|version) ?/.test(line),
    );
  }

  /** Where the first command is that holds all these texts. */
  public position(...texts: string[]): number {
    const index = this.log.findIndex(line => texts.every(text => line.includes(text)));
    expect([texts, index >= 0]).toEqual([texts, true]);
    return index;
  }

  private run(command: Command): Result {
    const before = command.input ? this.run(command.input) : { status: 0, out: command.stdin ?? '' };
    const line = formatCommand({ program: command.program, args: command.args });
    this.log.push(line);
    if (before.status !== 0) {
      return before;
    }
    const other = this.instead?.(line);
    if (other) {
      return other;
    }
    return this.broken !== undefined && line.includes(this.broken)
      ? { status: 3, out: 'it is broken' }
      : this.answer(line, command.args, before.out);
  }

  private answer(line: string, args: readonly string[], input: string): Result {
    const context = /--(?:kube-)?context (\S+)/.exec(line)?.[1] ?? '';
    const done = (fact: string) => {
      this.facts.add(`${context} ${fact}`);
      return OK;
    };
    const known = (fact: string, out: string = '') => (this.facts.has(`${context} ${fact}`) ? { status: 0, out } : OK);
    const data = (name: string) => this.secrets.get(`${context}/${name}`) ?? {};
    const merge = (name: string, more: Record<string, string>) => {
      this.secrets.set(`${context}/${name}`, { ...data(name), ...more });
      return OK;
    };
    if (line.includes('get namespace kube-system')) {
      const metadata = { name: 'kube-system', uid: `uid-of-${context}` };
      return { status: 0, out: JSON.stringify({ apiVersion: 'v1', kind: 'Namespace', metadata }) };
    } else if (line.includes('--dry-run=server -o json')) {
      // of a patch, nothing is known
      return { status: 0, out: input };
    } else if (line.includes('get deployment clustermesh-apiserver')) {
      return known('enabled', 'deployment.apps/clustermesh-apiserver');
    } else if (line.startsWith('cilium clustermesh enable')) {
      return done('enabled');
    } else if (line.startsWith('cilium clustermesh connect')) {
      this.facts.add('meshed');
      return OK;
    } else if (line.includes('--all-namespaces -l applyset.kubernetes.io/part-of')) {
      return { status: 0, out: '{"kind": "List", "items": []}' };
    } else if (line.includes('api-resources')) {
      return { status: 0, out: 'configmaps cm v1 true ConfigMap\n' };
    } else if (line.includes('status in (pending-install')) {
      return { status: 0, out: this.pending ? 'secret/sh.helm.release.v1.cilium.v2\n' : '' };
    } else if (/^\S+ (-v|info|version)/.test(line)) {
      const info = {
        ServerVersion: '28.3.2',
        Name: 'elsewhere',
        OperatingSystem: 'Docker Desktop',
        CgroupVersion: '2',
        NCPU: 8,
        MemTotal: 64e9,
      };
      return {
        status: 0,
        out:
          line === 'docker -v' ? 'Docker version 28.3.2' : line.startsWith('docker info') ? JSON.stringify(info) : '',
      };
    } else if (/status=deployed.*-o name/.test(line)) {
      return known('installed', 'secret/sh.helm.release.v1.cilium.v1\n');
    } else if (/^helm upgrade --install|^cilium install --(version|chart)/.test(line)) {
      return done('installed');
    } else if (/^helm upgrade cilium/.test(line)) {
      return merge('cilium-etcd-secrets', {
        'etcd-client-ca.crt': `authority of ${context}`,
        'etcd-client.crt': `certificate of ${context}`,
        'etcd-client.key': `PRIVATE KEY of ${context}`,
      });
    } else if (line.includes('annotate --overwrite daemonset/cilium')) {
      return done(args[args.length - 1]);
    } else if (line.includes('get daemonset cilium')) {
      const [fact] = [...this.facts].filter(each => each.startsWith(`${context} cilium-mesh/upgrade-values=`));
      return { status: 0, out: fact?.split('=')[1] ?? '' };
    } else if (line.includes('get secret cilium-etcd-secrets') && line.includes('jsonpath')) {
      return { status: 0, out: data('cilium-etcd-secrets')['etcd-client.crt'] ?? '' };
    } else if (line.includes('get secret cilium-etcd-secrets')) {
      const [head, prefix] = /^go-template=([\s\S]*?)\{\{range[\s\S]*"(.*)\{\{\$file/
        .exec(args.find(each => each.startsWith('go-template='))!)!
        .slice(1);
      return {
        status: 0,
        out:
          head +
          Object.entries(data('cilium-etcd-secrets'))
            .map(([key, value]) => `  "${prefix}${key}": "${value}"\n`)
            .join(''),
      };
    } else if (line.includes('get secret cilium-clustermesh')) {
      return {
        status: 0,
        out: data('cilium-clustermesh')[/\.data\.(\S+)\\\.etcd-client/.exec(line)![1] + '.etcd-client.crt'] ?? '',
      };
    } else if (line.endsWith(' -f -') && line.includes('apply')) {
      const secret = parseAllDocuments(input)
        .flatMap(each => each.toJS().items ?? [each.toJS()])
        .find(each => each.kind === 'Secret');
      return secret ? merge('cilium-clustermesh', secret.data) : OK;
    } else if (line.includes('rollout restart')) {
      return Object.keys(data('cilium-clustermesh')).some(key => key.endsWith('.key')) ? done('connected') : OK;
    } else if (line.includes('exec daemonset/cilium')) {
      return { status: this.facts.has(`${context} connected`) ? 0 : 1, out: '' };
    } else if (line.startsWith('kind get clusters')) {
      return { status: 0, out: [...this.facts].flatMap(fact => / kind (.*)$/.exec(fact)?.[1] ?? []).join('\n') };
    } else if (line.startsWith('kind create')) {
      return done(`kind ${/--name (\S+)/.exec(line)![1]}`);
    } else if (line.startsWith('kind delete')) {
      // everything in a cluster goes with it
      const name = /--name (\S+)/.exec(line)![1];
      [...this.facts]
        .filter(fact => fact === ` kind ${name}` || fact.startsWith(`kind-${name} `))
        .forEach(fact => this.facts.delete(fact));
      return OK;
    } else if (line.includes('create configmap created-by-cilium-mesh')) {
      return done('mark');
    } else if (line.includes('get configmap created-by-cilium-mesh')) {
      return known('mark', 'configmap/created-by-cilium-mesh\n');
    } else if (line.includes('kubeadm-config')) {
      const second = /tion|2$/.test(context) ? 2 : 1;
      return {
        status: 0,
        out:
          `podSubnet: 10.${context.includes('koornacht') ? 1 : second}.0.0/16\n` +
          `serviceSubnet: 172.20.${context.includes('koornacht') ? 1 : second}.0/24\n`,
      };
    } else if (line.includes('get secret cilium-ca --ignore-not-found')) {
      return known('authority', 'secret/cilium-ca');
    } else if (line.includes('create -f -')) {
      return done('authority');
    } else if (line.includes('get secret cilium-ca')) {
      return { status: 0, out: 'certificate' };
    } else if (/^cilium clustermesh status --context/.test(line)) {
      return {
        status: 0,
        out: (this.facts.has('meshed') ? ['koornacht', 'tion', 'k8s-test-cluster', 'k8s-shared-cluster', 'cluster1', 'cluster2', 'a', 'b', 'c'] : [])
          .map(name => `  - ${name}: 3/3 configured, 3/3 connected\n`)
          .join(''),
      };
    } else if (line.startsWith('cilium install --dry-run')) {
      return { status: 0, out: '      - image: "quay.io/cilium/cilium:v1.20.2"\n' };
    } else if (/^(sed|sort|xargs) /.test(line)) {
      return { status: 0, out: input };
    }
    return OK;
  }
}
