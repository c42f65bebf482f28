/**
 * One thing that is wrong with a mesh or with the use of a construct.
 *
 * Every fault says what, where, the value got, what is allowed, and what to do.
 */
export interface Fault {
  /**
   * Stable name of the rule that was broken, for example `cluster-id-duplicate`.
   */
  readonly code: string;

  /**
   * Where: the construct path, followed by the property (`tion.podCidrs[0]`).
   */
  readonly path: string;

  /**
   * What is wrong, in one sentence, with the source of the rule where it is not obvious.
   */
  readonly message: string;

  /**
   * The value that was got, as text.
   */
  readonly got: string;

  /**
   * The values that are allowed.
   */
  readonly allowed: string;

  /**
   * What to do next.
   */
  readonly fix: string;
}

/** What a `Fault` carries of a diagnostic, in all languages. */
export function faultOf({ code, path, message, got, allowed, fix }: Fault): Fault {
  return { code, path, message, got, allowed, fix };
}

/** The faults as a person reads them: one block each, numbered when there are several. */
export function formatFaults(faults: readonly Fault[]): string {
  const blocks = faults.map((fault, index) => [
    `${faults.length > 1 ? `${index + 1}. ` : ''}${fault.path}: ${fault.message} [${fault.code}]`,
    `     got:     ${fault.got}`,
    `     allowed: ${fault.allowed}`,
    `     fix:     ${fault.fix}`,
  ].join('\n'));
  return blocks.join('\n');
}

/**
 * Thrown with every fault that was found.
 *
 * Most programs let it end them, so that what Node.js prints then is the report: the stack starts at the caller of the library and leaves
 * the frames of Node.js and of packages out, and the faults are not printed a second time as a property.
 */
export class MeshError extends Error {
  public readonly faults!: readonly Fault[];

  constructor(faults: readonly Fault[], caller?: Function) {
    super(faults.length === 1
      ? formatFaults(faults)
      : `${faults.length} faults\n${formatFaults(faults)}`);
    Object.defineProperty(this, 'name', { value: 'MeshError', enumerable: false });
    Object.defineProperty(this, 'faults', { value: faults.map(faultOf), enumerable: false });
    Error.captureStackTrace(this, caller ?? MeshError);
    this.stack = this.stack?.split('\n').filter(line => !/^ {4}at .*(node:|node_modules)/.test(line)).join('\n');
  }
}
