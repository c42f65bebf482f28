import * as fs from 'fs';
import * as path from 'path';
import { parseAllDocuments } from 'yaml';

/** The trees of Flux and Argo CD, with what must be built of each and what not. */
export const TREES = path.join(__dirname, '..', 'live', 'rendering', 'trees');

/** The objects of each file that `render` wrote, then what it did not build, one on each line. */
export function describeRendering(folder: string, report: any): string {
  const files = fs
    .readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter(file => /\/.*\.yaml$/.test(file))
    .sort();
  const objects = files.flatMap(file =>
    parseAllDocuments(fs.readFileSync(path.join(folder, file), 'utf8')).map(document => {
      const { kind, metadata, spec } = document.toJS();
      const labels = spec?.template?.metadata?.labels;
      const facts = labels ? ` replicas=${spec.replicas} ${JSON.stringify(labels)}` : '';
      return `${file}: ${kind} ${metadata.namespace ?? ''}/${metadata.name}${facts}`;
    }),
  );
  const notBuilt = report.clusters.flatMap((cluster: any) =>
    cluster.notBuilt.map((each: any) => `${cluster.name}: ${each.object} not built: ${each.reason}: ${each.detail}`),
  );
  return [...objects.sort(), ...notBuilt.sort(), ''].join('\n');
}
