import * as fs from 'fs';
import * as path from 'path';
import { writeCiliumMesh, writeNetworkPolicySet, writeReplicas, writeRepository, writeServiceMesh } from './meshes';
import { alternate, megabytes, median, run, seconds } from './processes';
import { readPageParts } from '../src/cli/page-parts';

const ROOT = path.join(__dirname, '..');
const PROGRAM = path.join(ROOT, 'lib', 'cilium-mesh.js');

/** The program in whole processes: it reads, evaluates and prints. */
export function evaluator(folder: string, lab: string): void {
  networkPolicySet(path.join(folder, 'network-policies'));
  ciliumMesh(path.join(folder, 'cilium-mesh'));
  repository(path.join(folder, 'repository'));
  difference(path.join(folder, 'difference'));
  report(path.join(folder, 'report'));
  writtenExpectations(path.join(folder, 'services'));
  growth(folder);
  checkOfTheLab(folder, lab);
}

function networkPolicySet(folder: string): void {
  writeNetworkPolicySet(folder, 800);
  const summary = [PROGRAM, 'matrix', '--summary', '--cluster', `a=${folder}`];
  const runs = Array.from({ length: 5 }, () => run([...summary, '--port', 'TCP/8080']));
  console.log(
    `matrix --summary of 800 workloads, 880 NetworkPolicies, 639,200 flows: ${figures(runs)} (at most 1 s, 300 MiB)`,
  );
  allPorts(summary);
}

/** The same mesh on all ports, for all kinds of endpoints. */
function allPorts(summary: readonly string[]): void {
  const [all, one] = alternate([() => run([...summary]), () => run([...summary, '--port', 'TCP/8080'])]);
  console.log(
    `  on all ports: ${all.toFixed(0)} ms, on one port: ${one.toFixed(0)} ms; ratio ${(all / one).toFixed(2)} ` +
      '(at most 1.5)',
  );
}

function ciliumMesh(folder: string): void {
  writeCiliumMesh(folder, 10, 1000);
  const mesh = path.join(folder, 'mesh.yaml');
  const runs = Array.from({ length: 3 }, () =>
    run([PROGRAM, 'matrix', '--summary', '--port', 'TCP/8080', '--mesh', mesh]),
  );
  console.log(
    'matrix --summary of 10 clusters, 10,000 workloads, 10,000 CiliumNetworkPolicies, 99,990,000 flows: ' +
      `${figures(runs)} (at most 10 s, 1536 MiB)`,
  );
  allPorts([PROGRAM, 'matrix', '--summary', '--mesh', mesh]);
  const checks = Array.from({ length: 3 }, () => run([PROGRAM, 'check', '--mesh', mesh], { statuses: [0, 1] }));
  const [check, matrix] = [checks, runs].map(each => median(each.map(({ milliseconds }) => milliseconds)));
  console.log(`check of the same: ${figures(checks)}; ratio to its matrix ${(check / matrix).toFixed(1)}`);
}

/** Everything that a repository holds, most of which no verdict depends on. */
function repository(folder: string): void {
  const { files, lines } = writeRepository(folder);
  const runs = Array.from({ length: 3 }, () => run([PROGRAM, 'check', '--cluster', `a=${folder}`], { statuses: [0, 1] }));
  console.log(
    `check of a repository of ${files.toLocaleString('en')} files with ${lines.toLocaleString('en')} lines: ` +
      `${figures(runs)} (at most 10 s, 500 MiB)`,
  );
}

/** A report of a mesh, next to its findings. */
function report(folder: string): void {
  writeCiliumMesh(folder, 2, 1000);
  const [mesh, file] = ['mesh.yaml', 'report.html'].map(name => path.join(folder, name));
  const [written, checked] = alternate([
    () => run([PROGRAM, 'report', '--mesh', mesh, '--out', file]),
    () => run([PROGRAM, 'check', '--mesh', mesh], { statuses: [0, 1] }),
  ]);
  const bytes = fs.statSync(file).size;
  const { template, engine } = readPageParts();
  const empty = template.length + engine.length;
  console.log(
    `report of 2,000 workloads: ${seconds(written)}; check: ${seconds(checked)}; ratio ` +
      `${(written / checked).toFixed(2)} (at most 2); ${bytes} bytes (at most 1,600,000), without data ${empty} ` +
      '(at most 1,000,000)',
  );
}

