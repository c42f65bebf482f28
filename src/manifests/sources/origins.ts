import { readManifests } from '../documents';
import { Manifest } from '../manifest';

/** The file and lines that a rendered object comes from. */
export interface Origin {
  readonly file: string;
  line(path?: string): number | undefined;
}

/** Finds the origin of a rendered object; undefined if it is unknown. */
export type FindOrigin = (rendered: Manifest) => Origin | undefined;

/** The first line of a file. */
export function wholeFile(file: string): Origin {
  return { file, line: () => 1 };
}

/**
 * The origins of objects that Kustomize and Flux build: the only object of the same kind and name in the files. Lines
 * of fields that a patch adds are those of their nearest ancestor.
 */
export function kustomizeOrigins(files: readonly string[], read: (file: string) => string | undefined): FindOrigin {
  let written: Map<string, Manifest[]> | undefined;
  const key = ({ object }: Manifest) => `${object.kind} ${object.metadata.name}`;
  return rendered => {
    written ??= groupBy(files.filter(file => /\.(ya?ml|json)$/i.test(file)).flatMap(file => {
      const text = read(file);
      return text === undefined ? [] : readManifests(text, file).manifests;
    }), key);
    const { namespace } = rendered.object.metadata;
    const all = written.get(key(rendered)) ?? [];
    const same = all.filter(({ object }) => [undefined, null, namespace].includes(object.metadata.namespace));
    return same.length === 1 ? same[0] : undefined;
  };
}

/**
 * The origins of objects that Helm renders: the template that `# Source:` names before them, at the line of their kind.
 */
export function helmOrigins(
  text: string,
  chart: string,
  read: (file: string) => string | undefined,
): FindOrigin {
  const lines = text.split(/\r\n|\r|\n/);
  return rendered => {
    const template = sourceBefore(lines, rendered.line() ?? 1);
    const file = template && `${chart.replace(/\/+$/, '')}/${template}`;
    const written = file === undefined ? undefined : read(file);
    if (file === undefined || written === undefined) {
      return undefined;
    }
    const kinds = written.split('\n').flatMap((line, index) =>
      line.trim() === `kind: ${rendered.object.kind}` ? [index + 1] : [],
    );
    return { file, line: () => (kinds.length === 1 ? kinds[0] : 1) };
  };
}

/** The path of the template, without the name of its chart: `templates/policy.yaml`. */
function sourceBefore(lines: readonly string[], line: number): string | undefined {
  for (let index = line - 1; index >= 0; index--) {
    const [, template] = /^# Source: [^/]+\/(.+)$/.exec(lines[index] ?? '') ?? [];
    if (template !== undefined) {
      return template;
    }
    if (/^---/.test(lines[index] ?? '') && index < line - 2) {
      return undefined;
    }
  }
  return undefined;
}

function groupBy<T>(items: readonly T[], key: (item: T) => string): Map<string, T[]> {
  const groups = new Map<string, T[]>();
  for (const item of items) {
    const group = groups.get(key(item));
    if (group) {
      group.push(item);
    } else {
      groups.set(key(item), [item]);
    }
  }
  return groups;
}
