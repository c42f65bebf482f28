/** What traits are decided by: a version of Cilium, 1.`minor`. */
export class VersionRange {
  constructor(private readonly minor: number) {}

  /** The version is 1.`first` or later. */
  public since(first: number): boolean {
    return this.minor >= first;
  }

  /** The version is 1.`last` or earlier. */
  public until(last: number): boolean {
    return this.minor <= last;
  }

  /** The version is one from 1.`first` to 1.`last`. */
  public within(first: number, last: number): boolean {
    return this.since(first) && this.until(last);
  }
}
