#!/usr/bin/env node
import * as fs from 'fs';
import * as path from 'path';
import { createColors } from 'picocolors';
import { usesColors } from './colors';
import { Io, Status } from './io';
import { run } from './program';
import { questions } from './questions';

/** The version of the nearest package.json: that of the package, from `src/cli` and from its bundle. */
function version(): string {
  for (let folder = __dirname; folder !== path.dirname(folder); folder = path.dirname(folder)) {
    const file = path.join(folder, 'package.json');
    if (fs.existsSync(file)) {
      return JSON.parse(fs.readFileSync(file, 'utf8')).version;
    }
  }
  return 'unknown';
}

const colors = createColors(usesColors(process.env, Boolean(process.stdout.isTTY)));

/**
 * A reader such as head may end early, and a disk may be full: nothing more is written then, and the program finishes
 * what it has begun.
 */
let unwritten: NodeJS.ErrnoException | undefined;
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  unwritten ??= error;
});

/** A part of the output is missing, and its reader waits for it. */
function reportUnwritten(): void {
  if (unwritten && unwritten.code !== 'EPIPE') {
    process.stderr.write(`cannot write the output: ${unwritten.message}\n`);
    process.exitCode ||= Status.FOUND;
  }
}

// without a reader of its messages, too
process.stderr.on('error', () => undefined);

/** Waits for a slow reader, so unread output does not fill the memory. */
const out = (text: string) =>
  unwritten || process.stdout.write(text)
    ? undefined
    : new Promise<void>(resolve => {
      const done = () => {
        process.stdout.off('drain', done).off('error', done).off('close', done);
        resolve();
      };
      process.stdout.on('drain', done).on('error', done).on('close', done);
    });

/** A list that changes in place needs a terminal that can move its cursor. Logs get lines. */
const terminal = process.stderr.isTTY && !process.env.CI && process.env.TERM !== 'dumb' ? process.stderr : undefined;

const io: Io = {
  out,
  err: text => process.stderr.write(text),
  colors,
  width: process.stdout.isTTY ? process.stdout.columns : undefined,
  terminal,
  ...(process.stdin.isTTY && process.stderr.isTTY ? questions(process.stdin, process.stderr) : {}),
};

run(process.argv.slice(2), io, version()).then(
  status => {
    process.exitCode = status;
    // the last error of a file comes after the last text
    setImmediate(reportUnwritten);
  },
  error => {
    process.stderr.write(
      `This is a defect of cilium-mesh: please report it with the manifests that show it.\n${error?.stack ?? error}\n`,
    );
    process.exitCode = 70;
  },
);
