/**
 * Stands in for kubectl, with one file for the objects of each context in $STATE: apply, get, delete by UID, diff and wait, as far as
 * `cilium-mesh apply` and `status` use them. Writes each call to $STATE/log. Fails where $FAIL is in the call, or only in the call number $FAIL_AT with it.
 * $UIDS has the UIDs of clusters, as JSON.
 */
const fs = require('fs');
const path = require('path');
const { parseAllDocuments } = require('yaml');

/** The kinds that every API server of the tests serves: plural, version, and whether namespaced. */
const SERVED = {
  'Namespace': ['namespaces', 'v1', false],
  'ConfigMap': ['configmaps', 'v1', true],
  'Secret': ['secrets', 'v1', true],
  'Service': ['services', 'v1', true],
  'Endpoints': ['endpoints', 'v1', true],
  'PersistentVolumeClaim': ['persistentvolumeclaims', 'v1', true],
  'Deployment.apps': ['deployments', 'apps/v1', true],
  'EndpointSlice.discovery.k8s.io': ['endpointslices', 'discovery.k8s.io/v1', true],
  'Lease.coordination.k8s.io': ['leases', 'coordination.k8s.io/v1', true],
  'CustomResourceDefinition.apiextensions.k8s.io': ['customresourcedefinitions', 'apiextensions.k8s.io/v1', false],
  'CiliumNetworkPolicy.cilium.io': ['ciliumnetworkpolicies', 'cilium.io/v2', true],
  'CiliumClusterwideNetworkPolicy.cilium.io': ['ciliumclusterwidenetworkpolicies', 'cilium.io/v2', false],
  'CiliumCIDRGroup.cilium.io': ['ciliumcidrgroups', 'cilium.io/v2', false],
};

function groupKind({ apiVersion, kind }) {
  return apiVersion.includes('/') ? `${kind}.${apiVersion.split('/')[0]}` : kind;
}

function keyOf(object) {
  return `${groupKind(object)} ${object.metadata.namespace ?? ''}/${object.metadata.name}`;
}

let versions = 0;

/** The object after another change. */
function withVersion(object) {
  return { ...object, metadata: { ...object.metadata, resourceVersion: String(++versions) } };
}

