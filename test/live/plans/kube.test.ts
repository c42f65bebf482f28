import { kubectl, kubeSystem } from '../../../src/live/plans/kube';

test('a question ends by itself', () => {
  expect(kubectl('a').get('pods', '-o', 'json').args).toEqual([
    '--context',
    'a',
    'get',
    'pods',
    '-o',
    'json',
    '--request-timeout=20s',
  ]);
  expect(kubeSystem('a').get('daemonset', 'cilium').args).toEqual([
    '--context',
    'a',
    '-n',
    'kube-system',
    'get',
    'daemonset',
    'cilium',
    '--request-timeout=20s',
  ]);
});

test('a namespace, a pod and a container with the name `get` do not make a command a question', () => {
  const { args } = kubectl('get', 'get').exec('get', '-c', 'get', '--', 'sh', '-c', 'get');
  expect(args).toEqual(['--context', 'get', '-n', 'get', 'exec', 'get', '-c', 'get', '--', 'sh', '-c', 'get']);
  expect(kubectl('a', 'get').run('wait', '--for=condition=Ready', 'pod/get').args).toEqual([
    '--context',
    'a',
    '-n',
    'get',
    'wait',
    '--for=condition=Ready',
    'pod/get',
  ]);
  expect(kubectl('a').run('delete', 'ConfigMap', 'get', '--namespace', 'get').args).toEqual([
    '--context',
    'a',
    'delete',
    'ConfigMap',
    'get',
    '--namespace',
    'get',
  ]);
});
