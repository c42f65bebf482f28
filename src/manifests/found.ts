import { Manifest } from './manifest';
import { ReadingDiagnostic } from './reading-diagnostic';

/** The contents of a file. */
export class Found {
  readonly manifests: Manifest[] = [];
  readonly problems = new Problems();
  readonly notes = new Problems();

  /** `keepsVariables`: objects with variables of Flux or encrypted fields are manifests, for who replaces them. */
  constructor(readonly keepsVariables: boolean = false) {}
}

/** The first problems of a file. More of them would not help, and take time and memory. */
export class Problems {
  private readonly kept: ReadingDiagnostic[] = [];
  private more = false;

  get isFull(): boolean {
    return this.kept.length >= MAX_PROBLEMS;
  }

  /** Finding the line takes most of the time, so a problem is created only if it is kept. */
  add(make: () => ReadingDiagnostic): void {
    if (this.isFull) {
      this.more = true;
    } else {
      this.kept.push(make());
    }
  }

  addAll(problems: readonly ReadingDiagnostic[]): void {
    problems.forEach(problem => this.add(() => problem));
  }

  /** Records that the file has more problems than those added. */
  cut(): void {
    this.more = true;
  }

  all(): ReadingDiagnostic[] {
    const last = this.kept.length - 1;
    return this.more
      ? this.kept.map((each, index) =>
        index === last ? { ...each, message: `${each.message} (this file has more problems)` } : each,
      )
      : this.kept;
  }
}

const MAX_PROBLEMS = 100;
