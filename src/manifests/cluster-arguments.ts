import { clusterInput, InputOptions, readOptions } from './cluster-input';
import { ClusterInput, MeshInput } from './input';
import { ReadingDiagnostic, readingDiagnostic } from './reading-diagnostic';
import { Origin } from './sources/origins';
import { readLayers } from './sources/read-layers';
import { isRendered, parseSource, RenderedSource } from './sources/source';
import { didYouMean } from '../diagnostics/did-you-mean';
import { formatList, formatValue } from '../diagnostics/texts';

/** A cluster of the argument `--cluster NAME=SOURCE`. */
export interface ClusterArgument {
  readonly name: string;
  /** A path, or `kustomize:DIR`, `helm:CHART` or `snapshot:DIR`. */
  readonly source: string;
}

/** A value of a cluster that an argument names. */
export interface ArgumentOf {
  readonly name: string;
  readonly text: string;
}

/** Options that belong to the clusters of arguments. */
export interface ArgumentOptions extends InputOptions {
  /** Files of Helm values. */
  readonly values?: readonly ArgumentOf[];
  /** Sources of what runs in the clusters. */
  readonly base?: readonly ArgumentOf[];
  /** Selectors of what is deleted from the base. */
  readonly prune?: readonly ArgumentOf[];
}

/** The sources of arguments that programs render. */
export function argumentSources(texts: readonly string[]): RenderedSource[] {
  return texts.map(parseSource).filter(isRendered);
}

/** The mesh of the arguments; clusters get the IDs 1, 2, and so on in their order. */
export function readClusterArguments(
  clusters: readonly ClusterArgument[],
  options: ArgumentOptions = {},
): { input: MeshInput; problems: ReadingDiagnostic[] } {
  const problems: ReadingDiagnostic[] = [];
  const inputs = clusters.map(({ name, source }, index): ClusterInput => {
    const file = `--cluster ${name}=${source}`;
    if (clusters.findIndex(other => other.name === name) < index) {
      problems.push(
        readingDiagnostic('mesh-cluster-duplicate', {
          file,
          message: `duplicate cluster ${formatValue(name)}`,
          got: name,
          fix: 'rename one of the two clusters',
        }),
      );
    }
    const argument = (all: readonly ArgumentOf[] = []) => all.find(each => each.name === name)?.text;
    const [values, base, prune] = [argument(options.values), argument(options.base), argument(options.prune)];
    const place = (text: string): Origin => ({ file: text, line: () => undefined });
    const written = (text: string, option: string) => [
      { source: parseSource(text), place: place(`--${option} ${name}=${text}`) },
    ];
    const contents = readLayers(
      {
        name,
        manifests: written(source, 'cluster'),
        ...(base === undefined ? {} : { base: written(base, 'base') }),
        ...(prune === undefined ? {} : { prune: { text: prune, place: place(`--prune ${name}=${prune}`) } }),
      },
      options.renderings ?? new Map(),
      readOptions(options),
      problems,
    );
    return clusterInput(
      contents,
      {
        settings: { name, id: index + 1, manifests: [source], ...(values === undefined ? {} : { values }) },
        values,
        declared: { file, line: () => undefined },
        declaredWorkloads: () => [],
      },
      problems,
    );
  });
  const names = clusters.map(each => each.name);
  const unknown = (['values', 'base', 'prune'] as const).flatMap(option =>
    (options[option] ?? []).filter(each => !names.includes(each.name)).map(each => ({ option, ...each })),
  );
  for (const { option, name, text } of unknown) {
    problems.push(
      readingDiagnostic(option === 'values' ? 'values-cluster' : 'base-cluster', {
        file: `--${option} ${name}=${text}`,
        message: `unknown cluster ${formatValue(name)}${didYouMean(name, names)}`,
        got: name,
        fix: `write one of ${formatList([...new Set(names)])}`,
      }),
    );
  }
  const source = clusters.map(each => `--cluster ${each.name}=${each.source}`).join(' ');
  return { input: { source, clusters: inputs, fromArguments: true }, problems };
}
