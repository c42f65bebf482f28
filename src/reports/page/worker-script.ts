/**
 * Modules of Node.js as one script for a worker: an entry, and all that it loads with `require("./name.js")`. The
 * package contains the evaluator once, and the page of a report runs the same code.
 */
export function workerScript(entry: string, read: (file: string) => string): string {
  const modules = new Map<string, string>();
  const add = (file: string) => {
    if (!modules.has(file)) {
      const code = read(file);
      modules.set(file, code);
      for (const [, name, own] of code.matchAll(/\brequire\("((?:\.\/)?([^"]+))"\)/g)) {
        if (name === own) {
          throw new Error(`${file} needs the module ${name}, which a worker does not have`);
        }
        add(own);
      }
    }
  };
  add(entry);
  const functions = [...modules].map(([file, code]) => `${JSON.stringify(`./${file}`)}(module,exports,require){${code}\n}`);
  return `(()=>{const modules={${functions.join(',')}},loaded={};${LOADER}load(${JSON.stringify(`./${entry}`)})})();\n`;
}

/** As Node.js loads modules: each once, and a circle gets what there is of it. */
const LOADER =
  'const load=name=>{let module=loaded[name];' +
  'if(!module){module=loaded[name]={exports:{}};modules[name](module,module.exports,load)}' +
  'return module.exports};';
