import { answerAll, UnansweredError } from './answers';
import { askIdentity } from './applied-objects';
import { IdentifiedCluster } from '../plans/cluster-identity';
import { contextNames, kindClusters, readyOfKind } from '../plans/kube';
import { LiveCluster, LiveMesh } from '../plans/live-mesh';
import { ask, askAll, invalidAnswer, Shell } from '../runner/shell';

/** The clusters of a mesh that exist. */
export interface ExistingClusters {
  /** Those that answer. */
  readonly identified: readonly IdentifiedCluster[];
  /** Kind clusters that work, and whose contexts the kubeconfig lacks: another user or file created them. */
  readonly withoutContext: readonly LiveCluster[];
  /** Kind clusters that do not exist. */
  readonly absent: readonly string[];
}

/**
 * The clusters of a mesh that exist, before `up` changes anything. Throws a MissingProgramError, or an UnansweredError
 * if kind does not name its clusters, or a cluster that the user made does not answer. A kind cluster that does not
 * answer may be half made: the step that creates it finds out. Clusters that are not in `required` need not answer.
 */
export async function identifyExisting(
  { clusters }: LiveMesh,
  shell: Shell,
  required: readonly string[] = clusters.map(({ name }) => name),
): Promise<ExistingClusters> {
  const kindNames = clusters.some(each => each.kind) ? await askKindClusters(shell) : [];
  const existing = clusters.filter(({ kind, name }) => !kind || kindNames.includes(name));
  const results = await Promise.allSettled(existing.map(({ context }) => askIdentity(context, shell)));
  const failures = results.flatMap((each, index) =>
    each.status === 'rejected' ? [{ cluster: existing[index], error: each.reason }] : [],
  );
  const isUnanswered = ({ error }: { readonly error: unknown }) => error instanceof UnansweredError;
  const unanswered = failures.filter(each => isUnanswered(each) && required.includes(each.cluster.name));
  const other = failures.find(each => !isUnanswered(each));
  if (other) {
    throw other.error;
  }
  const questions = unanswered.filter(({ cluster }) => !cluster.kind).flatMap(({ error }) => error.questions);
  if (questions.length > 0) {
    throw new UnansweredError(questions);
  }
  return {
    identified: results.flatMap((each, index) =>
      each.status === 'fulfilled' ? [identified(existing[index], each.value)] : [],
    ),
    withoutContext: await withoutContext(
      unanswered.map(({ cluster }) => cluster),
      shell,
    ),
    absent: clusters.flatMap(({ kind, name }) => (kind && !kindNames.includes(name) ? [name] : [])),
  };
}

async function withoutContext(silent: readonly LiveCluster[], shell: Shell): Promise<LiveCluster[]> {
  if (silent.length === 0) {
    return [];
  }
  const { status, output } = await ask(shell, contextNames());
  const known = output.split('\n').map(line => line.trim());
  const unknown = status === 0 ? silent.filter(({ context }) => !known.includes(context)) : [];
  // kind writes the context at the end: a half-made cluster has none either, and does not answer
  const answers = await askAll(
    shell,
    unknown.map(({ name }) => readyOfKind(name)),
  );
  return unknown.filter((_, index) => answers[index].status === 0);
}

function identified({ name, id, context }: LiveCluster, identity: IdentifiedCluster['identity']): IdentifiedCluster {
  return { name, id, context, identity };
}

/** The names of the kind clusters. Throws a MissingProgramError, or an UnansweredError if kind does not name them. */
export async function askKindClusters(shell: Shell): Promise<string[]> {
  const [answer] = await answerAll(shell, [kindClusters()]);
  const names = answer.result.output.split('\n').flatMap(line => line.trim() || []);
  // pkg/cluster/internal/create/create.go, validateProvider and validNameRE, kind v0.30
  if (!names.every(name => /^[a-z0-9.-]+$/.test(name))) {
    throw new UnansweredError([invalidAnswer(answer, 'names of kind clusters, one a line')]);
  }
  return names;
}
