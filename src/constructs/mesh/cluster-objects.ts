import { ApiObject, Chart } from 'cdk8s';
import { IConstruct } from 'constructs';
import { Cluster } from './cluster';
import { MeshError } from '../../diagnostics/fault';
import { formatValue, shorten } from '../../diagnostics/texts';
import { dataRefusals, isData } from '../checks/check-shape';
import { isInvalid } from '../faults';
import { nameRefusals } from '../kubernetes/written-names';
import { Refusal, refusal } from '../refusal';
import { originOf } from '../scopes';

/*
 * `Chart.toJson` resolves the dependencies and runs the validations of the whole app for every chart, so its costs grow
 * with the square of the clusters. Here each construct is visited once.
 */

/** Kinds that come before the objects that need them; all other objects keep their order. */
const FIRST = ['Namespace', 'CustomResourceDefinition'];

/** The objects of a cluster, or why cdk8s or a file cannot write some of them. */
export interface ClusterObjects {
  readonly objects: readonly any[];
  readonly refusals: readonly Refusal[];
}

/** The construct of each object that is written. */
const SOURCES = new WeakMap<object, ApiObject>();

/** The construct of an object of `clusterObjects`. */
export function sourceOf(object: object): ApiObject {
  return SOURCES.get(object)!;
}

/**
 * The objects of a cluster, in the order in which they are written: those of the cluster, then those of each chart
 * below it, in the order of the program. Objects come behind those of the same chart that they depend on, and charts
 * behind charts. `change` may change what is written.
 */
export function clusterObjects(
  cluster: Cluster,
  change: (object: any, source: ApiObject) => any = object => object,
): ClusterObjects {
  const refusals: Refusal[] = [];
  const objects = objectsInOrder(cluster).flatMap(source => {
    const json = jsonOf(source);
    if ('refusals' in json) {
      // those of an invalid construct are not written, and it has faults already
      refusals.push(...([source, originOf(source)].some(isInvalid) ? [] : json.refusals));
      return [];
    }
    const object = change(json.object, source);
    SOURCES.set(object, source);
    return [object];
  });
  const rank = (object: any) => (FIRST.includes(object.kind) ? FIRST.indexOf(object.kind) : FIRST.length);
  return {
    objects: objects
      .map((object, index) => ({ object, index }))
      .sort((one, other) => rank(one.object) - rank(other.object) || one.index - other.index)
      .map(({ object }) => object),
    refusals,
  };
}

/** What is written of an object, or why nothing can be. */
function jsonOf(source: ApiObject): { readonly object: any } | { readonly refusals: readonly Refusal[] } {
  const { path } = source.node;
  let object: any;
  try {
    object = source.toJson();
  } catch (error) {
    return {
      refusals: [
        refusal('object-not-data', {
          path,
          message: 'the object contains itself, or a value that is not data',
          // without the words of cdk8s around the reason
          got: shorten((error as Error).message.replace(/^Failed serializing construct .*?: (?:\w*Error: )?/s, '')),
          allowed: 'text, numbers, booleans, null, and lists and maps of these',
          fix: 'pass plain data',
        }),
      ],
    };
  }
  const refusals = isData(object) ? nameRefusals(path, object) : dataRefusals(path, object);
  return refusals.length === 0 ? { object } : { refusals };
}

/** Refuses what the constructs of a tree say of themselves, in `node.addValidation`. */
export function validationRefusals(tree: IConstruct): Refusal[] {
  return tree.node.findAll().flatMap(({ node }) =>
    node.validate().map(message =>
      refusal('construct-invalid', {
        path: node.path,
        message: shorten(message),
        got: 'an error of the construct',
        allowed: 'constructs without errors',
        fix: 'correct the construct',
      }),
    ),
  );
}

function objectsInOrder(cluster: Cluster): ApiObject[] {
  const charts = new Map<Chart, ApiObject[]>();
  const dependencies: Array<readonly [source: IConstruct, target: IConstruct]> = [];
  const visit = (construct: IConstruct, chart: Chart) => {
    const objects = charts.get(chart) ?? [];
    charts.set(chart, objects);
    if (ApiObject.isApiObject(construct)) {
      objects.push(construct as ApiObject);
    }
    dependencies.push(...construct.node.dependencies.map(target => [construct, target] as const));
    for (const child of construct.node.children) {
      visit(child, Chart.isChart(child) ? (child as Chart) : chart);
    }
  };
  visit(cluster, cluster);
  if (dependencies.length === 0) {
    return [...charts.values()].flat();
  }
  const { ofCharts, ofObjects } = edgesOf(dependencies.filter(([, target]) => Cluster.enclosing(target) === cluster));
  return ordered([...charts.keys()], ofCharts).flatMap(chart => ordered(charts.get(chart)!, ofObjects));
}

type Edges<T> = Map<T, Set<T>>;

/**
 * The dependencies of charts and those of objects. A chart and one inside of it do not wait for each other: cdk8s adds
 * dependencies between such charts itself, whenever a program renders one.
 */
function edgesOf(dependencies: ReadonlyArray<readonly [IConstruct, IConstruct]>): {
  readonly ofCharts: Edges<Chart>;
  readonly ofObjects: Edges<ApiObject>;
} {
  const ofCharts: Edges<Chart> = new Map();
  const ofObjects: Edges<ApiObject> = new Map();
  for (const [source, target] of dependencies) {
    const [chart, other] = [Chart.of(source), Chart.of(target)];
    if (chart !== other) {
      if (!chart.node.scopes.includes(other) && !other.node.scopes.includes(chart)) {
        addEdge(ofCharts, chart, other);
      }
      continue;
    }
    for (const object of objectsOf(source, chart)) {
      for (const earlier of objectsOf(target, chart).filter(each => each !== object)) {
        addEdge(ofObjects, object, earlier);
      }
    }
  }
  return { ofCharts, ofObjects };
}

function addEdge<T>(edges: Edges<T>, source: T, target: T): void {
  edges.set(source, (edges.get(source) ?? new Set()).add(target));
}

function objectsOf(construct: IConstruct, chart: Chart): ApiObject[] {
  return construct.node
    .findAll()
    .filter((each): each is ApiObject => ApiObject.isApiObject(each) && Chart.of(each) === chart);
}

/** Items behind those that they depend on, else in their order. */
function ordered<T extends IConstruct>(items: readonly T[], edges: Edges<T>): readonly T[] {
  const done = new Set<T>();
  const visit = (item: T, path: readonly T[]) => {
    if (done.has(item)) {
      return;
    }
    if (path.includes(item)) {
      throw new MeshError([cycle([...path.slice(path.indexOf(item)), item])], ordered);
    }
    edges.get(item)?.forEach(earlier => visit(earlier, [...path, item]));
    done.add(item);
  };
  items.forEach(item => visit(item, []));
  return [...done];
}

function cycle(path: readonly IConstruct[]): Refusal {
  return refusal('dependency-cycle', {
    path: path[0].node.path,
    message: 'the construct depends on itself, so no order can be written',
    got: path.map(({ node }) => formatValue(node.path)).join(' -> '),
    allowed: 'dependencies without a cycle',
    fix: 'remove one of the dependencies',
  });
}
