import { Workload } from '../../../src/evaluator/read/workload';
import { podsOf } from '../../../src/live/verification/pods';

const workload = (name: string, podLabels: { readonly [key: string]: string }, kind: string = 'Deployment') =>
  ({ kind, name, podLabels }) as Workload;
const pod = (name: string, podIP: string, labels: { readonly [key: string]: string }, phase: string = 'Running') => ({
  metadata: { name, labels },
  status: { phase, podIP },
});

test('every pod belongs to one workload, the one that says most of it', () => {
  const [web, next, twin, single] = [
    workload('web', { app: 'web' }),
    workload('web-next', { app: 'web', version: '2' }),
    workload('twin', { app: 'web' }),
    workload('alone', { app: 'web' }, 'Pod'),
  ];
  const found = podsOf(
    [web, next, twin, single],
    [
      pod('web-5d9f-2', '10.0.0.2', { 'app': 'web', 'pod-template-hash': '5d9f' }),
      pod('web-5d9f-1', '10.0.0.1', { 'app': 'web', 'pod-template-hash': '5d9f' }),
      pod('web-next-7c-1', '10.0.0.3', { app: 'web', version: '2' }),
      pod('twin-88-1', '10.0.0.4', { app: 'web' }),
      pod('alone', '10.0.0.5', { app: 'web' }),
      pod('other', '10.0.0.6', {}),
    ],
  );
  expect([web, next, twin, single].map(each => found.get(each)!.map(({ address }) => address))).toEqual([
    ['10.0.0.1', '10.0.0.2'],
    ['10.0.0.3'],
    ['10.0.0.4'],
    ['10.0.0.5'],
  ]);
});

test('pods that do not run, end, or have no address yet are left out', () => {
  const web = workload('web', { app: 'web' });
  const ending = pod('web-3', '10.0.0.3', { app: 'web' });
  const found = podsOf(
    [web],
    [
      pod('web-1', '10.0.0.1', { app: 'web' }, 'Pending'),
      { metadata: { name: 'web-2', labels: { app: 'web' } }, status: { phase: 'Running' } },
      { ...ending, metadata: { ...ending.metadata, deletionTimestamp: '2026' } },
    ],
  );
  expect(found.get(web)).toEqual([]);
});

test('only ready pods are backends of Services', () => {
  const web = workload('web', { app: 'web' });
  const withReady = (name: string, address: string, conditions?: unknown) => {
    const { metadata, status } = pod(name, address, { app: 'web' });
    return { metadata, status: { ...status, conditions } };
  };
  const found = podsOf(
    [web],
    [
      withReady('web-1', '10.0.0.1', [{ type: 'Initialized', status: 'True' }, { type: 'Ready', status: 'True' }]),
      withReady('web-2', '10.0.0.2', [{ type: 'Ready', status: 'False' }]),
      withReady('web-3', '10.0.0.3'),
    ],
  );
  expect(found.get(web)!.map(({ name, ready }) => [name, ready])).toEqual([
    ['web-1', true],
    ['web-2', false],
    ['web-3', false],
  ]);
});
