import { structuredPatch } from 'diff';
import { stringify } from 'yaml';
import { policyId } from './policy-ids';
import { Sides } from './sides';
import { policyKindOf } from '../../src/cilium/policy-kinds';
import { Manifest, ManifestDocument } from '../../src/manifests/manifest';
import { Patch, Suppositions } from '../protocol';

/** Lines of a file, as they are and as the reader supposes. */
interface Slice {
  /** The number of its first line. */
  readonly first: number;
  readonly before: readonly string[];
  readonly after: readonly string[];
}

/** The supposed changes of policies as a patch of their files, and as whole files where those are known. */
export function patchOf(sides: Sides, { edited = {}, deleted = [], added = [] }: Suppositions): Patch {
  const slices = new Map<string, Slice[]>();
  const files = new Map<string, string>();
  const others: Array<Patch['others'][number]> = [];
  const done = new Set<Manifest>();
  for (const { name, manifests } of sides.new.input.clusters) {
    for (const manifest of manifests.filter(({ object }) => policyKindOf(object))) {
      const id = policyId(name, manifest);
      const text = deleted.includes(id) ? '' : Object.hasOwn(edited, id) ? edited[id] : undefined;
      // clusters may read the same file
      if (text === undefined || done.has(manifest)) {
        continue;
      }
      done.add(manifest);
      const { document, file, source } = manifest;
      if (document) {
        slices.set(file, [...(slices.get(file) ?? []), sliceOf(document, text)]);
        if (document.before === undefined && document.after === undefined) {
          files.set(file, text);
        }
      } else {
        const reason = source === undefined ? `it is one of several objects in ${file}` : `${source} renders it`;
        others.push({ id, reason, text: text === '' ? '' : text || stringify(manifest.object) });
      }
    }
  }
  added.forEach(({ cluster, text }) => others.push({ id: `new in ${cluster}`, reason: 'it is in no file', text }));
  return {
    text: [...slices]
      .sort(([one], [other]) => (one < other ? -1 : 1))
      .map(([file, all]) => filePatch(file, all))
      .join(''),
    files: [...files].sort(([one], [other]) => (one < other ? -1 : 1)).map(([file, text]) => ({ file, text })),
    others,
  };
}

/** The lines of a document with those around it, which a patch needs as context. */
function sliceOf({ text, first, before, after }: ManifestDocument, changed: string): Slice {
  const own = linesOf(text);
  // separators are alike: with their lines, the one before a deleted document is not taken for the one after it
  const separator = (line: string | undefined, at: number) => (line === undefined ? [] : [`${line}\0${at}\n`]);
  const start = separator(before, first - 1);
  const end = separator(after, first + own.length);
  return {
    first: first - start.length,
    before: [...start, ...own, ...end],
    // the separator before a deleted document goes with it, and that after it stays: git looks for a hunk without
    // context at its end only at the end of the file (match_end in apply.c)
    after: changed === '' ? end : [...start, ...linesOf(withNewline(changed, end.length > 0)), ...end],
  };
}

function withNewline(text: string, isFollowed: boolean): string {
  return isFollowed && !text.endsWith('\n') ? `${text}\n` : text;
}

/** The lines with their ends. */
function linesOf(text: string): string[] {
  return text.split(/(?<=\n)/).filter(line => line !== '');
}

function filePatch(file: string, slices: readonly Slice[]): string {
  let shift = 0;
  const hunks = merged(slices).flatMap(({ first, before, after }) => {
    const { hunks: found } = structuredPatch('', '', before.join(''), after.join(''), '', '', { context: 3 });
    const placed = found.map(({ oldStart, oldLines, newStart, newLines, lines }) => {
      const start = (line: number, count: number) => `${line + first - 1}${count === 1 ? '' : `,${count}`}`;
      const text = lines.map(line => line.replace(/\0\d+$/, '')).join('\n');
      return `@@ -${start(oldStart, oldLines)} +${start(newStart + shift, newLines)} @@\n${text}\n`;
    });
    shift += after.length - before.length;
    return placed;
  });
  return hunks.length === 0 ? '' : `--- a/${file}\n+++ b/${file}\n${hunks.join('')}`;
}

/** The slices in the order of the file. Neighbours share the line between them, so they are one. */
function merged(slices: readonly Slice[]): Slice[] {
  const all: Slice[] = [];
  for (const slice of [...slices].sort((one, other) => one.first - other.first)) {
    const last = all.at(-1);
    if (last && last.first + last.before.length - 1 >= slice.first) {
      all[all.length - 1] = {
        first: last.first,
        before: [...last.before, ...slice.before.slice(1)],
        after: [...last.after.slice(0, -1), ...slice.after],
      };
    } else {
      all.push(slice);
    }
  }
  return all;
}
