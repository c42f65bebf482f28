#!/usr/bin/env node
import * as fs from 'fs';
import { createInterface } from 'node:readline/promises';
import * as path from 'path';
import { createColors } from 'picocolors';
import type { Io } from './io';
import { run } from './program';

/** Of the package, two folders above `lib/src/cli`, three above `src/cli`. */
function version(): string {
  for (let folder = __dirname; folder !== path.dirname(folder); folder = path.dirname(folder)) {
    const file = path.join(folder, 'package.json');
    if (fs.existsSync(file)) {
      return JSON.parse(fs.readFileSync(file, 'utf8')).version;
    }
  }
  return 'unknown';
}

// colours on a terminal only, also where CI is set
const colors = createColors(Boolean(process.stdout.isTTY) && !process.env.NO_COLOR && process.env.TERM !== 'dumb');

// a reader that ends early, such as head, is no fault
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code === 'EPIPE') {
    process.exit();
  }
  throw error;
});

// what nobody reads any more is no reason to leave something half made
process.stderr.on('error', () => undefined);

/** Waits for a reader that is slower than the program, so that what it has not read does not pile up in memory. */
const out = (text: string) =>
  process.stdout.write(text) ? undefined : new Promise<void>(resolve => process.stdout.once('drain', resolve));

/** Only `y` and `yes` are a yes. */
const confirm = async (question: string) => {
  const lines = createInterface({ input: process.stdin, output: process.stderr });
  try {
    return /^y(es)?$/i.test((await lines.question(`${question} (y/N) `)).trim());
  } finally {
    lines.close();
  }
};
/** A list that changes in place is for people: not for logs, and not for terminals that cannot move. */
const terminal = process.stderr.isTTY && !process.env.CI && process.env.TERM !== 'dumb' ? process.stderr : undefined;

const io: Io = {
  out,
  err: text => process.stderr.write(text),
  colors,
  terminal,
  ...(process.stdin.isTTY && process.stderr.isTTY ? { confirm } : {}),
};

run(process.argv.slice(2), io, version()).then(
  status => {
    process.exitCode = status;
  },
  error => {
    process.stderr.write(
      `This is a defect of cilium-mesh: please report it with the manifests that show it.\n${error?.stack ?? error}\n`,
    );
    process.exitCode = 70;
  },
);
