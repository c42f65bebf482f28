import { gunzipSync } from 'zlib';
import { answerAll, UnansweredError } from './answers';
import { isMap } from '../../diagnostics/is-map';
import { Installation } from '../plans/installation';
import { kubeSystem } from '../plans/kube';
import { LiveCluster } from '../plans/live-mesh';
import { Shell } from '../runner/shell';

/** Bytes of a release: a Secret has at most 1 MiB, which is compressed. */
const LIMIT = 64 * 1024 * 1024;

/** Cilium's Helm releases, and the clusters whose release cannot be read. */
export interface Installations {
  readonly known: ReadonlyMap<string, Installation>;
  readonly unreadable: readonly string[];
}

/**
 * Reads the release of Cilium in each cluster, which is in neither list where Helm installed none. Throws an
 * UnansweredError with all questions that fail.
 */
export async function readInstallations(clusters: readonly LiveCluster[], shell: Shell): Promise<Installations> {
  const answers = await answerAll(
    shell,
    clusters.map(({ context }) =>
      kubeSystem(context).get(
        'secret',
        '-l',
        'owner=helm,name=cilium,status=deployed',
        '-o',
        'jsonpath={range .items[*]}{.data.release}{"\\n"}{end}',
      ),
    ),
  );
  const known = new Map<string, Installation>();
  const unreadable: string[] = [];
  for (const [index, { name }] of clusters.entries()) {
    // Helm keeps one release that is deployed
    const text = answers[index].result.output.trim().split('\n').pop()!;
    const installation = text === '' ? undefined : readRelease(text);
    if (installation) {
      known.set(name, installation);
    } else if (text !== '') {
      unreadable.push(name);
    }
  }
  return { known, unreadable };
}

/** As `readInstallations`; clusters that are not in `required` may fail to answer, and are then in neither list. */
export async function readAnsweredInstallations(
  clusters: readonly LiveCluster[],
  required: readonly string[],
  shell: Shell,
): Promise<Installations> {
  const isRequired = ({ name }: LiveCluster) => required.includes(name);
  const all = await Promise.all([
    readInstallations(clusters.filter(isRequired), shell),
    ...clusters
      .filter(each => !isRequired(each))
      .map(each =>
        readInstallations([each], shell).catch((error): Installations => {
          if (error instanceof UnansweredError) {
            return { known: new Map(), unreadable: [] };
          }
          throw error;
        }),
      ),
  ]);
  return {
    known: new Map(all.flatMap(({ known }) => [...known])),
    unreadable: all.flatMap(({ unreadable }) => unreadable),
  };
}

/**
 * A release as Helm stores it: JSON, compressed, in base64, which Kubernetes encodes once more (helm/helm,
 * pkg/storage/driver/util.go, v3.18).
 */
export function readRelease(text: string): Installation | undefined {
  try {
    const packed = Buffer.from(Buffer.from(text, 'base64').toString('latin1'), 'base64');
    const release = JSON.parse(gunzipSync(packed, { maxOutputLength: LIMIT }).toString('utf8'));
    const version = release?.chart?.metadata?.version;
    const values = release?.config ?? {};
    return typeof version === 'string' && isMap(values) ? { version: version.replace(/^v/, ''), values } : undefined;
  } catch {
    return undefined;
  }
}