/** A mesh with Services, layer 7 rules, CIDRs and names, whose expectations are written. */
function writtenExpectations(folder: string): void {
  writeServiceMesh(folder, 3, 60);
  const mesh = path.join(folder, 'mesh.yaml');
  const file = path.join(folder, 'expectations.yaml');
  const statuses = { statuses: [0, 1] };
  const [write, check] = alternate([
    () => run([PROGRAM, 'check', '--write-expectations', file, '--force', '--mesh', mesh]),
    () => run([PROGRAM, 'check', '--mesh', mesh], statuses),
  ]);
  console.log(
    `check --write-expectations of 180 workloads and Services: ${seconds(write)}; check: ${seconds(check)}; ratio ` +
      `${(write / check).toFixed(1)} (at most 2)`,
  );
}

/** Two meshes that differ in one policy, next to reading each of them for one flow. */
function difference(folder: string): void {
  const meshes = ['old', 'new'].map(name => path.join(folder, name));
  meshes.forEach(each => writeCiliumMesh(each, 2, 1000));
  const [old, changed] = meshes.map(each => path.join(each, 'mesh.yaml'));
  const file = path.join(meshes[1], 'cluster1.yaml');
  fs.writeFileSync(file, fs.readFileSync(file, 'utf8').replace('port: "8080"', 'port: "8081"'));
  const read = (mesh: string) =>
    run([PROGRAM, 'explain', 'ns0/app0@cluster1', 'ns1/app17@cluster1', '--port', 'TCP/8080', '--mesh', mesh], {
      statuses: [0, 1],
    }).milliseconds;
  const [diff, reading] = alternate([
    () => run([PROGRAM, 'diff', old, changed], { statuses: [0, 1] }),
    () => ({ milliseconds: read(old) + read(changed) }),
  ]);
  console.log(
    `diff of two meshes of 2,000 workloads with one policy changed: ${seconds(diff)}; reading them: ` +
      `${seconds(reading)}; ratio ${(diff / reading).toFixed(2)} (at most 1.3)`,
  );
}

/** Ten times the workloads of the same identities, at fixed policies. */
function growth(folder: string): void {
  const [small, large] = [1000, 10_000].map(workloads => {
    const at = path.join(folder, `replicas-${workloads}`);
    writeReplicas(at, workloads);
    return median(
      Array.from(
        { length: 3 },
        () => run([PROGRAM, 'matrix', '--summary', '--port', 'TCP/8080', '--cluster', `a=${at}`]).milliseconds,
      ),
    );
  });
  console.log(`ten times the workloads at fixed policies: ratio ${(large / small).toFixed(1)} in time`);
}

function checkOfTheLab(folder: string, lab: string): void {
  const bare = path.join(folder, 'bare.js');
  fs.writeFileSync(bare, `require(${JSON.stringify(require.resolve('yaml'))});\n`);
  const [ours, theirs] = alternate([
    () => run([PROGRAM, 'check', '--mesh', path.join(lab, 'mesh', 'mesh.yaml')]),
    () => run([bare]),
  ]);
  console.log(
    `check of the lab: ${ours.toFixed(0)} ms; Node.js with the package yaml loaded: ${theirs.toFixed(0)} ms; ratio ` +
      `${(ours / theirs).toFixed(2)} (at most 2)`,
  );
}

function figures(runs: ReadonlyArray<ReturnType<typeof run>>): string {
  return `${seconds(median(runs.map(each => each.milliseconds)))}, ${megabytes(median(runs.map(each => each.rssKiB)))}`;
}
