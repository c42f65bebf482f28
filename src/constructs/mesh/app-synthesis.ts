import * as fs from 'fs';
import * as path from 'path';
import { App, Chart, Names, YamlOutputType } from 'cdk8s';
import { CONSTRUCT_METADATA_FILE, constructMetadata } from './construct-metadata';
import { MeshTree } from './mesh-tree';
import { OutputFiles, outputRefusals, writeOutputs } from './output-files';
import { MeshError } from '../../diagnostics/fault';
import { formatValue } from '../../diagnostics/texts';
import { recordsConstructs } from '../origins';
import { Refusal, refusal } from '../refusal';

/** The meshes of each App, in the order of the program. */
const MESHES = new WeakMap<App, MeshTree[]>();

const EXTENDED = new WeakSet<object>();

/** Lets `app.synth()` write a mesh too. */
export function writeMeshWith(app: App, mesh: MeshTree): void {
  const meshes = MESHES.get(app);
  if (meshes) {
    meshes.push(mesh);
    return;
  }
  MESHES.set(app, [mesh]);
  extendSynth(app);
}

/**
 * cdk8s has no hook for the synthesis of an App, so this extends the method itself. It does so where cdk8s defines it,
 * so classes of users that override it, in any language, reach it with `super.synth()`.
 */
function extendSynth(app: App): void {
  const prototype = definingPrototype(app, 'synth');
  if (EXTENDED.has(prototype)) {
    return;
  }
  EXTENDED.add(prototype);
  const original = prototype.synth;
  prototype.synth = function synth(this: App): void {
    const meshes = (MESHES.get(this) ?? []).filter(mesh => mesh.isInTree);
    if (meshes.length === 0) {
      original.call(this);
    } else {
      synthesizeMeshes(this, meshes, synth, () => original.call(this));
    }
  };
}

/** The prototype that defines a method first; subclasses of users may override it. */
function definingPrototype(app: App, method: 'synth'): { synth(): void } {
  let found = app as object;
  for (let each = Object.getPrototypeOf(app); each !== null; each = Object.getPrototypeOf(each)) {
    found = Object.prototype.hasOwnProperty.call(each, method) ? each : found;
  }
  return found as { synth(): void };
}

/**
 * Writes all files of the meshes of an App, and lets `others` write those of its other charts. Everything of the meshes
 * is rendered and verified before.
 * @throws with all faults of all meshes
 */
export function synthesizeMeshes(
  app: App,
  meshes: readonly MeshTree[],
  caller: Function,
  others: () => void = () => undefined,
): void {
  const synthesized = meshes.map(mesh => mesh.synthesize());
  const outputs = synthesized.map(({ output }) => output);
  const refusals: Refusal[] = synthesized.flatMap(each => each.refusals);
  const all = refusals.length > 0 ? refusals : [...outputRefusals(outputs), ...chartRefusals(app, meshes)];
  if (all.length > 0) {
    throw new MeshError(all, caller);
  }
  MeshTree.hide(meshes, others);
  writeOutputs(outputs);
  if (recordsConstructs(app)) {
    recordConstructs(app, meshes, outputs);
  }
}

/** Refuses charts beside a mesh that cdk8s would write into the file or the folder of a cluster. */
function chartRefusals(app: App, meshes: readonly MeshTree[]): Refusal[] {
  const charts = MeshTree.hide(meshes, () => app.node.findAll().filter(Chart.isChart)) as Chart[];
  const names = namesOfCharts(app.yamlOutputType, charts);
  return meshes
    .filter(({ outdir }) => path.resolve(outdir) === path.resolve(app.outdir))
    .flatMap(({ clusters }) => clusters.filter(({ name }) => names.has(name)))
    .map(({ name, node }) => {
      const chart = names.get(name)!;
      return refusal('chart-of-cluster-name', {
        path: chart.node.path,
        message: `the chart and the cluster ${node.path} would be written to one place, and only one would stay`,
        got: formatValue(name),
        allowed: 'names that no cluster of the mesh has',
        fix: 'rename the chart, or set outdir of the mesh',
      });
    });
}

/** The charts by the name of their file or folder. cdk8s numbers these names if charts depend on each other. */
function namesOfCharts(type: YamlOutputType, charts: readonly Chart[]): ReadonlyMap<string, Chart> {
  switch (type) {
    case YamlOutputType.FILE_PER_RESOURCE:
      return new Map();
    case YamlOutputType.FILE_PER_APP:
      return new Map(charts.slice(0, 1).map(chart => ['app', chart]));
    default:
      return new Map(charts.map(chart => [Names.toDnsLabel(chart), chart]));
  }
}

/** Writes the construct paths of the meshes, beside those that cdk8s wrote of the other charts. */
function recordConstructs(app: App, meshes: readonly MeshTree[], outputs: readonly OutputFiles[]): void {
  const file = path.join(app.outdir, CONSTRUCT_METADATA_FILE);
  const others = meshes.every(mesh => mesh.isRoot) ? {} : JSON.parse(fs.readFileSync(file, 'utf8')).resources;
  const clusters = meshes.flatMap(mesh => mesh.clusters);
  fs.writeFileSync(file, constructMetadata(clusters, outputs, app.outdir, others));
}
