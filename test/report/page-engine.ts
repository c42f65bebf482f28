import * as zlib from 'zlib';
import { Engine } from '../../report/engine/engine';
import { EvaluatedMesh } from '../../src/evaluator/read/mesh';
import { MeshInput } from '../../src/manifests/input';
import { packPage, PageInput } from '../../src/reports/page/page';

/** What a report of a mesh is made of. */
export function pageInput(
  current: { readonly input: MeshInput; readonly mesh: EvaluatedMesh },
  more: Partial<PageInput> = {},
): PageInput {
  return {
    title: 'Test',
    version: '0.0.0',
    arguments: { new: '--mesh mesh.yaml' },
    new: { ...current, problems: [] },
    judges: { folder: '.', more: [] },
    ...more,
  };
}

/** The engine of a page that contains a mesh. */
export function engineOf(
  current: { readonly input: MeshInput; readonly mesh: EvaluatedMesh },
  more: Partial<PageInput> = {},
): Engine {
  const engine = new Engine();
  engine.answer('load', { data: JSON.stringify(packPage(pageInput(current, more))) });
  return engine;
}

/** The data of a page, as a browser unpacks it. */
export function dataOf(html: string): string {
  const [, packed = ''] = /id="data">([^<]*)</.exec(html) ?? [];
  return packed === '' ? '' : zlib.gunzipSync(Buffer.from(packed, 'base64')).toString('utf8');
}
