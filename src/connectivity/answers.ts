import {
  ConnectivityOptions,
  Finding,
  FindingSeverity,
  FlowAnswer,
  FlowQuestion,
  UnmetExpectation,
  Verdict,
} from './connectivity-types';
import { Diagnostic } from '../diagnostics/diagnostic';
import { flowStatement } from '../testing/flow-statement';
import { findingsOf, unmetIn } from '../testing/mesh-statements';
import { Subject, subjectOf } from '../testing/subject';

export { meshOf } from '../testing/subject';

/** Asks whether every flow is allowed, and whether every flow is denied. Each statement explains why it is not true. */
export function answer(
  mesh: object,
  source: string,
  destination: string,
  { port, http }: FlowQuestion,
  options: ConnectivityOptions,
): FlowAnswer {
  const subject = subjectFor(mesh, options);
  // null is what other languages pass for an option that is left out
  const question = { port: port ?? undefined, http: http ?? undefined };
  const [allowed, denied] = (['allowed', 'denied'] as const).map(verdict =>
    flowStatement(subject, verdict, source, destination, question),
  );
  return {
    verdict: allowed.pass ? Verdict.ALLOWED : denied.pass ? Verdict.DENIED : Verdict.MIXED,
    explanation: (allowed.pass ? denied : allowed).message(),
  };
}

export function unmetExpectations(mesh: object, path: string, options: ConnectivityOptions): UnmetExpectation[] {
  return unmetIn(subjectFor(mesh, options), path).map(({ path: place, message, fix }) => ({
    path: place,
    message,
    fix,
  }));
}

export function findings(mesh: object, least: FindingSeverity, options: ConnectivityOptions): Finding[] {
  return findingsOf(subjectFor(mesh, options), least).map(findingOf);
}

function subjectFor(mesh: object, { ciliumVersion }: ConnectivityOptions): Subject {
  return subjectOf(mesh, ciliumVersion ?? undefined);
}

const SEVERITIES = { error: FindingSeverity.ERROR, warning: FindingSeverity.WARNING, info: FindingSeverity.INFO };

function findingOf({ code, severity, message, fix, cluster, object, file, line }: Diagnostic): Finding {
  return {
    code,
    severity: SEVERITIES[severity],
    message,
    fix,
    ...(cluster === undefined ? {} : { cluster }),
    ...(object === undefined
      ? {}
      : {
        resource: `${object.kind} ${object.namespace === undefined ? '' : `${object.namespace}/`}${object.name}`,
      }),
    ...(file === undefined ? {} : { file }),
    ...(line === undefined ? {} : { line }),
  };
}
