import * as fs from 'fs';
import * as path from 'path';
import { ok } from './commands';
import { temporaryFolder } from '../../test/support/mesh';

/** The policies and running pods of clusters at one time, by cluster and key. */
export type ObservedState = { readonly [cluster: string]: ReadonlyMap<string, any> };

/** Kinds whose states are observed. */
const KINDS = 'ciliumnetworkpolicies,pods';

/**
 * Observes a namespace of clusters while a program runs: a kubectl before the real one in the path writes down what the
 * API servers have after each command that changes or waits. So every state that a later command meets is seen, however
 * slow this machine is.
 */
export class Observation {
  private readonly folder = temporaryFolder();

  constructor(
    private readonly clusters: readonly string[],
    private readonly namespace: string,
  ) {}

  /** The environment of the program. */
  public async env(): Promise<NodeJS.ProcessEnv> {
    const kubectl = (await ok('sh', ['-c', 'command -v kubectl'])).trim();
    const look = this.clusters.map(
      name => `'${kubectl}' --context kind-${name} -n ${this.namespace} get ${KINDS} -o json > "$at.${name}"`,
    );
    const script = [
      '#!/bin/sh',
      `'${kubectl}' "$@"`,
      'status=$?',
      'case " $* " in *" --dry-run="*) exit $status;; *" apply "*|*" delete "*|*" rollout "*|*" wait "*) ;; *) exit $status;; esac',
      `at='${this.folder}'/$(date +%s%N)`,
      ...look,
      'exit $status',
    ];
    const bin = path.join(this.folder, 'bin');
    fs.mkdirSync(bin);
    fs.writeFileSync(path.join(bin, 'kubectl'), `${script.join('\n')}\n`, { mode: 0o755 });
    return { PATH: `${bin}${path.delimiter}${process.env.PATH}` };
  }

  /** What the API servers have now. */
  public async now(): Promise<ObservedState> {
    const answers = await Promise.all(
      this.clusters.map(name => ok('kubectl', ['--context', `kind-${name}`, '-n', this.namespace, 'get', KINDS, '-o', 'json'])),
    );
    return Object.fromEntries(this.clusters.map((name, index) => [name, objectsOf(answers[index])]));
  }

  /** All states since the first one. Objects of one command are in the order of their resource versions. */
  public since(first: ObservedState): ObservedState[] {
    const times = [...new Set(fs.readdirSync(this.folder).flatMap(each => (/^\d+\./.test(each) ? each.split('.')[0] : [])))];
    const states = [first];
    for (const time of times.sort()) {
      const next = Object.fromEntries(
        this.clusters.map(name => [name, objectsOf(fs.readFileSync(path.join(this.folder, `${time}.${name}`), 'utf8'))]),
      );
      for (const name of this.clusters) {
        states.push(...between(states.at(-1)!, name, next[name]));
      }
    }
    return states;
  }
}

/** The states from one to the next, in which one object after the other changes in a cluster. */
function between(state: ObservedState, cluster: string, next: ReadonlyMap<string, any>): ObservedState[] {
  const before = state[cluster];
  const version = ({ metadata }: any) => Number(metadata.resourceVersion);
  const changed = [...next]
    .filter(([key, object]) => before.get(key)?.metadata.resourceVersion !== object.metadata.resourceVersion)
    .sort(([, one], [, other]) => version(one) - version(other));
  const removed = [...before.keys()].filter(key => !next.has(key));
  const objects = new Map(before);
  const states: ObservedState[] = [];
  for (const [key, object] of changed) {
    objects.set(key, object);
    states.push({ ...state, [cluster]: new Map(objects) });
  }
  for (const key of removed) {
    objects.delete(key);
    states.push({ ...state, [cluster]: new Map(objects) });
  }
  return states;
}

/** Policies, and pods that run and do not end. */
function objectsOf(text: string): ReadonlyMap<string, any> {
  const isThere = ({ kind, metadata, status }: any) =>
    kind !== 'Pod' || (status.phase === 'Running' && metadata.deletionTimestamp === undefined);
  return new Map(
    JSON.parse(text)
      .items.filter(isThere)
      .map((each: any) => [`${each.kind} ${each.metadata.name}`, each]),
  );
}
