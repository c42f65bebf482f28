import { FindOrigin, Origin } from './origins';
import { Manifest } from '../manifest';

/** An object that a program rendered. Its place is that of its origin, which is found once a message needs it. */
export class RenderedManifest implements Manifest {
  private found: Origin | undefined;

  constructor(
    private readonly rendered: Manifest,
    readonly object: any,
    readonly source: string,
    private readonly find: FindOrigin,
    private readonly fallback: Origin,
  ) {}

  get file(): string {
    return this.origin.file;
  }

  line(path?: string): number | undefined {
    return this.origin.line(path);
  }

  private get origin(): Origin {
    this.found ??= this.find(this.rendered) ?? this.fallback;
    return this.found;
  }
}
