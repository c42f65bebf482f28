#!/usr/bin/env node
/** `clustermesh-apiserver` in its pod: the commands that the cilium CLI runs there. */
import { remoteClusters } from './remote-clusters';

async function main(args: readonly string[]): Promise<void> {
  const asked = args.join(' ');
  if (asked !== 'kvstoremesh-dbg status -o json') {
    throw new Error(`the stand-in for clustermesh-apiserver does not know: clustermesh-apiserver ${asked}`);
  }
  process.stdout.write(JSON.stringify(await remoteClusters('cilium-kvstoremesh')));
}

main(process.argv.slice(2)).catch(error => {
  process.stderr.write(`${error.message}\n`);
  process.exitCode = 1;
});
