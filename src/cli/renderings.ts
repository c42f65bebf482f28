import { create } from 'log-update';
import { Io } from './io';
import { withSession } from './session';
import { RenderCache } from '../live/rendering/render-cache';
import { RENDER_LIMITS, Renderer, renderSources } from '../live/rendering/render-sources';
import { SYSTEM_CLOCK } from '../live/runner/clock';
import { thisHost } from '../live/runner/host';
import { Renderings } from '../manifests/sources/rendering';
import { formatSource, RenderedSource } from '../manifests/sources/source';

/** Renders sources with the user's programs, and shows the progress on a terminal. */
export function renderAll(sources: readonly RenderedSource[], io: Io): Promise<Renderings> {
  return withRenderer(io, renderer => renderSources(sources, renderer));
}

/** Runs something that renders sources, with a line on a terminal that shows the last one. */
export async function withRenderer<T>(io: Io, run: (renderer: Renderer) => Promise<T>): Promise<T> {
  const { terminal } = io;
  const log = terminal && create(terminal);
  let rendered = 0;
  try {
    return await withSession(io, ({ shell }) =>
      run({
        shell,
        cache: new RenderCache(process.env, SYSTEM_CLOCK.now),
        env: process.env,
        limits: RENDER_LIMITS,
        find: thisHost(process.env).find,
        report: (source, done, total) => {
          rendered += 1;
          const count = total > 1 ? `${done} of ${total}` : String(rendered);
          const text = `rendered ${count}: ${formatSource(source)}`;
          log?.(text.slice(0, Math.max((terminal!.columns || 80) - 1, 0)));
        },
      }),
    );
  } finally {
    log?.clear();
    log?.done();
  }
}
