import { didYouMean } from '../src/diagnostics/did-you-mean';
import { formatValue } from '../src/diagnostics/texts';

/** The arguments of an example: `[variant] [--cilium-version VERSION]`. */
export interface ExampleArguments<Variant extends string> {
  readonly variant: Variant;
  /** Undefined without the option: the example's own version. */
  readonly ciliumVersion?: string;
}

/**
 * Reads the arguments of this program. An unknown variant ends it with status 2, the nearest name and the list of all.
 * Without a variant, the first one is meant, or `byDefault`.
 */
export function readArguments<Variant extends string>(
  variants: readonly Variant[],
  byDefault: Variant = variants[0],
): ExampleArguments<Variant> {
  const args = process.argv.slice(2);
  const option = args.indexOf('--cilium-version');
  const [ciliumVersion] = option < 0 ? [] : args.splice(option, 2).slice(1);
  if (option >= 0 && ciliumVersion === undefined) {
    refuse('--cilium-version needs a version of Cilium, for example 1.18.4');
  }
  const [name = byDefault, ...others] = args;
  const variant = variants.find(each => each === name);
  const known = variants.length === 0 ? 'This example has no variants.' : `The variants are: ${variants.join(', ')}.`;
  if (others.length > 0) {
    refuse(`Unknown argument ${formatValue(others[0])}. Allowed are: [variant] [--cilium-version VERSION]. ${known}`);
  }
  if (variant === undefined && name !== undefined) {
    refuse(`Unknown variant ${formatValue(name)}${didYouMean(name, variants)}. ${known}`);
  }
  return { variant: (variant ?? byDefault) as Variant, ...(ciliumVersion === undefined ? {} : { ciliumVersion }) };
}

function refuse(message: string): never {
  console.error(message);
  process.exit(2);
}
