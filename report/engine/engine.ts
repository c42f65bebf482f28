import { complete } from './complete';
import { diffAnswer } from './diff';
import { endpointTable } from './endpoints';
import { explain } from './explain';
import { facts } from './facts';
import { FindingsOfSides } from './findings';
import { changedPlanes, connections, groups, planes, portClasses } from './flows';
import { matrixCommand } from './matrix-command';
import { ObservedSides } from './observed';
import { patchOf } from './patch';
import { policyRows, policyText } from './policies';
import { policyDiffs } from './policy-diff';
import { search } from './search';
import { serviceAnswer, serviceRows } from './services';
import { Sides } from './sides';
import { Summaries } from './summary';
import { PackedMesh, PackedPage } from '../../src/reports/page/packed-page';
import { Facts, Protocol, QuestionName, Supposed, Suppositions } from '../protocol';

type Answers = { readonly [Name in QuestionName]: (ask: Protocol[Name]['ask']) => Protocol[Name]['answer'] };

/** Answers the questions of a page (protocol.ts). It needs neither a worker nor a browser. */
export class Engine {
  private loaded:
    | {
      readonly sides: Sides;
      readonly findings: FindingsOfSides;
      readonly summaries: Summaries;
      readonly observed: ObservedSides;
    }
    | undefined;
  private supposed: Suppositions = {};

  private readonly answers: Answers = {
    load: ({ data }) => this.load(JSON.parse(data) as PackedPage),
    summary: ({ side }) => this.loadedMeshes.summaries.of(side),
    endpoints: () => endpointTable(this.sides),
    planes: ({ side, ports }) => planes(this.sides, side, ports),
    changedPlanes: ask => changedPlanes(this.sides, ask),
    ports: ({ side }) => portClasses(this.sides, side),
    groups: ask => groups(this.sides, ask),
    connections: ask => connections(this.sides, ask),
    matrixCommand: ({ names, ...scope }) => ({ command: matrixCommand(this.sides, { ...scope, ids: new Set(names) }) }),
    explain: ask => explain(this.sides, ask),
    services: ({ side }) => serviceRows(this.sides, side),
    service: ask => serviceAnswer(this.sides, ask),
    findings: ask => this.loadedMeshes.findings.of(ask),
    observed: ask => this.loadedMeshes.observed.of(ask),
    traffic: ({ side }) => this.loadedMeshes.observed.traffic(side),
    policies: ({ side }) => policyRows(this.sides, side),
    policy: ({ side, id }) => policyText(this.sides, side, id),
    policyDiffs: ask => policyDiffs(this.sides, ask),
    suppose: ask => this.suppose(ask),
    diff: ask => diffAnswer(this.sides, ask),
    patch: () => patchOf(this.sides, this.supposed),
    search: ask => search(this.sides, ask),
    complete: ask => complete(this.sides, ask),
  };

  public answer<Name extends QuestionName>(name: Name, ask: Protocol[Name]['ask']): Protocol[Name]['answer'] {
    return this.answers[name](ask);
  }

  /** Does a part of the work for findings; whether the answer is at hand. */
  public prepareFindings(ask: Protocol['findings']['ask']): boolean {
    return this.loadedMeshes.findings.prepare(ask);
  }

  private load(page: PackedPage): Facts {
    const sides = isReadable(page) ? new Sides(page) : undefined;
    const summaries = sides && new Summaries(sides);
    this.loaded =
      sides && summaries
        ? { sides, findings: new FindingsOfSides(sides), summaries, observed: new ObservedSides(sides, summaries) }
        : undefined;
    return facts(page, sides);
  }

  private get loadedMeshes() {
    if (!this.loaded) {
      throw new Error('the mesh of this report could not be read');
    }
    return this.loaded;
  }

  private get sides(): Sides {
    return this.loadedMeshes.sides;
  }

  private suppose(suppositions: Suppositions): Supposed {
    const { problems, added, unused } = this.sides.suppose(suppositions);
    this.supposed = suppositions;
    const changed = this.sides.isSupposing
      ? changedPlanes(this.sides, { from: 'new', to: 'supposed', ports: 'any' })
      : undefined;
    const count = (plane: 'gained' | 'lost') => (changed ? pairsOf(this.sides, changed, changed[plane]) : 0);
    return {
      summary: this.loadedMeshes.summaries.of('supposed'),
      gained: count('gained'),
      lost: count('lost'),
      problems,
      added,
      unused,
    };
  }
}

function isReadable(page: PackedPage): page is PackedPage & { readonly new: PackedMesh } {
  return page.new !== undefined;
}

/* eslint-disable no-bitwise -- bits of words */

/** The pairs of different workloads of bits. */
function pairsOf(sides: Sides, { size, words }: { size: number; words: number }, plane: Uint32Array): number {
  const counts = new Float64Array(size);
  sides.at('supposed').mesh.workloads.forEach(each => counts[sides.spaces.columns.columnOf(each)]++);
  let pairs = 0;
  for (let row = 0; row < size; row++) {
    for (let at = 0; counts[row] > 0 && at < words; at++) {
      for (let word = plane[row * words + at]; word !== 0; word &= word - 1) {
        const column = (at << 5) + 31 - Math.clz32(word & -word);
        pairs += counts[row] * (counts[column] - (column === row ? 1 : 0));
      }
    }
  }
  return pairs;
}
