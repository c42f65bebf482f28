import * as crypto from 'crypto';
import * as fs from 'fs';
import * as path from 'path';
import { Ended, endPrograms, get, ok, Options, run } from './commands';
import { Output, read, synth } from '../../test/support/examples';
import { documents, temporaryFolder } from '../../test/support/mesh';

/** A folder with dist/, in which `cilium-mesh` is run. */
export class Lab {
  public readonly folder = temporaryFolder();

  constructor(output: Output = synth('isovalent-lab')) {
    this.write(output);
  }

  /** Replaces dist/ by the output of an example. */
  public write(output: Output): void {
    fs.rmSync(path.join(this.folder, 'dist'), { recursive: true, force: true });
    for (const [file, text] of Object.entries(output)) {
      const to = path.join(this.folder, 'dist', file);
      fs.mkdirSync(path.dirname(to), { recursive: true });
      fs.writeFileSync(to, text);
    }
  }

  /** Changes one file of dist/. */
  public change(file: string, pattern: string | RegExp, by: string): void {
    const at = path.join(this.folder, 'dist', file);
    const text = fs.readFileSync(at, 'utf8');
    const changed = text.replace(pattern, by);
    expect([file, changed === text]).toEqual([file, false]);
    fs.writeFileSync(at, changed);
  }

  public program(args: readonly string[], options: Options = {}): Promise<Ended> {
    return run('cilium-mesh', args, { ...options, cwd: this.folder });
  }

  /** Runs `cilium-mesh up`, which must succeed. Returns the output. */
  public async up(options: Options = {}): Promise<string> {
    const { status, out, err } = await this.program(['up', '--yes'], options);
    expect([status, out, err]).toEqual([0, '', expect.not.stringContaining('FAILED')]);
    return err;
  }

  public get output(): Output {
    return read(path.join(this.folder, 'dist'));
  }

  public get clusters(): any[] {
    return documents(this.output['mesh/mesh.yaml'])[0].clusters;
  }
}

/** The label of kubectl on the objects of an apply set. */
const PART_OF = 'applyset.kubernetes.io/part-of';

/** Kinds of Cilium. The API server adds no fields to them. */
const WITHOUT_DEFAULTS = ['CiliumNetworkPolicy', 'CiliumClusterwideNetworkPolicy', 'CiliumCIDRGroup'];

/** Names an object within its cluster, as `cilium-mesh` does. */
export const nameOf = ({ kind, metadata: { namespace = 'default', name } }: any): string =>
  `${kind} ${kind === 'Namespace' ? '' : `${namespace}/`}${name}`;

/** The objects that `cilium-mesh apply` applies to a cluster. */
export function wanted(lab: Lab, cluster: string): any[] {
  return documents(lab.output[`${cluster}.k8s.yaml`]);
}

/** The objects with the label of an apply set, of all kinds that the sets ever had. */
export async function members(context: string, applySet: string = 'cilium-mesh'): Promise<any[]> {
  const parents = (await get(context, 'applysets.cdk8s-cilium-mesh.github.io')).items.filter(({ metadata }: any) =>
    metadata.name.startsWith(`${applySet}-`),
  );
  expect(parents.map(({ metadata }: any) => metadata.name)).toEqual(
    ['backends', 'denies', 'objects'].map(set => `${applySet}-${set}`),
  );
  const ids = parents.map(({ metadata }: any) => metadata.labels['applyset.kubernetes.io/id']);
  // all kinds that any test applies, because kubectl's notes may be wrong
  const kinds = 'services,configmaps,secrets,deployments,ciliumnetworkpolicies,endpoints,endpointslices';
  return (await get(context, kinds, '--all-namespaces', '-l', `${PART_OF} in (${ids.join(',')})`)).items;
}

