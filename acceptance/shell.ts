/**
 * npx tsx acceptance/shell.ts [command...]
 *
 * A shell, or one command, in an environment of its own: kind, cilium, kubectl, hubble and helm are there, and clusters
 * that kind creates. When it ends, everything that was started in it ends too.
 */
import { inEnvironment } from './in-environment';

const [program = process.env.SHELL ?? 'sh', ...args] = process.argv.slice(2);
inEnvironment(program, args).then(
  status => {
    process.exitCode = status;
  },
  error => {
    console.error(error.message);
    process.exitCode = 2;
  },
);
