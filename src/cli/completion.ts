import * as fs from 'fs';
import * as os from 'os';
import * as path from 'path';
import type { Command } from 'commander';
import { candidates } from './completion/candidates';
import { completionScript } from './completion/scripts';
import { SHELLS } from './completion/shells';
import { World } from './completion/values';
import { loadConfiguration } from './configuration-file';
import { CommandError, Io, Status } from './io';
import { kubeContexts } from './kube-contexts';
import { loadMesh, MeshOptions, withConfiguration } from './mesh-options';
import { didYouMean } from '../diagnostics/did-you-mean';
import { formatAlternatives, formatValue } from '../diagnostics/texts';

/** `cilium-mesh completion SHELL`: prints the script that completes command lines in a shell. */
export async function completionCommand(shell: string, io: Io): Promise<Status> {
  const known = SHELLS.find(each => each === shell);
  if (known === undefined) {
    throw new CommandError(
      `SHELL must be ${formatAlternatives([...SHELLS])}, got ${formatValue(shell)}${didYouMean(shell, [...SHELLS])}`,
    );
  }
  await io.out(completionScript(known));
  return Status.OK;
}

/**
 * `cilium-mesh complete -- WORDS`, which the scripts call: prints what may stand at the cursor, behind the words of a
 * command line. A mesh that cannot be read has no candidates, and no message: a person is typing.
 */
export async function completeCommand(program: Command, words: readonly string[], io: Io): Promise<Status> {
  const found = await candidates(program, words, worldOf(io));
  await io.out(
    found
      .filter(({ value }) => !/[\n\t]/.test(value))
      .map(({ value, description }) => `${value}${description ? `\t${description.replace(/\s+/g, ' ')}` : ''}\n`)
      .join(''),
  );
  return Status.OK;
}

function worldOf(io: Io): World {
  const silent = { ...io, err: () => undefined, terminal: undefined };
  return {
    mesh: async options => {
      try {
        const given: MeshOptions = { ...(options as MeshOptions), keepGoing: true };
        // sources of Helm and kustomize are left out: nothing runs while a person types
        return (await loadMesh(withConfiguration(given, loadConfiguration(given)), silent, new Map())).mesh;
      } catch {
        return undefined;
      }
    },
    contexts: () => kubeContexts() ?? [],
    paths: pathsFrom,
  };
}

/** The entries of a folder whose paths begin with a text, from the working folder or from `~/`. */
function pathsFrom(start: string): string[] {
  const [, folder, name] = /^(.*\/)?([^/]*)$/s.exec(start)!;
  const place = folder === undefined ? '.' : folder.replace(/^~\//, `${os.homedir()}/`);
  try {
    return fs
      .readdirSync(place, { withFileTypes: true })
      .filter(entry => entry.name.startsWith(name) && (name.startsWith('.') || !entry.name.startsWith('.')))
      .map(entry => `${folder ?? ''}${entry.name}${isFolder(path.join(place, entry.name)) ? '/' : ''}`);
  } catch {
    return [];
  }
}

function isFolder(file: string): boolean {
  return fs.statSync(file, { throwIfNoEntry: false })?.isDirectory() ?? false;
}
