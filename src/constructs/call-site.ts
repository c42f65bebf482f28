import * as path from 'path';

/** The folder of this package's code, compiled or bundled. */
const OWN = path.dirname(__dirname) + path.sep;

/** Frames of the stack to look at. Constructs that create others need more than the usual 10. */
const DEPTH = 50;

/** A stack that is not formatted yet, which costs little. */
export interface Stack {
  readonly stack?: string;
}

/** Remembers where the program is. */
export function captureStack(): Stack {
  const { stackTraceLimit } = Error;
  const holder = {};
  Error.stackTraceLimit = DEPTH;
  Error.captureStackTrace(holder, captureStack);
  Error.stackTraceLimit = stackTraceLimit;
  return holder;
}

/** A line of the user's program; `file` is relative to the working directory if it is below. */
export interface CallPlace {
  readonly file: string;
  readonly line: number;
}

/** The line of the user's program in a stack, as text: `main.ts:14`; undefined where `callPlace` is. */
export function callSite(stack: Stack = captureStack()): string | undefined {
  const place = callPlace(stack);
  return place && `${place.file}:${place.line}`;
}

/**
 * The line of the user's program in a stack; undefined for programs in other languages, whose lines Node.js does not
 * know.
 */
export function callPlace({ stack = '' }: Stack): CallPlace | undefined {
  for (const line of stack.split('\n')) {
    const [, file, number] = /^\s+at (?:.*\()?(?:file:\/\/)?([^()]+?):(\d+):\d+\)?$/.exec(line) ?? [];
    if (file !== undefined && isOfProgram(file)) {
      const relative = path.relative(process.cwd(), file);
      return { file: relative.startsWith('..') ? file : relative, line: Number(number) };
    }
  }
  return undefined;
}

function isOfProgram(file: string): boolean {
  return (
    path.isAbsolute(file) &&
    !file.startsWith(OWN) &&
    !file.includes(`${path.sep}node_modules${path.sep}`) &&
    !file.includes('jsii-')
  );
}
