import * as crypto from 'crypto';
import * as fs from 'fs';
import * as path from 'path';
import { Ended, get, ok, Options, run } from './commands';
import { Output, read, synth } from '../../test/support/examples';
import { documents, temporaryFolder } from '../../test/support/mesh';

/** A folder with dist/, in which `cilium-mesh` is run. */
export class Lab {
  public readonly folder = temporaryFolder();

  constructor(output: Output = synth('isovalent-lab')) {
    this.write(output);
  }

  /** Puts what an example writes in the place of dist/. */
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

  /** `cilium-mesh up`, which must succeed; returns what it said. */
  public async up(options: Options = {}): Promise<string> {
    const { status, out, err } = await this.program(['up'], options);
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

/** The objects of dist/ are in the clusters, with everything that is said of them there. */
export async function expectApplied(lab: Lab): Promise<void> {
  for (const { context, name } of lab.clusters) {
    for (const wanted of documents(lab.output[`${name}.k8s.yaml`])) {
      const { apiVersion, kind, metadata: { namespace, name: object } } = wanted;
      const [group] = apiVersion.includes('/') ? apiVersion.split('/') : [''];
      const found = await get(context, [kind, group].filter(each => each !== '').join('.'), object, ...namespace ? ['-n', namespace] : []);
      expect([context, found]).toEqual([context, expect.objectContaining(JSON.parse(JSON.stringify({ kind })))]);
      expect(found).toMatchObject(wanted);
    }
  }
}

/** Helm says that Cilium runs with the values of dist/, whatever else the cilium CLI has set. */
export async function expectInstalled(lab: Lab): Promise<void> {
  for (const { context, values } of lab.clusters) {
    const found = JSON.parse(await ok('helm', ['--kube-context', context, '-n', 'kube-system', 'get', 'values', 'cilium', '-o', 'json']));
    expect(found).toMatchObject(documents(lab.output[`mesh/${values}`])[0]);
    const [release] = JSON.parse(await ok('helm', ['--kube-context', context, '-n', 'kube-system', 'list', '-o', 'json']));
    expect(release).toMatchObject({ name: 'cilium', status: 'deployed', chart: 'cilium-1.20.2' });
  }
}

/** All clusters have one authority, each has certificates of it, and each is told of all others. */
export async function expectConnected(lab: Lab): Promise<void> {
  const authorities = new Set<string>();
  for (const { context, name } of lab.clusters) {
    const secret = async (which: string) => (await get(context, '-n', 'kube-system', 'secret', which)).data;
    const { 'ca.crt': authority } = await secret('cilium-ca');
    authorities.add(authority);
    const issuer = new crypto.X509Certificate(Buffer.from(authority, 'base64'));
    for (const which of ['server', 'admin', 'remote', 'local']) {
      const certificate = new crypto.X509Certificate(Buffer.from((await secret(`clustermesh-apiserver-${which}-cert`))['tls.crt'], 'base64'));
      expect([context, which, certificate.verify(issuer.publicKey)]).toEqual([context, which, true]);
    }
    const others = lab.clusters.map(each => each.name).filter(each => each !== name).sort();
    const told = Object.keys(await secret('cilium-clustermesh')).filter(key => !key.includes('.'));
    expect([context, told.filter(each => each !== name).sort()]).toEqual([context, others]);
  }
  expect(authorities.size).toBe(1);
}

/** Revisions of the Helm release in a cluster. */
export async function revisions(context: string): Promise<number> {
  return JSON.parse(await ok('helm', ['--kube-context', context, '-n', 'kube-system', 'history', 'cilium', '-o', 'json'])).at(-1).revision;
}

/** Deletes all clusters that kind knows of. */
export async function deleteClusters(): Promise<void> {
  await ok('kind', ['delete', 'clusters', '--all']);
}
