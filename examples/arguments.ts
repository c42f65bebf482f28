import { parseArgs } from 'util';
import { didYouMean } from '../src/diagnostics/did-you-mean';
import { formatValue } from '../src/diagnostics/texts';

const VERSION_OPTION = 'cilium-version';

/** The arguments of an example: `[variant] [--cilium-version VERSION]`. */
export interface ExampleArguments<Variant extends string> {
  readonly variant: Variant;
  /** Undefined without the option: the example's own version. */
  readonly ciliumVersion?: string;
}

/** The arguments of a command line, in any order. */
export interface CommandLine {
  readonly words: readonly string[];
  readonly ciliumVersion?: string;
  readonly switches: ReadonlySet<string>;
}

/**
 * Reads the arguments of this program. An unknown variant ends it with status 2, the nearest name and the list of all.
 * Without a variant, the first one is meant, or `byDefault`.
 */
export function readArguments<Variant extends string>(
  variants: readonly Variant[],
  byDefault: Variant = variants[0],
): ExampleArguments<Variant> {
  const known = variants.length === 0 ? 'This example has no variants.' : `The variants are: ${variants.join(', ')}.`;
  const allowed = `Allowed are: [variant] [--${VERSION_OPTION} VERSION]. ${known}`;
  const { words, ciliumVersion } = parseCommandLine(process.argv.slice(2), [], ` ${allowed}`);
  const [name = byDefault, ...others] = words;
  const variant = variants.find(each => each === name);
  if (others.length > 0) {
    refuse(`Unknown argument ${formatValue(others[0])}. ${allowed}`);
  }
  if (variant === undefined && name !== undefined) {
    refuse(`Unknown variant ${formatValue(name)}${didYouMean(name, variants)}. ${known}`);
  }
  return { variant: (variant ?? byDefault) as Variant, ...(ciliumVersion === undefined ? {} : { ciliumVersion }) };
}

/**
 * Reads arguments with the option of the version, and switches. An unknown option ends the program with status 2, and
 * `allowed` after the message.
 */
export function parseCommandLine(
  args: readonly string[],
  switches: readonly string[],
  allowed: string,
): CommandLine {
  const names = [VERSION_OPTION, ...switches];
  const { tokens, positionals } = parseArgs({
    args: [...args],
    options: Object.fromEntries(
      names.map(name => [name, { type: name === VERSION_OPTION ? 'string' : 'boolean' } as const]),
    ),
    strict: false,
    tokens: true,
  });
  const options = tokens.flatMap(token => (token.kind === 'option' ? [token] : []));
  const unknown = options.find(({ name }) => !names.includes(name));
  if (unknown) {
    const known = names.map(name => `--${name}`);
    refuse(`Unknown option ${formatValue(unknown.rawName)}${didYouMean(unknown.rawName, known)}.${allowed}`);
  }
  const version = options.filter(({ name }) => name === VERSION_OPTION).pop();
  if (version && !/^[^-]/.test(version.value ?? '')) {
    refuse(`--${VERSION_OPTION} needs a version of Cilium, for example 1.18.4`);
  }
  return {
    words: positionals,
    ...(version ? { ciliumVersion: version.value } : {}),
    switches: new Set(options.map(({ name }) => name)),
  };
}

function refuse(message: string): never {
  console.error(message);
  process.exit(2);
}
