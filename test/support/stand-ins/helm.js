/** As much of `helm template` as the trees of the tests need: the name of the release, and plain values. */
const fs = require('fs');
const path = require('path');
const { parse } = require('yaml');

const [command, ...args] = process.argv.slice(2);
if (command === 'version') {
  console.log('v3.0.0-stand-in');
} else {
  const [release, chart] = args.slice(args.indexOf('--') + 1);
  const files = args.flatMap(each => /^--values=(.+)$/.exec(each)?.[1] ?? []);
  const read = file => parse(fs.readFileSync(file === '-' ? 0 : file, 'utf8'));
  const values = [path.join(chart, 'values.yaml'), ...files].map(read).reduce(merge, {});
  const templates = path.join(chart, 'templates');
  const { name } = read(path.join(chart, 'Chart.yaml'));
  for (const file of fs.readdirSync(templates).sort()) {
    const text = fs
      .readFileSync(path.join(templates, file), 'utf8')
      .replace(/\{\{ \.Release\.Name \}\}/g, release)
      .replace(/\{\{ \.Values\.([\w.]+) \}\}/g, (_, keys) => keys.split('.').reduce((value, key) => value[key], values));
    process.stdout.write(`---\n# Source: ${name}/templates/${file}\n${text}`);
  }
}

function merge(one, other) {
  const isMap = value => typeof value === 'object' && value !== null && !Array.isArray(value);
  return isMap(one) && isMap(other)
    ? Object.fromEntries(
      [...new Set([...Object.keys(one), ...Object.keys(other)])].map(key => [
        key,
        key in other ? merge(one[key], other[key]) : one[key],
      ]),
    )
    : other;
}
