import { execFileSync } from 'child_process';

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
