import * as fs from 'fs';
import * as path from 'path';
import { createColors } from 'picocolors';
import { Output, synth } from './examples';
import { temporaryFolder } from './mesh';
import { Io } from '../../src/cli/io';
import { run } from '../../src/cli/program';

/** What a run of the program left. */
export interface Result {
  readonly status: number;
  readonly out: string;
  readonly err: string;
}

/** Runs the program in this process, in the current folder, without a terminal to ask on. */
export async function program(...args: string[]): Promise<Result> {
  return programWith({}, ...args);
}

/** The same, with somebody who answers questions. */
export async function programWith(
  { confirm, pause, prompt }: Pick<Io, 'confirm' | 'pause' | 'prompt'>,
  ...args: string[]
): Promise<Result> {
  let [out, err] = ['', ''];
  const status = await run(
    args,
    {
      out: text => {
        out += text;
      },
      err: text => {
        err += text;
      },
      colors: createColors(false),
      confirm,
      pause,
      prompt,
    },
    '0.0.0',
  );
  return { status, out, err };
}

/** A folder with `dist/`, as an example writes it; with `dist-mesh/` too, if it writes that. */
export function folderOf(example: string, ...variant: string[]): string {
  const files = Object.entries(synth(example, ...variant));
  const isBoth = files.some(([file]) => file.startsWith('dist-mesh/'));
  return folderWith(Object.fromEntries(files.map(([file, text]) => [isBoth ? file : `dist/${file}`, text])));
}

/** The mesh file in such a folder. */
export function meshFileIn(folder: string): string {
  const file = path.join(folder, 'dist-mesh', 'mesh.yaml');
  return fs.existsSync(file) ? file : path.join(folder, 'dist', 'mesh', 'mesh.yaml');
}

/** A folder with these files. */
export function folderWith(files: Output): string {
  const folder = temporaryFolder();
  for (const [file, text] of Object.entries(files)) {
    fs.mkdirSync(path.join(folder, path.dirname(file)), { recursive: true });
    fs.writeFileSync(path.join(folder, file), text);
  }
  return folder;
}
