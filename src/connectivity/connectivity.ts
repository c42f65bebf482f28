import {
  ConnectivityOptions,
  Finding,
  FindingSeverity,
  FlowAnswer,
  FlowQuestion,
  UnmetExpectation,
} from './connectivity-types';
import { withPatch } from '../cilium/minor-version';
import { CiliumVersion } from '../cilium/version';
import { callError } from '../constructs/faults';
import { IMesh } from '../constructs/mesh/i-mesh';
import { checkCall } from '../constructs/property-refusals';
import { refusal } from '../constructs/refusal';
import { formatValue } from '../diagnostics/texts';

type Answers = typeof import('./answers');

/**
 * Who can reach whom in a mesh, for tests in any language: the verdicts of `cilium-mesh`, without a cluster.
 *
 * A mesh of a program is rendered for every question, so an answer is about what the mesh is then. Every question
 * throws for names that select nothing, because such a question has no answer.
 *
 * Sources and destinations are those of an expectations file: `shop/cart@paris`, `shop/*`, `*@paris`, `svc/shop/cart`,
 * `world:192.0.2.1`, `fqdn:example.org`.
 */
export class Connectivity {
  /** The connectivity of a mesh that a program describes; nothing is written. */
  public static of(mesh: IMesh, options?: ConnectivityOptions): Connectivity {
    checkCall('Connectivity.of', { mesh, options }, Connectivity.of);
    checkVersion('Connectivity.of', options, Connectivity.of);
    return new Connectivity(mesh, options ?? {});
  }

  /**
   * The connectivity of manifests on disk: the path of a mesh.yaml, or of a folder with one, such as `dist`. The path
   * is relative to the working directory. Throws for everything that cannot be read.
   */
  public static ofManifests(path: string, options?: ConnectivityOptions): Connectivity {
    checkCall('Connectivity.ofManifests', { path, options }, Connectivity.ofManifests);
    checkVersion('Connectivity.ofManifests', options, Connectivity.ofManifests);
    return new Connectivity(answers().meshOf(path), options ?? {});
  }

  private constructor(
    private readonly mesh: object,
    private readonly options: ConnectivityOptions,
  ) {}

  /** Whether flows from `source` reach `destination`, and why. */
  public ask(source: string, destination: string, question?: FlowQuestion): FlowAnswer {
    checkCall('Connectivity.ask', { source, destination, question }, this.ask);
    return answers().answer(this.mesh, source, destination, question ?? {}, this.options);
  }

  /**
   * The expectations of a file that do not hold, by its path; none if the mesh is as expected. Throws for an invalid
   * file, and for expectations that are about no flow.
   */
  public unmetExpectations(path: string): UnmetExpectation[] {
    checkCall('Connectivity.unmetExpectations', { path }, this.unmetExpectations);
    return answers().unmetExpectations(this.mesh, path, this.options);
  }

  /** The findings of `cilium-mesh check` of a severity or a worse one, `WARNING` by default, as data. */
  public findings(least?: FindingSeverity): Finding[] {
    checkCall('Connectivity.findings', { least }, this.findings);
    return answers().findings(this.mesh, least ?? FindingSeverity.WARNING, this.options);
  }
}

/** Refuses a version that no question could be about, before the first question. */
function checkVersion(method: string, options: ConnectivityOptions | undefined, caller: Function): void {
  const text = options?.ciliumVersion ?? undefined;
  if (text !== undefined && !CiliumVersion.parse(withPatch(text))?.traits.clusterMeshApiserver) {
    const fault = refusal('value-unknown', {
      path: `${method}.options.ciliumVersion`,
      message: 'unknown version of Cilium',
      got: formatValue(text),
      allowed: '1.14 to 1.20, also with a patch version, such as 1.18.4',
      fix: 'correct the version',
    });
    throw callError([fault], caller);
  }
}

/** The evaluator is large: programs that only write files load none. */
function answers(): Answers {
  // eslint-disable-next-line @typescript-eslint/no-require-imports -- an import would load it at the start
  return require('./answers') as Answers;
}
