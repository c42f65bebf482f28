import { createHash, randomUUID } from 'crypto';
import * as fs from 'fs';
import { CommandError } from './io';
import { writtenExpectations } from '../evaluator/queries/expectations/written';
import { EvaluatedMesh } from '../evaluator/read/mesh';
import { toYaml } from '../model/yaml';

/** The first line, with the digest of what follows: a file with another content was edited. */
const FIRST_LINE = /^# cilium-mesh check --write-expectations wrote this file \(sha256 ([0-9a-f]{64})\)\n/;

const HEADER = '# Review it: these are the verdicts of today, in the order from general to special ones.\n';

/**
 * Writes the expectations of a mesh to a file, and returns the number of entries. A file with another content than this
 * wrote is only replaced by force.
 */
export function writeExpectations(mesh: EvaluatedMesh, file: string, force: boolean): number {
  if (!force && fs.existsSync(file) && !isUnchanged(fs.readFileSync(file, 'utf8'))) {
    throw new CommandError(
      `${file} exists, and check --write-expectations did not write its content\n` +
        '    fix: write to another file, or add --force to replace it',
    );
  }
  const expectations = writtenExpectations(mesh);
  const body = `${HEADER}${toYaml(expectations)}`;
  const first = `# cilium-mesh check --write-expectations wrote this file (sha256 ${digestOf(body)})\n`;
  const written = `${file}.${randomUUID()}`;
  try {
    fs.writeFileSync(written, first + body, { flag: 'wx' });
    fs.renameSync(written, file);
  } catch (error) {
    fs.rmSync(written, { force: true });
    throw new CommandError(`cannot write ${file}: ${(error as Error).message}`);
  }
  return expectations.flows!.length;
}

function isUnchanged(text: string): boolean {
  const match = FIRST_LINE.exec(text);
  return match !== null && digestOf(text.slice(match[0].length)) === match[1];
}

function digestOf(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}
