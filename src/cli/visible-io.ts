import { Io } from './io';
import { visibleDirections } from '../diagnostics/directions';

/**
 * The same output with visible marks of direction. Every text may contain names of users, so this is the last place
 * that can keep them from changing what a terminal or log shows.
 */
export function visibleIo(io: Io): Io {
  const { out, err, confirm, prompt, pause, terminal } = io;
  return {
    ...io,
    out: text => out(visibleDirections(text)),
    err: text => err(visibleDirections(text)),
    ...(confirm && { confirm: question => confirm(visibleDirections(question)) }),
    ...(prompt && { prompt: question => prompt(visibleDirections(question)) }),
    ...(pause && { pause: text => pause(visibleDirections(text)) }),
    ...(terminal && { terminal: visibleStream(terminal) }),
  };
}

function visibleStream(stream: NodeJS.WriteStream): NodeJS.WriteStream {
  return new Proxy(stream, {
    get(target, key) {
      if (key === 'write') {
        return (text: string | Uint8Array) => target.write(typeof text === 'string' ? visibleDirections(text) : text);
      }
      const value = Reflect.get(target, key, target);
      return typeof value === 'function' ? value.bind(target) : value;
    },
  });
}
