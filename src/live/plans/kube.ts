import { command, Command } from './command';

/** kubectl in a cluster. */
export function kubectl(context: string, ...args: readonly string[]): Command {
  // a question ends by itself, with a message, before it is ended from outside
  return command('kubectl', '--context', context, ...args, ...args.includes('get') ? ['--request-timeout=20s'] : []);
}

/** kubectl in the namespace where Cilium lives. */
export function kubeSystem(context: string, ...args: readonly string[]): Command {
  return kubectl(context, '-n', 'kube-system', ...args);
}

/** The cilium CLI in a cluster. */
export function cilium(context: string, ...args: readonly string[]): Command {
  return command('cilium', ...args, '--context', context);
}
