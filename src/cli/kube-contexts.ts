import { execFileSync } from 'child_process';
import { didYouMean } from '../diagnostics/did-you-mean';
import { formatList, formatValue } from '../diagnostics/texts';

/** The contexts of the kubeconfig, in the order of kubectl; undefined if kubectl cannot say. */
export function kubeContexts(): string[] | undefined {
  try {
    return execFileSync('kubectl', ['config', 'get-contexts', '--output=name'], {
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
      timeout: 10_000,
      env: process.env,
    })
      .split('\n')
      .filter(line => line !== '');
  } catch {
    return undefined;
  }
}

/** A line for each of the contexts that kubectl does not know, with the nearest ones. */
export function unknownContexts(contexts: readonly string[]): string[] {
  const known = kubeContexts();
  return known === undefined
    ? []
    : [...new Set(contexts)].filter(each => !known.includes(each)).map(each => unknownContext(each, known));
}

/** `unknown context "tokio" (did you mean "tokyo"?); those of kubectl are paris, tokyo`. */
export function unknownContext(context: string, known: readonly string[]): string {
  const others = known.length === 0 ? 'kubectl has no contexts' : `those of kubectl are ${formatList(known)}`;
  return `unknown context ${formatValue(context)}${didYouMean(context, known)}; ${others}`;
}
