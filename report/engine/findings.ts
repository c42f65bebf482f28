import { commandOf } from './commands';
import { policyId } from './policy-ids';
import { Sides } from './sides';
import { policyKindOf } from '../../src/cilium/policy-kinds';
import { Diagnostic } from '../../src/diagnostics/diagnostic';
import { judgeSteps } from '../../src/findings/judge-mesh';
import { countedFindings, Judgement } from '../../src/findings/judgement';
import { findingJson } from '../../src/reports/check';
import { Findings, Protocol, Side } from '../protocol';

/** The findings of the sides of a report, as `check` judges them. */
export class FindingsOfSides {
  private readonly judged = new WeakMap<object, Judgement>();
  /** Meshes whose rules are being evaluated. */
  private readonly started = new WeakMap<object, Generator<void, Judgement>>();

  constructor(private readonly sides: Sides) {}

  public of({ side, against, text = '', most = Infinity }: Protocol['findings']['ask']): Findings {
    const judgement = this.judgement(side);
    const findings = countedFindings(judgement);
    const others = against === undefined ? undefined : countedFindings(this.judgement(against));
    const [known, own] = [others ?? [], findings].map(countKeys);
    const all = findings.map(finding => ({ finding, isNew: others !== undefined && !take(known, keyOf(finding)) }));
    const wanted = text.toLowerCase();
    const fitting = all.filter(({ finding }) => wanted === '' || textOf(finding).includes(wanted));
    const sorted = [...fitting.filter(({ isNew }) => isNew), ...fitting.filter(({ isNew }) => !isNew)];
    const accepted = judgement.findings.filter(each => each.accepted);
    const solved = (others ?? []).filter(finding => !take(own, keyOf(finding)));
    const count = (severity: string) => findings.filter(each => each.severity === severity).length;
    return {
      findings: sorted.slice(0, most).map(({ finding, isNew }) => ({
        ...findingJson(finding),
        ...(others ? { isNew } : {}),
        ...policyOf(finding),
      })),
      left: Math.max(0, sorted.length - most),
      newCount: all.filter(({ isNew }) => isNew).length,
      accepted: accepted.slice(0, most).flatMap(({ finding, accepted: by }) =>
        by ? [{ ...findingJson(finding), by: by.by, ...('reason' in by ? { reason: by.reason } : {}) }] : [],
      ),
      acceptedCount: accepted.length,
      solved: solved.slice(0, most).map(findingJson),
      solvedCount: solved.length,
      counts: { error: count('error'), warning: count('warning'), info: count('info') },
      command: commandOf(this.sides, side, 'cilium-mesh check', { pods: 'missing' }),
    };
  }

  /**
   * Does a part of the work for an answer, about as much as one rule of `check`. Returns whether all is done. Of meshes
   * that are no longer supposed, nothing more is done.
   */
  public prepare({ side, against }: Protocol['findings']['ask']): boolean {
    const next = [side, ...(against === undefined ? [] : [against])].find(
      each => !this.judged.has(this.sides.at(each).mesh),
    );
    if (next !== undefined) {
      this.step(next);
    }
    return next === undefined;
  }

  private judgement(side: Side): Judgement {
    const { mesh } = this.sides.at(side);
    while (!this.judged.has(mesh)) {
      this.step(side);
    }
    return this.judged.get(mesh)!;
  }

  private step(side: Side): void {
    const { mesh } = this.sides.at(side);
    const steps = this.started.get(mesh) ?? this.stepsOf(side);
    // work that failed is begun again: a generator that has thrown would end without a result
    this.started.delete(mesh);
    const { done, value } = steps.next();
    if (done) {
      this.judged.set(mesh, value);
    } else {
      this.started.set(mesh, steps);
    }
  }

  private stepsOf(side: Side): Generator<void, Judgement> {
    const { input, mesh, version } = this.sides.at(side);
    const { severities, baseline, folder, more } = this.sides.page.judges;
    return judgeSteps(mesh, input, {
      configuration: severities ? { severities } : {},
      folder,
      ...(more.length > 0 && side === 'new' ? { more } : {}),
      ...(version ? { version } : {}),
      ...(baseline ? { baseline } : {}),
    });
  }
}

/** What a finding is found by. */
function textOf({ code, severity, cluster, file, path, object, message, fix }: Diagnostic): string {
  const { kind = '', namespace = '', name = '' } = object ?? {};
  return [code, severity, cluster, file, path, kind, `${namespace}/${name}`, message, fix].join('\n').toLowerCase();
}

/** What stays the same of a finding when lines and other objects change. */
function keyOf({ code, cluster, object, file, path, message }: Diagnostic): string {
  const what = object ? [object.kind, object.namespace, object.name] : [file];
  return JSON.stringify([code, cluster, ...what, path, message.replace(/:\d+/g, ':')]);
}

function countKeys(findings: readonly Diagnostic[]): Map<string, number> {
  const counts = new Map<string, number>();
  findings.forEach(finding => counts.set(keyOf(finding), (counts.get(keyOf(finding)) ?? 0) + 1));
  return counts;
}

/** Whether there is one left; if so, one less afterwards. */
function take(counts: Map<string, number>, key: string): boolean {
  const left = counts.get(key) ?? 0;
  counts.set(key, left - 1);
  return left > 0;
}

function policyOf({ cluster, object, file }: Diagnostic): { policy?: string } {
  return cluster !== undefined && object && policyKindOf(object)
    ? {
      policy: policyId(cluster, {
        file: file ?? '',
        object: { kind: object.kind, metadata: { namespace: object.namespace, name: object.name } },
        line: () => undefined,
      }),
    }
    : {};
}