/** Asserts that the clusters have the objects of dist/, and no other objects under the same apply set. */
export async function expectApplied(lab: Lab, applySet?: string): Promise<void> {
  for (const { context, name } of lab.clusters) {
    const all = wanted(lab, name);
    const answer = await get(context, '-f', path.join(lab.folder, 'dist', `${name}.k8s.yaml`));
    const found: any[] = answer.items ?? [answer];
    expect([context, found.map(nameOf)]).toEqual([context, all.map(nameOf)]);
    all.forEach((each, index) => {
      expect(found[index]).toMatchObject(each);
      expect([nameOf(each), ownMetadata(found[index])]).toEqual([nameOf(each), ownMetadata(each)]);
      if (WITHOUT_DEFAULTS.includes(each.kind)) {
        expect(found[index].spec).toEqual(each.spec);
      }
    });
    expect([context, (await members(context, applySet)).filter(isGiven).map(nameOf).sort()]).toEqual([
      context,
      all
        .filter(({ kind }) => kind !== 'Namespace')
        .map(nameOf)
        .sort(),
    ]);
  }
}

/** The labels and annotations that a manifest sets. None of dist/ may be missing, and no old one may be left. */
function ownMetadata({ metadata: { labels = {}, annotations = {} } }: any): unknown {
  const { [PART_OF]: _, 'kubernetes.io/metadata.name': __, ...others } = labels;
  return {
    labels: others,
    annotations: Object.fromEntries(
      Object.entries(annotations).filter(([name]) => name !== 'deployment.kubernetes.io/revision'),
    ),
  };
}

/**
 * Kubernetes copies the labels of a Service to its Endpoints and EndpointSlices, and those of Endpoints to
 * EndpointSlices.
 */
function isGiven({ metadata: { labels, ownerReferences = [] } }: any): boolean {
  return ownerReferences.length === 0 && labels['endpoints.kubernetes.io/managed-by'] === undefined;
}

/** Asserts that Helm runs Cilium with the values of dist/, whatever else the cilium CLI set. */
export async function expectInstalled(lab: Lab): Promise<void> {
  for (const { context, values } of lab.clusters) {
    const found = JSON.parse(
      await ok('helm', ['--kube-context', context, '-n', 'kube-system', 'get', 'values', 'cilium', '-o', 'json']),
    );
    expect(found).toMatchObject(documents(lab.output[`mesh/${values}`])[0]);
    const [release] = JSON.parse(
      await ok('helm', ['--kube-context', context, '-n', 'kube-system', 'list', '-o', 'json']),
    );
    expect(release).toMatchObject({ name: 'cilium', status: 'deployed', chart: 'cilium-1.20.2' });
  }
}

/** Asserts that all clusters have one authority and certificates of it, and that each knows all others. */
export async function expectConnected(lab: Lab): Promise<void> {
  const authorities = new Set<string>();
  for (const { context, name } of lab.clusters) {
    const secret = async (which: string) => (await get(context, '-n', 'kube-system', 'secret', which)).data;
    const { 'ca.crt': authority } = await secret('cilium-ca');
    authorities.add(authority);
    const issuer = new crypto.X509Certificate(Buffer.from(authority, 'base64'));
    for (const which of ['server', 'admin', 'remote', 'local']) {
      const certificate = new crypto.X509Certificate(
        Buffer.from((await secret(`clustermesh-apiserver-${which}-cert`))['tls.crt'], 'base64'),
      );
      expect([context, which, certificate.verify(issuer.publicKey)]).toEqual([context, which, true]);
    }
    const others = lab.clusters
      .map(each => each.name)
      .filter(each => each !== name)
      .sort();
    const remoteClusters = Object.keys(await secret('cilium-clustermesh')).filter(key => !key.includes('.'));
    expect([context, remoteClusters.filter(each => each !== name).sort()]).toEqual([context, others]);
  }
  expect(authorities.size).toBe(1);
}

/** The revisions of the Helm release in a cluster. */
export async function revisions(context: string): Promise<number> {
  return JSON.parse(
    await ok('helm', ['--kube-context', context, '-n', 'kube-system', 'history', 'cilium', '-o', 'json']),
  ).at(-1).revision;
}

/** Ends what tests left running, and deletes all clusters of kind. */
export async function deleteClusters(): Promise<void> {
  await endPrograms();
  await ok('kind', ['delete', 'clusters', '--all']);
}
