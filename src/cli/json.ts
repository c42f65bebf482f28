import { Workload } from '../evaluator/read/workload';
import { MESH_API_VERSION } from '../model/mesh-file';

/** A workload in JSON. */
export interface WorkloadJson {
  readonly cluster: string;
  readonly namespace: string;
  readonly kind: string;
  readonly name: string;
}

export function workloadJson({ cluster, namespace, kind, name }: Workload): WorkloadJson {
  return { cluster, namespace, kind, name };
}

/** One document, with the version of its format; the items of its list on a line each, so that lines can be compared. */
export async function documentJson(
  field: string, items: Iterable<unknown>, write: (text: string) => void | Promise<void>, more: { readonly [field: string]: unknown } = {},
): Promise<void> {
  await write(`{"apiVersion":${JSON.stringify(MESH_API_VERSION)},${Object.entries(more).map(([key, value]) => `${JSON.stringify(key)}:${JSON.stringify(value)},`).join('')}${JSON.stringify(field)}:[`);
  let chunk: string[] = [];
  let first = true;
  const flush = async () => {
    await write(chunk.join(''));
    chunk = [];
  };
  for (const item of items) {
    chunk.push(`${first ? '' : ','}\n${JSON.stringify(item)}`);
    first = false;
    if (chunk.length >= 1000) {
      await flush();
    }
  }
  await flush();
  await write(`${first ? '' : '\n'}]}\n`);
}