/** How many calls so far contain a text. */
function calls(state, text) {
  return fs.readFileSync(path.join(state, 'log'), 'utf8').split('\n').filter(line => line.startsWith('kubectl ') && line.includes(text)).length;
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
  if (env.FAIL && args.join(' ').includes(env.FAIL) && (!env.FAIL_AT || calls(state, env.FAIL) === Number(env.FAIL_AT))) {
    return fail('Error from server: it is broken');
  }

  const file = path.join(state, `${option('--context')}.json`);
  const objects = new Map(fs.existsSync(file) ? JSON.parse(fs.readFileSync(file, 'utf8')).map(each => [keyOf(each), each]) : []);
  const save = () => fs.writeFileSync(file, JSON.stringify([...objects.values()]));
  const given = () => parseAllDocuments(input, { version: '1.1' }).map(each => each.toJS()).flatMap(each => each.kind === 'List' ? each.items : [each]);
  const PART_OF = 'applyset.kubernetes.io/part-of';

  const merged = object => {
    const uid = objects.get(keyOf(object))?.metadata.uid ?? `uid-${fs.readFileSync(path.join(state, 'log'), 'utf8').length}-${object.metadata.name}`;
    return { ...object, metadata: { ...object.metadata, uid } };
  };

  const isParent = object => object.kind === 'ApplySet';
  // those that every API server serves, and those of definitions
  const served = () => new Map([
    ...Object.entries(SERVED),
    ...[...objects.values()].filter(each => each.kind === 'CustomResourceDefinition').map(({ spec }) => [
      `${spec.names.kind}.${spec.group}`,
      [spec.names.plural, `${spec.group}/${spec.versions[0].name}`, spec.scope === 'Namespaced'],
    ]),
  ]);
  // as kubectl: the namespace may come before the verb
  const verb = args[2] === '-n' ? args[4] : args[2];
  switch (verb) {
    case 'api-resources': {
      served().forEach(([plural, version, namespaced], kind) => {
        out += `${plural.padEnd(30)} ${version.padEnd(30)} ${namespaced} ${kind.split('.')[0]}\n`;
      });
      break;
    }
    case 'get': {
      const [kinds, ...names] = args.slice(args.indexOf('get') + 1, args.findIndex(each => each.startsWith('-') && args.indexOf(each) > args.indexOf('get')));
      const all = [...objects.values()];
      if (kinds === undefined) {
        const wanted = given().map(keyOf);
        out += JSON.stringify({ kind: 'List', items: all.filter(each => wanted.includes(keyOf(each))) });
      } else if (kinds === 'namespace') {
        out += JSON.stringify({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: names[0], uid: JSON.parse(env.UIDS ?? '{}')[option('--context')] ?? `uid-of-${option('--context')}` } });
      } else if (kinds === 'configmaps' && names.length > 0) {
        const items = all.filter(each => each.kind === 'ConfigMap' && each.metadata.namespace === 'kube-system' && names.includes(each.metadata.name));
        out += items.length > 0 ? JSON.stringify({ kind: 'List', items }) : '';
      } else if (kinds === 'lease') {
        const lease = objects.get(`Lease.coordination.k8s.io kube-system/${names[0]}`);
        out += lease ? JSON.stringify(lease) : '';
      } else if (kinds.startsWith('applysets.')) {
        out += (JSON.stringify({ items: all.filter(isParent) }));
      } else if (kinds === 'namespaces') {
        out += (JSON.stringify({ items: all.filter(each => each.kind === 'Namespace') }));
      } else {
        out += (JSON.stringify({ items: all.filter(each => kinds.split(',').includes(groupKind(each)) && each.metadata.labels?.[PART_OF]) }));
      }
      break;
    }
    case 'create': {
      const [document] = given();
      if (objects.has(keyOf(document))) {
        return fail('Error from server (AlreadyExists): it already exists');
      }
      objects.set(keyOf(document), withVersion({ ...document, metadata: { ...document.metadata, uid: `uid-${document.spec.holderIdentity}` } }));
      save();
      break;
    }
    case 'patch': {
      const key = `Lease.coordination.k8s.io kube-system/${args[args.indexOf('patch') + 2]}`;
      if (!objects.has(key)) {
        return fail('Error from server (NotFound): it does not exist');
      }
      const object = JSON.parse(JSON.stringify(objects.get(key)));
      for (const { op, path: pointer, value } of JSON.parse(option('--patch'))) {
        const [field, name] = pointer.slice(1).split('/');
        if (op === 'test' && object[field][name] !== value) {
          return fail('The request is invalid: the server rejected our request due to an error in our request');
        }
        object[field][name] = value;
      }
      objects.set(key, withVersion(object));
      save();
      break;
    }
    case 'apply': {
      const documents = given();
      if (option('--dry-run')) {
        if (option('-o') === 'json') {
          out += JSON.stringify({ kind: 'List', items: documents.map(each => merged(each)) });
        }
        break;
      }
      documents.forEach(each => {
        objects.set(keyOf(each), merged(each));
        fs.appendFileSync(path.join(state, 'log'), `applied ${option('--context')} ${keyOf(each)}\n`);
      });
      save();
      break;
    }
    case 'delete': {
      const [, group, namespace, plural, name] = /^\/(?:api|apis\/([^/]+))\/[^/]+(?:\/namespaces\/([^/]+))?\/([^/]+)\/([^/]+)$/.exec(option('--raw'));
      const kind = [...served()].find(([key, [each]]) => each === plural && (key.split('.').slice(1).join('.') === (group ?? '')))[0];
      const key = `${kind} ${namespace ?? ''}/${name}`;
      const { preconditions, dryRun } = JSON.parse(input);
      if (!objects.has(key)) {
        return fail(`Error from server (NotFound): ${plural} "${name}" not found`);
      }
      if (preconditions.resourceVersion && objects.get(key).metadata.resourceVersion !== preconditions.resourceVersion) {
        return fail('Error from server (Conflict): Precondition failed: ResourceVersion');
      }
      if (objects.get(key).metadata.uid !== preconditions.uid) {
        return fail(`Error from server (Conflict): Precondition failed: UID in precondition: ${preconditions.uid}, UID in object meta: ${objects.get(key).metadata.uid}`);
      }
      if (dryRun) {
        break;
      }
      objects.delete(key);
      if (!key.startsWith('Lease')) {
        fs.appendFileSync(path.join(state, 'log'), `deleted ${option('--context')} ${key}\n`);
      }
      save();
      break;
    }
    case 'diff': {
      const changed = given().filter(each => {
        const { uid, ...metadata } = objects.get(keyOf(each))?.metadata ?? {};
        return JSON.stringify({ ...objects.get(keyOf(each)), metadata }) !== JSON.stringify(each);
      });
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
