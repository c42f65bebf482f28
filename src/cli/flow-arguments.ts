import * as fs from 'fs';
import { CommandError } from './io';
import { meshFileIn } from './mesh-files';
import { formatValue } from '../diagnostics/texts';
import { FlowSource } from '../observed/reading/flow-files';

/** Recordings and a mesh, as arguments name them. */
export interface FlowArguments {
  readonly sources: readonly FlowSource[];
  /** A mesh file, or a folder with one. */
  readonly mesh?: string;
}

/**
 * Sorts the arguments `FLOWS… [MESH]`: a YAML file, or a folder with a mesh file, is the mesh. `NAME=PATH` is a
 * recording of one cluster.
 */
export function readFlowArguments(args: readonly string[]): FlowArguments {
  const meshes = args.filter(isMesh);
  if (meshes.length > 1) {
    throw new CommandError(`name one mesh, got ${meshes.map(each => formatValue(each)).join(' and ')}`);
  }
  const sources = args.filter(each => !isMesh(each)).map(sourceOf);
  if (sources.length === 0) {
    throw new CommandError(
      'name at least one recording: a file or folder of flows, or - for standard input\n' +
        '    fix: hubble observe -o jsonpb --last 10000 > flows.jsonl, or copy what the exporter of Hubble wrote',
    );
  }
  const streams = sources.filter(({ path }) => path === '-');
  if (streams.length > 1) {
    throw new CommandError('- can be named once: there is one standard input');
  }
  return { sources, ...(meshes.length > 0 ? { mesh: meshes[0] } : {}) };
}

function isMesh(text: string): boolean {
  if (/\.ya?ml$/i.test(text)) {
    return true;
  }
  return fs.existsSync(text) && fs.statSync(text).isDirectory() && meshFileIn(text) !== text;
}

/** A file may have the sign in its name. */
function sourceOf(text: string): FlowSource {
  const match = /^([a-z0-9]([a-z0-9-]*[a-z0-9])?)=(.+)$/.exec(text);
  return match && !fs.existsSync(text) ? { path: match[3], cluster: match[1] } : { path: text };
}
