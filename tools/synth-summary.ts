/** What `npm run synth` prints of its own: the files that it wrote, and commands to continue with. */
import * as fs from 'fs';
import * as path from 'path';
import { parse, parseAllDocuments } from 'yaml';
import { ExampleSteps } from './examples';
import { Step } from '../examples/step';

/** The program in a checkout, where npx does not find it. */
export const RUN = 'npm run cilium-mesh --';

/** The files of each cluster. */
export function summary(title: string, dist: string): string {
  const inside = fs.existsSync(path.join(dist, 'mesh'));
  const folder = inside ? path.join(dist, 'mesh') : `${dist}-mesh`;
  const shown = (...parts: string[]) => path.relative(path.dirname(dist), path.join(folder, ...parts));
  const mesh = parse(fs.readFileSync(path.join(folder, 'mesh.yaml'), 'utf8'));
  const others = fs.readdirSync(folder).sort();
  const lines = [title, inside ? 'dist/ holds' : 'dist/ and dist-mesh/ hold', `  ${shown('mesh.yaml')}`];
  for (const cluster of mesh.clusters) {
    const [file] = cluster.manifests;
    const counts = new Map<string, number>();
    for (const document of parseAllDocuments(fs.readFileSync(path.join(folder, file), 'utf8'))) {
      const kind = document.toJS()?.kind;
      if (kind) {
        counts.set(kind, (counts.get(kind) ?? 0) + 1);
      }
    }
    const kinds = [...counts].map(([kind, count]) => `${count} ${kind}`).join(', ') || 'nothing';
    lines.push(`  cluster ${cluster.name} (ID ${cluster.id}, Cilium ${cluster.ciliumVersion})`);
    lines.push(`    ${shown(file)}: ${kinds}`);
    lines.push(...others.filter(name => name.startsWith(`${cluster.name}.`)).map(name => `    ${shown(name)}`));
  }
  return `${lines.join('\n')}\n`;
}

/** What a run wrote. */
export interface WrittenExample {
  readonly step?: Step;
  /** The name of the step or variant. */
  readonly name?: string;
  /** Options that the example was run with. */
  readonly options: readonly string[];
  readonly withSteps: boolean;
}

/** Commands that work in a checkout after this run, each with its purpose. */
export function nextCommands(
  example: string,
  { step, name, options, withSteps }: WrittenExample,
  steps: ExampleSteps | undefined,
): string {
  const request = step?.requests?.[0];
  const synth = (...args: string[]) => ['npm run synth --', example, ...args, ...options].join(' ');
  const order = Object.keys(steps?.STEPS ?? {});
  const following = name !== undefined && order.includes(name) ? order[order.indexOf(name) + 1] : undefined;
  const commands: Array<readonly [command: string, purpose: string]> = [
    ...(request ? [[`${RUN} explain ${request.from} ${request.to}`, 'why, by which rules'] as const] : []),
    ...(step?.service === undefined ? [[`${RUN} backends`, "where each service's connections go"] as const] : []),
    [`${RUN} diff --cilium 1.18..1.20`, 'what an upgrade of Cilium changes'],
    ...(following === undefined ? [] : [[synth(following), 'the next step'] as const]),
    ...(!steps ? [] : withSteps ? TOUR : [[synth('--steps'), 'write all steps, for verify --tour'] as const]),
    [`${RUN} up --dry-run`, 'the commands that create this mesh; without --dry-run, create it'],
  ];
  const width = Math.max(...commands.map(([command]) => command.length));
  return commands.map(([command, purpose]) => `  ${command.padEnd(width)}  # ${purpose}\n`).join('');
}

const TOUR = [
  [`${RUN} verify --tour --predict`, 'all steps with their predictions, without clusters'],
  [`${RUN} verify --tour --pause`, 'after up: apply, probe and explain each step'],
] as const;
