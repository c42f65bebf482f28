/**
 * Stands in for kubectl, with one file for the objects of each context in $STATE: apply with apply sets, get, delete, diff and wait, as far as
 * `cilium-mesh apply` and `status` use them. Writes each call to $STATE/log. Fails where $FAIL is in the call.
 */
const fs = require('fs');
const path = require('path');
const { parseAllDocuments } = require('yaml');

function groupKind({ apiVersion, kind }) {
  return apiVersion.includes('/') ? `${kind}.${apiVersion.split('/')[0]}` : kind;
}

function keyOf(object) {
  return `${groupKind(object)} ${object.metadata.namespace ?? ''}/${object.metadata.name}`;
}

/** Does what kubectl would do with these arguments, this input and these variables; returns its status and what it wrote. */
function kubectl(args, input, env) {
  const state = env.STATE;
  let [out, err] = ['', ''];
  const ended = status => ({ status, out, err });
  const option = name => {
    const index = args.findIndex(each => each === name || each.startsWith(`${name}=`));
    return index < 0 ? undefined : args[index].includes('=') ? args[index].slice(name.length + 1) : args[index + 1];
  };
  const fail = text => {
    err += `${text}\n`;
    return ended(1);
  };
  fs.appendFileSync(path.join(state, 'log'), `kubectl ${args.join(' ')}\n`);
  if (env.FAIL && args.join(' ').includes(env.FAIL)) {
    return fail('Error from server: it is broken');
  }

  const file = path.join(state, `${option('--context')}.json`);
  const objects = new Map(fs.existsSync(file) ? JSON.parse(fs.readFileSync(file, 'utf8')).map(each => [keyOf(each), each]) : []);
  const save = () => fs.writeFileSync(file, JSON.stringify([...objects.values()]));
  const given = () => parseAllDocuments(input, { version: '1.1' }).map(each => each.toJS());
  const PART_OF = 'applyset.kubernetes.io/part-of';
  const KINDS = 'applyset.kubernetes.io/contains-group-kinds';
  const ID = 'applyset.kubernetes.io/id';

  const isParent = object => object.kind === 'ApplySet';
  const named = new Set((option('-l') ?? '').replace(/^.*\(|\)$/g, '').split(','));

  // as kubectl: the namespace may come before the verb
  const verb = args[2] === '-n' ? args[4] : args[2];
  switch (verb) {
    case 'get': {
      const [kinds, ...names] = args.slice(3, args.slice(3).findIndex(each => each.startsWith('-')) + 3);
      if (kinds === 'customresourcedefinitions') {
        out += ([...objects.values()].some(each => each.kind === 'CustomResourceDefinition' && names.includes(each.metadata.name)) ? `crd/${names[0]}\n` : '');
      } else if (kinds.startsWith('applysets.') && names.length > 0) {
        if (!names.every(name => [...objects.values()].some(each => isParent(each) && each.metadata.name === name))) {
          return fail('Error from server (NotFound)');
        }
      } else if (kinds.startsWith('applysets.')) {
        out += (JSON.stringify({ items: [...objects.values()].filter(each => isParent(each) && named.has(each.metadata.labels[ID])) }));
      } else if (kinds === 'namespaces') {
        out += (JSON.stringify({ items: [...objects.values()].filter(each => each.kind === 'Namespace') }));
      } else {
        out += (JSON.stringify({ items: [...objects.values()].filter(each => kinds.split(',').includes(groupKind(each)) && named.has(each.metadata.labels?.[PART_OF])) }));
      }
      break;
    }
    case 'apply': {
      const documents = given();
      if (option('--dry-run')) {
        break;
      }
      const reference = option('--applyset');
      if (reference) {
        const parent = [...objects.values()].find(each => isParent(each) && each.metadata.name === reference.split('/')[1]);
        if (!parent || env.KUBECTL_APPLYSET !== 'true' || !args.includes('--prune')) {
          return fail('error: no apply set');
        }
        const id = parent.metadata.labels[ID];
        const kinds = new Set([...parent.metadata.annotations[KINDS].split(','), ...documents.map(groupKind)]);
        documents.forEach(each => objects.set(keyOf(each), { ...each, metadata: { ...each.metadata, labels: { ...each.metadata.labels, [PART_OF]: id } } }));
        const applied = new Set(documents.map(keyOf));
        [...objects].filter(([key, each]) => each.metadata.labels?.[PART_OF] === id && kinds.has(groupKind(each)) && !applied.has(key)).forEach(([key]) => {
          fs.appendFileSync(path.join(state, 'log'), `pruned ${option('--context')} ${key}\n`);
          objects.delete(key);
        });
        parent.metadata.annotations[KINDS] = [...new Set(documents.map(groupKind))].sort().join(',');
      } else {
        documents.forEach(each => objects.set(keyOf(each), each));
      }
      documents.forEach(each => fs.appendFileSync(path.join(state, 'log'), `applied ${option('--context')} ${keyOf(each)}\n`));
      save();
      break;
    }
    case 'delete': {
      const key = `${args[3]} ${option('--namespace') ?? ''}/${args[4]}`;
      objects.delete(key);
      fs.appendFileSync(path.join(state, 'log'), `deleted ${option('--context')} ${key}\n`);
      save();
      break;
    }
    case 'diff': {
      const changed = given().filter(each => JSON.stringify(objects.get(keyOf(each))) !== JSON.stringify(each));
      changed.forEach(each => out += (`changed ${keyOf(each)}\n`));
      return ended(changed.length > 0 ? 1 : 0);
    }
    case 'wait':
    case 'rollout':
      break;
    default:
      return fail(`the stand-in knows no ${verb}`);
  }
  return ended(0);
}

module.exports = { kubectl };
