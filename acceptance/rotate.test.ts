/** `cilium-mesh rotate` with the real kubectl, Helm, cilium CLI and Cilium's chart. */
import * as crypto from 'crypto';
import { get } from './support/commands';
import { deleteClusters, expectConnected, Lab } from './support/lab';

afterAll(deleteClusters);

const text = (data: string) => Buffer.from(data, 'base64').toString('utf8');

test('all clusters get a new certificate authority, sign their certificates again, and trust it alone', async () => {
  const lab = new Lab();
  await lab.up();
  const authorityOf = async (context: string) =>
    text((await get(context, '-n', 'kube-system', 'secret', 'cilium-ca')).data['ca.crt']);
  const old = await authorityOf('kind-koornacht');
  const rotate = ['rotate', '--yes', '--chart-directory', process.env.CILIUM_CHART!];
  const { status, out, err } = await lab.program(rotate);
  expect([status, out, err]).toEqual([0, '', expect.not.stringContaining('FAILED')]);
  expect(err).not.toContain('PRIVATE');
  await expectConnected(lab);
  for (const { context } of lab.clusters) {
    const authority = await authorityOf(context);
    expect(authority).not.toBe(old);
    expect(new crypto.X509Certificate(authority).subject).toBe('CN=Cilium CA');
    const { data } = await get(context, '-n', 'kube-system', 'configmap', 'cilium-root-ca.crt');
    expect(data['ca.crt'].trim()).toBe(authority.trim());
    expect(await get(context, '-n', 'kube-system', 'secret', 'cilium-ca-next')).toBeUndefined();
    const hubble = (await get(context, '-n', 'kube-system', 'secret', 'hubble-server-certs')).data;
    expect(text(hubble['ca.crt'])).toBe(authority);
  }
  expect((await lab.program(['plan'])).status).toBe(0);
}, 1_800_000);
