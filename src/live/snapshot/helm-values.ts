import { Gap } from './gap';
import { SETTING_LIST } from '../../cilium/settings';
import { Values } from '../../evaluator/read/setting-reader';
import { helm } from '../plans/kube';
import { ask, Shell } from '../runner/shell';

/** Of other clusters, their names and addresses; not their certificates. */
const PEER_FIELDS = ['name', 'address', 'port', 'ips'];

/**
 * The known settings in the values of Cilium's Helm release. Helm keeps releases in Secrets, so this reads one; values
 * that no setting names, such as keys of certificates, are left out.
 */
export async function readHelmValues(
  shell: Shell,
  context: string,
  namespace: string,
): Promise<{ readonly values: Values } | { readonly gap: Gap }> {
  const command = helm(context, 'get', 'values', 'cilium', '--namespace', namespace, '--output', 'json');
  const { status, output, tail } = await ask(shell, command);
  const values = status === 0 ? parse(output) : undefined;
  if (values !== undefined) {
    return { values: knownValues(values) };
  }
  const line = tail.split('\n').find(each => /^(Error:|spawn )/.test(each));
  return {
    gap: {
      what: 'helm-values',
      reason: /forbidden/i.test(line ?? '') ? 'forbidden' : 'failed',
      message: line?.slice(0, 300) ?? `helm ended with status ${status}`,
      fix: 'permit to list Secrets in the namespace of Cilium, or leave out --helm-values',
    },
  };
}

/** The values of known settings. */
export function knownValues(values: any): Values {
  const known: { [key: string]: any } = {};
  for (const [, { helm: paths, config }] of SETTING_LIST) {
    for (const path of [...paths.map(each => each.path.split('.')), ...config.map(key => ['extraConfig', key])]) {
      copy(values, known, path);
    }
  }
  copy(values, known, ['clustermesh', 'config', 'domain']);
  const peers = values?.clustermesh?.config?.clusters;
  if (Array.isArray(peers)) {
    known.clustermesh = {
      ...known.clustermesh,
      config: {
        ...known.clustermesh?.config,
        clusters: peers.map(peer =>
          Object.fromEntries(PEER_FIELDS.filter(key => peer?.[key] !== undefined).map(key => [key, peer[key]])),
        ),
      },
    };
  }
  return known;
}

function copy(from: any, to: { [key: string]: any }, [key, ...rest]: readonly string[]): void {
  const value = typeof from === 'object' && from !== null ? from[key] : undefined;
  if (value === undefined || value === null) {
    return;
  }
  if (rest.length === 0) {
    to[key] = value;
  } else if (typeof value === 'object') {
    const below = to[key] ?? {};
    copy(value, below, rest);
    if (Object.keys(below).length > 0) {
      to[key] = below;
    }
  }
}

function parse(text: string): object | undefined {
  try {
    const value = JSON.parse(text);
    return value === null ? {} : typeof value === 'object' ? value : undefined;
  } catch {
    return undefined;
  }
}
