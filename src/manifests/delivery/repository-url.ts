/** `github.com/example/shop` of all forms of its URL. */
export function plainUrl(url: string): string {
  return url
    .trim()
    .toLowerCase()
    .replace(/^[a-z+]+:\/\//, '')
    .replace(/^[^@/]*@/, '')
    .replace(/:(\d+\/)?/, '/')
    .replace(/\/*(\.git)?\/*$/, '');
}

/** The URLs of remote repositories in the configuration of git. Submodules have others. */
export function remoteUrls(configuration: string): string[] {
  return configuration
    .split(/^(?=\s*\[)/m)
    .filter(section => /^\s*\[remote\b/.test(section))
    .flatMap(section => [...section.matchAll(/^\s*url\s*=\s*(\S+)/gm)].map(([, url]) => url));
}
