import * as path from 'path';
import { CommandError, Io, Status } from './io';
import { kubeContexts, unknownContext } from './kube-contexts';
import { writeNewFiles } from './new-files';
import { didYouMean } from '../diagnostics/did-you-mean';
import { formatFaults } from '../diagnostics/fault';
import { formatAlternatives, formatValue } from '../diagnostics/texts';
import { projectFiles } from '../init/files';
import { Language, LANGUAGES } from '../init/languages';
import { clusterOfContext, ProjectCluster, projectClusters, projectFaults } from '../init/project';

export interface InitOptions {
  readonly language: string;
  readonly clusters?: string;
  readonly context?: readonly string[];
}

/** The clusters of an example. */
const EXAMPLE = 'paris,lyon';

/** `cilium-mesh init`: writes a new app repository, and replaces no file. */
export async function initCommand(folder: string | undefined, options: InitOptions, io: Io): Promise<Status> {
  const language = languageOf(options.language);
  const clusters = clustersOf(options);
  const target = path.resolve(folder ?? '.');
  const files = projectFiles({
    name: path.basename(target) || 'mesh',
    language,
    clusters,
    version: io.version ?? '0.0.0',
  });
  writeNewFiles(target, files);
  await io.out([...files.keys()].map(file => `${path.join(folder ?? '', file)}\n`).join(''));
  io.err(nextSteps(folder, language));
  return Status.OK;
}

function languageOf(text: string): Language {
  const language = LANGUAGES.find(each => each === text);
  if (language === undefined) {
    throw new CommandError(
      `--language must be ${formatAlternatives([...LANGUAGES])}, got ${formatValue(text)}` +
        didYouMean(text, [...LANGUAGES]),
    );
  }
  return language;
}

/** The clusters that the options name. Throws with everything that is wrong with them. */
function clustersOf({ clusters, context }: InitOptions): ProjectCluster[] {
  if (clusters !== undefined && context !== undefined) {
    throw new CommandError('--clusters and --context cannot be used together: name either clusters or contexts');
  }
  const named =
    context === undefined
      ? (clusters ?? EXAMPLE).split(',').map(name => ({ name: name.trim() }))
      : ofContexts(context);
  const found = projectClusters(named);
  const faults = projectFaults(found);
  if (faults.length > 0) {
    throw new CommandError(formatFaults(faults));
  }
  return found;
}

function ofContexts(contexts: readonly string[]): Array<{ readonly name: string; readonly context: string }> {
  const known = kubeContexts();
  if (known === undefined) {
    throw new CommandError(
      '--context: kubectl could not list its contexts; install kubectl, or name the clusters with --clusters',
    );
  }
  const unknown = contexts.filter(each => !known.includes(each));
  if (unknown.length > 0) {
    throw new CommandError(unknown.map(each => `--context: ${unknownContext(each, known)}`).join('\n'));
  }
  return contexts.map(each => ({ name: clusterOfContext(each), context: each }));
}

function nextSteps(folder: string | undefined, language: Language): string {
  const commands =
    language === 'typescript'
      ? ['npm install', 'npm test', 'npm run synth']
      : [
        'python -m venv .venv && . .venv/bin/activate && pip install -r requirements.txt',
        'pytest',
        'python main.py && cilium-mesh check',
      ];
  return `\nNext:\n${[...(folder === undefined ? [] : [`cd ${folder}`]), ...commands].map(each => `  ${each}\n`).join('')}`;
}
