/**
 * Bad values in every place of the public API, generated from the shapes of its values: each is refused with the path
 * of the construct, what is allowed, the value and the line, and nothing is written.
 */
import * as fs from 'fs';
import { App } from 'cdk8s';
import { BadValue, badArguments, optionalPlaces, withValue } from './bad-input/bad-values';
import { ValidCall, validCalls } from './bad-input/valid-calls';
import * as library from '../../src';
import { slotsOf } from '../../src/constructs/checks/shape';
import { CALLS } from '../../src/constructs/checks/shapes';
import { Fault } from '../../src/diagnostics/fault';
import { meshOf } from '../support/mesh';

/** Takes any value: it says whether one is a cluster. */
const TAKE_ANYTHING = ['Cluster.isCluster'];

const entries = Object.keys(CALLS).filter(entry => !TAKE_ANYTHING.includes(entry));

function call(entry: string, { receiver }: ValidCall, values: { readonly [parameter: string]: unknown }): unknown {
  const args = slotsOf(CALLS[entry]).map(({ name }) => values[name]);
  const [owner, method] = entry.split('.');
  const classes = library as unknown as { readonly [name: string]: any };
  if (method === undefined) {
    return new classes[entry.replace('new ', '')](...args);
  }
  // the rest of `inClusters(...clusters)` is a list
  const all = entry === 'Workload.inClusters' && Array.isArray(args[0]) ? args[0] : args;
  return (receiver ?? classes[owner])[method](...all);
}

/** The faults with which a call, or the mesh after it, is refused. */
function faultsOfCall(entry: string, bad?: BadValue): readonly Fault[] {
  const mesh = meshOf(2, entry === 'new ExternalEtcdMesh' ? { ciliumVersion: '1.9.5' } : {});
  const valid = validCalls(mesh)[entry];
  const values = bad ? withValue(valid.arguments, bad.place, bad.value) : valid.arguments;
  try {
    const result = call(entry, valid, values as ValidCall['arguments']);
    if (entry === 'ClusterMesh.check') {
      return result as Fault[];
    }
    const isMesh = result instanceof library.ClusterMesh || result instanceof library.Mesh;
    (isMesh ? (result.node.root as App) : mesh).synth();
    return [];
  } catch (error) {
    if ((error as Error).name !== 'MeshError') {
      throw error;
    }
    return (error as library.MeshError).faults;
  } finally {
    if (bad) {
      expect(fs.readdirSync(mesh.outdir)).toEqual([]);
    }
  }
}

test('every entry has a valid call', () => {
  expect(Object.keys(validCalls(meshOf())).sort()).toEqual(Object.keys(CALLS).sort());
});

test.each(entries)('a valid call of %s is accepted', entry => {
  expect(faultsOfCall(entry)).toEqual([]);
});

test.each(entries)('every bad value in a call of %s is refused', entry => {
  const problems = badArguments(CALLS[entry]).flatMap(bad => {
    const what = `${textOf(bad.place)}: ${bad.what}`;
    try {
      return problemsOf(entry, bad, faultsOfCall(entry, bad)).map(problem => `${what}: ${problem}`);
    } catch (error) {
      return [`${what}: throws ${(error as Error).stack?.split('\n').slice(0, 3).join(' ')}`];
    }
  });
  expect(problems).toEqual([]);
});

test.each(entries)('null in a call of %s means what leaving it out means', entry => {
  const problems = optionalPlaces(CALLS[entry]).flatMap(place => {
    const [omitted, given] = [undefined, null].map(value => {
      try {
        return outcomeOf(entry, { place, value, what: 'absent' });
      } catch (error) {
        return `throws ${(error as Error).stack?.split('\n').slice(0, 3).join(' ')}`;
      }
    });
    return given === omitted ? [] : [`${textOf(place)}: ${given}, and if it is left out ${omitted}`];
  });
  expect(problems).toEqual([]);
});

/** What a call leads to: the faults, else the objects of the clusters. */
function outcomeOf(entry: string, given: BadValue): string {
  const mesh = meshOf(2, entry === 'new ExternalEtcdMesh' ? { ciliumVersion: '1.9.5' } : {});
  const valid = validCalls(mesh)[entry];
  try {
    const result = call(entry, valid, withValue(valid.arguments, given.place, given.value) as ValidCall['arguments']);
    const written = result instanceof library.ClusterMesh || result instanceof library.Mesh ? result : mesh;
    return JSON.stringify(written.faults().map(({ path, code, got }) => [path, code, got])) + synthesized(written);
  } catch (error) {
    if ((error as Error).name !== 'MeshError') {
      throw error;
    }
    return JSON.stringify((error as library.MeshError).faults.map(({ path, code, got }) => [path, code, got]));
  }
}

function synthesized(mesh: library.ClusterMesh | library.Mesh): string {
  return mesh.faults().length > 0 ? '' : JSON.stringify(mesh.clusters.map(({ name }) => mesh.cluster(name).toJson()));
}

/** What is missing in the faults of a bad value. */
function problemsOf(entry: string, { place, value }: BadValue, faults: readonly Fault[]): string[] {
  if (faults.length === 0) {
    return ['accepted'];
  }
  const path = PATHS[entry] ?? textOf(place);
  const beside = faults.filter(each => !isAt(each.path, path) && !COME_WITH_IT.includes(each.code));
  const found = faults.find(each => isAt(each.path, path));
  if (!found) {
    return [`the faults are of ${faults.map(each => `${each.path} [${each.code}]`).join(', ')}`];
  }
  return [
    ...beside.map(each => `also ${each.path} [${each.code}]`),
    ...(found.location?.includes('bad-input.test.ts:') || entry === 'ClusterMesh.check' ? [] : ['has no line']),
    ...(found.got === '' || found.allowed === '' || found.fix === '' ? [`incomplete: ${JSON.stringify(found)}`] : []),
    ...(typeof value === 'number' && !found.got.includes(String(value)) ? [`got ${found.got}`] : []),
  ];
}

/** The place of all faults of the arguments of a call, where it is not the place in the arguments. */
const PATHS: { readonly [entry: string]: string } = {
  'ClusterMesh.cluster': 'clusters',
  'IMesh.cluster': 'clusters',
  'Mesh.cluster': 'clusters',
  // takes any number of clusters, so a value that is no list is the first of them
  'Workload.inClusters': 'clusters[0]',
};

/** Faults of parts that the test leaves out, such as the ports of a mapping whose protocol is bad. */
const COME_WITH_IT = ['property-missing', 'port-invalid', 'kubernetes-api-host'];

/** Whether the path of a fault is a place in arguments, below a construct, or in data that no file can hold. */
function isAt(path: string, place: string): boolean {
  const normal = path.replace(/\["([\w-]+)"\]/g, '.$1').replace(/(\.self)+$/, '');
  return [normal, `.${normal}`].some(each => each === place || each.endsWith(`.${place}`)) || place === '';
}

/** A place in the words of a fault: the properties of a construct or a cluster are below its path. */
function textOf(place: BadValue['place']): string {
  return place
    .map(each => (typeof each === 'number' ? `[${each}]` : `.${each}`))
    .join('')
    .replace(/^\.props/, '')
    .replace(/^\.clusters\[0\](?=\.)/, '')
    .replace(/^\.defaults(?=\.)/, '')
    .slice(1);
}
