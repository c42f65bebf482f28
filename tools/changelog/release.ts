/** A version of CHANGELOG.md. */
export interface Release {
  /** `0.1.0` */
  readonly version: string;
  /** Markdown, without the heading. */
  readonly notes: string;
}

/**
 * The releases of a changelog, the newest first.
 * @throws if a heading is no version, if a version is not below the one before it, or if one has no notes
 */
export function parseChangelog(text: string): readonly Release[] {
  const [, ...sections] = text.split(/^## /m);
  const releases = sections.map(section => {
    const [version, ...lines] = section.split('\n');
    return { version: version.trim(), notes: lines.join('\n').trim() };
  });
  const problems = [
    ...(releases.length === 0 ? ['it must have a heading such as "## 0.1.0"'] : []),
    ...releases.flatMap(({ version, notes }, index) => [
      ...(numbersOf(version) === undefined ? [`"## ${version}" must be a version such as 0.1.0`] : []),
      ...(index > 0 && compare(version, releases[index - 1].version) >= 0
        ? [`${version} must be below ${releases[index - 1].version}, which comes before it`]
        : []),
      ...(notes === '' ? [`${version} must have notes`] : []),
    ]),
  ];
  if (problems.length > 0) {
    throw new Error(`CHANGELOG.md: ${problems.join('; ')}`);
  }
  return releases;
}

/**
 * What `projen bump` releases: the newest version, or `none` if it has been released.
 * @param latestTag `v0.1.0`, or empty before the first release
 * @throws if the tag is newer than the changelog
 */
export function nextVersion([{ version }]: readonly Release[], latestTag: string): string {
  const released = latestTag.replace(/^v/, '');
  const order = released === '' ? 1 : compare(version, released);
  if (order < 0) {
    throw new Error(`CHANGELOG.md: ${version} must not be below ${released}, which is released`);
  }
  return order === 0 ? 'none' : version;
}

function numbersOf(version: string): readonly number[] | undefined {
  return /^\d+\.\d+\.\d+$/.test(version) ? version.split('.').map(Number) : undefined;
}

/** Negative if the first version is the older one. */
function compare(one: string, other: string): number {
  const [first, second] = [one, other].map(each => numbersOf(each) ?? []);
  return first.map((number, index) => number - second[index]).find(difference => difference !== 0) ?? 0;
}
