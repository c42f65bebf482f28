import { createHash } from 'node:crypto';
import * as fs from 'node:fs';
import * as path from 'node:path';
import * as v from 'valibot';
import { ConstructReference, Diagnostic } from '../diagnostics/diagnostic';
import { Judgement } from '../findings/judgement';

/** What a program that recorded its constructs writes beside its manifests. */
const NAME = 'construct-metadata.json';

const RESOURCE = v.object({ path: v.string(), file: v.optional(v.string()), line: v.optional(v.number()) });

const METADATA = v.object({
  resources: v.record(v.string(), RESOURCE),
  files: v.record(v.string(), v.string()),
});

type Metadata = v.InferOutput<typeof METADATA>;

/**
 * The findings with the constructs that wrote their objects. They are known if the program was synthesized by cdk8s-cli
 * with validations, which lets it record them, and the manifests are those of that time.
 */
export function withConstructs(judgement: Judgement): Judgement {
  const files = new Map<string, Metadata['resources'] | undefined>();
  const constructOf = ({ file, object, cluster }: Diagnostic): ConstructReference | undefined => {
    if (file === undefined || object === undefined || cluster === undefined) {
      return undefined;
    }
    if (!files.has(file)) {
      files.set(file, resourcesBeside(file));
    }
    const namespace = object.namespace === undefined ? '' : `${object.namespace}/`;
    const resources = files.get(file) ?? {};
    const key = `${object.kind} ${namespace}${object.name} (${cluster})`;
    return Object.hasOwn(resources, key) ? resources[key] : undefined;
  };
  return {
    ...judgement,
    findings: judgement.findings.map(judged => {
      const construct = constructOf(judged.finding);
      return construct ? { ...judged, finding: { ...judged.finding, construct } } : judged;
    }),
  };
}

/** The constructs of the objects in a file; undefined if they are unknown, or of another state of the file. */
function resourcesBeside(file: string): Metadata['resources'] | undefined {
  const folder = path.dirname(file);
  for (const place of [folder, path.join(folder, '..')]) {
    const metadata = read(path.join(place, NAME));
    const digest = metadata?.files[path.relative(place, file).split(path.sep).join('/')];
    if (metadata && digest !== undefined) {
      return digest === digestOf(file) ? metadata.resources : undefined;
    }
  }
  return undefined;
}

function read(file: string): Metadata | undefined {
  try {
    const { success, output } = v.safeParse(METADATA, JSON.parse(fs.readFileSync(file, 'utf8')));
    return success ? output : undefined;
  } catch {
    // none, or of another program
    return undefined;
  }
}

function digestOf(file: string): string | undefined {
  try {
    // Git may have replaced the ends of lines
    return createHash('sha256').update(fs.readFileSync(file, 'utf8').replace(/\r\n/g, '\n')).digest('hex');
  } catch {
    return undefined;
  }
}
