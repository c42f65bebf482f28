import { transform, TransformOptions } from 'esbuild';
import * as ts from 'typescript';

/** The module of the functions that esbuild otherwise writes into every file. */
const HELPERS = 'helpers.js';

/** ES modules as minified CommonJS, by the names of their files, and one more with what all of them need. */
export async function commonJs(
  modules: ReadonlyMap<string, string>,
  target: TransformOptions['target'],
): Promise<ReadonlyMap<string, string>> {
  // neutral: without lists of exports for ES modules, which import only the entries
  const options: TransformOptions = { format: 'cjs', platform: 'neutral', target };
  const helpers = new Map<string, string>();
  const files = new Map<string, string>();
  for (const [file, text] of modules) {
    files.set(file, withoutHelpers((await transform(text, options)).code, helpers));
  }
  files.set(HELPERS, `${[...helpers.values()].join('\n')}\nmodule.exports = { ${[...helpers.keys()].join(', ')} };\n`);
  for (const [file, text] of files) {
    files.set(file, (await transform(text, { ...options, minify: true })).code);
  }
  return files;
}

/** A file that takes its helpers from their module. Adds them to `helpers`, each behind those that it uses. */
function withoutHelpers(code: string, helpers: Map<string, string>): string {
  const source = ts.createSourceFile('file.js', code, ts.ScriptTarget.ES2022, true);
  const names: string[] = [];
  let end = 0;
  for (const statement of source.statements) {
    const name = /^var (__\w+) = /.exec(statement.getText())?.[1];
    if (name === undefined) {
      break;
    }
    const text = statement.getText();
    const known = helpers.get(name) ?? text;
    if (withoutNumbers(known) !== withoutNumbers(text)) {
      throw new Error(`esbuild has two helpers ${name}`);
    }
    helpers.set(name, known);
    names.push(name);
    end = statement.getEnd();
  }
  const rest = code.slice(end);
  const used = names.filter(name => new RegExp(`\\b${name}\\b`).test(rest));
  return used.length === 0 ? rest : `var { ${used.join(', ')} } = require("./${HELPERS}");${rest}`;
}

/** esbuild numbers a local variable whose name is taken elsewhere in the file. */
function withoutNumbers(text: string): string {
  return text.replace(/\b([a-zA-Z]+)\d+\b/g, '$1');
}
