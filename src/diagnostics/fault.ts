/**
 * A fault of a mesh, or of the use of a construct.
 *
 * A fault has the problem, the place, the value got, the allowed values, and the fix.
 */
export interface Fault {
  /** Stable name of the violated rule, for example `cluster-id-duplicate`. */
  readonly code: string;

  /** The place: the construct path, followed by the property (`tion.podCidrs[0]`). */
  readonly path: string;

  /** The problem in one sentence, with the source of the rule if it is not obvious. */
  readonly message: string;

  /** The value got, as text. */
  readonly got: string;

  /** The allowed values. */
  readonly allowed: string;

  /** The fix, in the imperative. */
  readonly fix: string;

  /**
   * The line of the program that created the construct, such as `main.ts:14`.
   * @default - unknown, as in all languages but TypeScript and JavaScript
   */
  readonly location?: string;
}

/** The parts of a diagnostic that a `Fault` has, in all languages. */
export function faultOf({ code, path, message, got, allowed, fix, location }: Fault): Fault {
  return { code, path, message, got, allowed, fix, ...(location === undefined ? {} : { location }) };
}

/** Formats faults for a terminal: one block for each, with numbers if there are several. */
export function formatFaults(faults: readonly Fault[]): string {
  const blocks = faults.map((fault, index) =>
    [
      `${faults.length > 1 ? `${index + 1}. ` : ''}${fault.path}: ${fault.message} [${fault.code}]`,
      `     got:     ${fault.got}`,
      `     allowed: ${fault.allowed}`,
      `     fix:     ${fault.fix}`,
      ...(fault.location === undefined ? [] : [`     at:      ${fault.location}`]),
    ].join('\n'),
  );
  return blocks.join('\n');
}

/**
 * An error with all faults that were found.
 *
 * Most programs do not catch it, so the output of Node.js is the report. The stack starts at the caller of the library,
 * without frames of Node.js and of packages. The property with the faults is not enumerable, so Node.js does not print
 * them twice.
 */
export class MeshError extends Error {
  public readonly faults!: readonly Fault[];

  constructor(faults: readonly Fault[], caller?: Function) {
    super(faults.length === 1 ? formatFaults(faults) : `${faults.length} faults\n${formatFaults(faults)}`);
    Object.defineProperty(this, 'name', { value: 'MeshError', enumerable: false });
    Object.defineProperty(this, 'faults', { value: faults.map(faultOf), enumerable: false });
    Error.captureStackTrace(this, caller ?? MeshError);
    this.stack = this.stack
      ?.split('\n')
      .filter(line => !/^ {4}at .*(node:|node_modules)/.test(line))
      .join('\n');
  }
}
