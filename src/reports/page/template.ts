import { escapeHtml } from './html';

/** The parts of a page that are made when the package is built. */
export interface PageParts {
  readonly script: string;
  readonly style: string;
}

/** What a report adds to its page. */
export interface PageContent {
  /** The script of the worker (worker-script.ts), compressed (compress.ts). */
  readonly engine: string;
  readonly title: string;
  /** The summary, as HTML without scripts and styles. */
  readonly summary: string;
  /** Base64. */
  readonly data: string;
}

/** What every report has at its beginning. */
export const PAGE_MARK = '<meta name="generator" content="cilium-mesh report">';

const MARKS = { title: '<!--title-->', summary: '<!--summary-->', engine: '<!--engine-->', data: '<!--data-->' } as const;

/**
 * The page without its content. The Content-Security-Policy names its script and style by their hashes, and lets the
 * page load nothing. Blocks that are no scripts to a browser need no hash, so each report may have other data.
 */
export async function pageTemplate({ script, style }: PageParts): Promise<string> {
  const safeScript = withoutEnd(script);
  if (/<\/style/i.test(style)) {
    throw new Error('the style contains </style');
  }
  const policy = [
    "default-src 'none'",
    `script-src ${await hashOf(safeScript)}`,
    `style-src ${await hashOf(style)}`,
    'worker-src blob:',
    'img-src data:',
    "base-uri 'none'",
    "form-action 'none'",
  ].join('; ');
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${policy}">
${PAGE_MARK}
<meta name="viewport" content="width=device-width,initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="referrer" content="no-referrer">
<title>${MARKS.title}</title>
<style>${style}</style>
</head>
<body>
<div id="app"></div>
<div id="summary">
${MARKS.summary}
</div>
<script type="text/plain" id="engine">${MARKS.engine}</script>
<script type="text/plain" id="data">${MARKS.data}</script>
<script>${safeScript}</script>
</body>
</html>
`;
}

/** A page with its content. */
export function fillPage(template: string, { title, summary, engine, data }: PageContent): string {
  const contents = { title: escapeHtml(title), summary, engine, data };
  return (['title', 'summary', 'engine', 'data'] as const).reduce((page, name) => {
    const at = page.indexOf(MARKS[name]);
    // not replace(), to which $ is special
    return `${page.slice(0, at)}${contents[name]}${page.slice(at + MARKS[name].length)}`;
  }, template);
}

/** Text of a script that neither ends its element nor begins a comment. In scripts both stand in texts or regexps. */
function withoutEnd(script: string): string {
  return script.replace(/<\/(script)/gi, '<\\/$1').replace(/<!--/g, '<\\!--');
}

async function hashOf(text: string): Promise<string> {
  const digest = await crypto.subtle.digest('SHA-256', new TextEncoder().encode(text));
  return `'sha256-${btoa(String.fromCharCode(...new Uint8Array(digest)))}'`;
}
