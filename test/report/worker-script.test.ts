/** The script of a report's worker, from the modules of the package. */
import * as vm from 'vm';
import { workerScript } from '../../src/reports/page/worker-script';

function run(modules: { readonly [file: string]: string }): unknown {
  const context = { said: [] as string[] };
  vm.runInNewContext(workerScript('entry.js', file => modules[file]), context);
  return context.said;
}

test('runs the entry with what it loads, each once, in the order of Node.js', () => {
  expect(
    run({
      'entry.js': 'var a=require("./a.js"),b=require("./b.js");said.push(a.name+b.name+(()=>require("./later.js").name)())',
      'a.js': 'said.push("a");exports.name="A"+require("./b.js").name',
      'b.js': 'said.push("b");module.exports={get name(){return "B"+typeof require("./a.js").name}} // ends a line',
      'later.js': 'said.push("later");exports.name="L"',
      'unused.js': 'said.push("unused")',
    }),
  ).toEqual(['a', 'b', 'later', 'ABundefinedBstringL']);
});

test('refuses modules that a worker does not have', () => {
  expect(() => run({ 'entry.js': 'require("./a.js")', 'a.js': 'require("node:fs")' })).toThrow(
    'a.js needs the module node:fs, which a worker does not have',
  );
});
