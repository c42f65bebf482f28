// node page.js REPORT: asks the worker of a report, with what browsers have and without Node.js
const fs = require('node:fs');
const vm = require('node:vm');
const zlib = require('node:zlib');

const html = fs.readFileSync(process.argv[2], 'utf8');
const block = id => zlib.gunzipSync(Buffer.from(new RegExp(`id="${id}">([^<]*)<`).exec(html)[1], 'base64')).toString();
const answers = [];
const worker = { MessageChannel, TextEncoder, TextDecoder, performance, postMessage: answer => answers.push(answer) };
worker.self = worker;
vm.runInNewContext(block('engine'), worker);
const ask = (name, question) => worker.onmessage({ data: { number: answers.length, name, ask: question } });

ask('load', { data: block('data') });
ask('explain', { side: 'new', from: 'client@a', to: 'api@b', ports: [{ protocol: 'TCP', port: 80 }] });
// findings are computed while nothing else is asked
ask('findings', { side: 'new' });
const wait = setInterval(() => {
  if (answers.length === 3) {
    clearInterval(wait);
    for (const { error } of answers) {
      if (error !== undefined) {
        throw new Error(error);
      }
    }
    console.log(answers[1].answer.text);
    process.exit();
  }
}, 10);
