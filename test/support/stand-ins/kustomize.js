/** As much of `kustomize build` as the trees of the tests need: resources, components, namespace, namePrefix. */
const fs = require('fs');
const path = require('path');
const { parse, parseAllDocuments, stringify } = require('yaml');

const [command, ...args] = process.argv.slice(2);
const loadsAll = args.includes('--load-restrictor=LoadRestrictionsNone');
if (command === 'version') {
  console.log('v5.0.0-stand-in');
} else {
  process.stdout.write(build(args[args.length - 1]).map(each => stringify(each)).join('---\n'));
}

function build(folder) {
  const { resources = [], components = [], namespace, namePrefix = '' } = parse(
    fs.readFileSync(path.join(folder, 'kustomization.yaml'), 'utf8'),
  );
  const objects = [...resources, ...components].flatMap(each => {
    const file = path.join(folder, each);
    if (!loadsAll && fs.statSync(file).isFile() && path.relative(folder, file).startsWith('..')) {
      console.error(`Error: security; file '${file}' is not in or below '${folder}'`);
      process.exit(1);
    }
    return fs.statSync(file).isDirectory()
      ? build(file)
      : parseAllDocuments(fs.readFileSync(file, 'utf8')).map(document => document.toJS());
  });
  return objects.map(each => ({
    ...each,
    metadata: {
      ...each.metadata,
      name: namePrefix + each.metadata.name,
      ...(namespace === undefined ? {} : { namespace }),
    },
  }));
}
