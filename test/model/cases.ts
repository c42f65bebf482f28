import * as fs from 'fs';
import * as path from 'path';
import { parse } from 'yaml';
import { ClusterMeshProps } from '../../src/constructs/mesh/cluster-mesh';
import { Fault } from '../../src/diagnostics/fault';

const FOLDER = path.join(__dirname, 'refusals');

/** One file of test/model/refusals: a mesh, and everything that is wrong with it. */
export interface MeshCase {
  readonly name: string;
  /** The rule, and where it comes from. */
  readonly why: string;
  readonly mesh: ClusterMeshProps;
  /** Every fault with its whole texts, in order; empty for a mesh that must be accepted. */
  readonly faults: readonly Fault[];
}

/** Every case file. A new file is a new case, without a line of code. */
export const CASES: readonly MeshCase[] = fs
  .readdirSync(FOLDER)
  .filter(file => file.endsWith('.yaml'))
  .sort()
  .map(file => {
    const name = path.basename(file, '.yaml');
    const content = read(file);
    refuseOtherKeys(name, content, ['why', 'mesh', 'faults']);
    content.faults.forEach((fault: object) =>
      refuseOtherKeys(name, fault, ['code', 'path', 'message', 'got', 'allowed', 'fix']),
    );
    return { name, ...content };
  });

/** Meshes that the library accepts. */
export const ACCEPTED: readonly MeshCase[] = CASES.filter(each => each.faults.length === 0);

function read(file: string): any {
  try {
    return parse(fs.readFileSync(path.join(FOLDER, file), 'utf8'));
  } catch (error) {
    throw new Error(`test/model/refusals/${file}: ${(error as Error).message}`);
  }
}

/** A mistyped key would be an expectation without a check. */
function refuseOtherKeys(name: string, value: object, known: readonly string[]): void {
  const other = Object.keys(value).filter(key => !known.includes(key));
  if (other.length > 0) {
    throw new Error(`test/model/refusals/${name}.yaml: unknown ${other.join(', ')}; known are ${known.join(', ')}`);
  }
}
