import { RenderedSource } from './source';

/** How a program renders a source. No shell reads it, and no argument of a source is taken for an option. */
export interface RenderCommand {
  readonly program: string;
  readonly args: readonly string[];
  /** The folder in which it runs, where that is not the working directory. */
  readonly folder?: string;
  /** What it reads from its standard input. */
  readonly stdin?: string;
  /** The arguments that print the version of the program; undefined for a program of the user's own. */
  readonly version?: readonly string[];
}

/** The commands that render a source. The first one whose program is installed counts. */
export function renderCommands(source: RenderedSource): readonly RenderCommand[] {
  switch (source.kind) {
    case 'kustomize': {
      const restrictor = source.loadsAll ? ['--load-restrictor=LoadRestrictionsNone'] : [];
      const args = [...restrictor, '--', asPath(source.folder)];
      return [
        { program: 'kustomize', args: ['build', ...args], version: ['version'] },
        { program: 'kubectl', args: ['kustomize', ...args], version: ['version', '--client', '-o', 'json'] },
      ];
    }
    case 'helm': {
      const { chart, isRemote, release, namespace, values, inlineValues, ...others } = source;
      const { repo, version, kubeVersion, apiVersions = [] } = others;
      const options = [
        `--namespace=${namespace}`,
        '--include-crds',
        '--skip-tests',
        ...values.map(file => `--values=${asPath(file)}`),
        ...(inlineValues === undefined ? [] : ['--values=-']),
        ...(repo === undefined ? [] : [`--repo=${repo}`]),
        ...(version === undefined ? [] : [`--version=${version}`]),
        ...(kubeVersion === undefined ? [] : [`--kube-version=${kubeVersion}`]),
        ...apiVersions.map(each => `--api-versions=${each}`),
      ];
      const args = ['template', ...options, '--', release, isRemote ? chart : asPath(chart)];
      const stdin = inlineValues === undefined ? {} : { stdin: inlineValues };
      return [{ program: 'helm', args, version: ['version'], ...stdin }];
    }
    case 'flux': {
      const { name, namespace, kustomization, folder } = source;
      const options = [
        `--path=${asPath(folder)}`,
        `--kustomization-file=${asPath(kustomization)}`,
        // it compares the namespace with that in the file, and assumes flux-system (internal/build, v2.9)
        ...(namespace === undefined ? [] : [`--namespace=${namespace}`]),
        '--dry-run',
        // variables of ConfigMaps and Secrets are unknown without a cluster, and would be empty
        '--strict-substitute',
      ];
      const args = ['build', 'kustomization', ...options, '--', name];
      return [{ program: 'flux', args, version: ['version', '--client'] }];
    }
    case 'command': {
      const [program, ...args] = source.command;
      return [{ program, args, folder: source.folder }];
    }
  }
}

/** A path that no program takes for an option, a reference or a URL. */
function asPath(file: string): string {
  return /^(\.{0,2}\/|\.{1,2}$|[A-Za-z]:[\\/])/.test(file) ? file : `./${file}`;
}
