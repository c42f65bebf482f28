import { create } from 'log-update';
import { Io } from './io';
import { withSession } from './session';
import { RenderCache } from '../live/rendering/render-cache';
import { RENDER_LIMITS, renderSources } from '../live/rendering/render-sources';
import { SYSTEM_CLOCK } from '../live/runner/clock';
import { thisHost } from '../live/runner/host';
import { Renderings } from '../manifests/sources/rendering';
import { formatSource, RenderedSource } from '../manifests/sources/source';

/** Renders sources with the user's programs, and shows the progress on a terminal. */
export async function renderAll(sources: readonly RenderedSource[], io: Io): Promise<Renderings> {
  const { terminal } = io;
  const log = terminal && create(terminal);
  try {
    return await withSession(io, ({ shell }) =>
      renderSources(sources, {
        shell,
        cache: new RenderCache(process.env, SYSTEM_CLOCK.now),
        env: process.env,
        limits: RENDER_LIMITS,
        find: thisHost(process.env).find,
        report: (source, done, total) => {
          const text = `rendered ${done} of ${total}: ${formatSource(source)}`;
          log?.(text.slice(0, Math.max((terminal!.columns || 80) - 1, 0)));
        },
      }),
    );
  } finally {
    log?.clear();
    log?.done();
  }
}
