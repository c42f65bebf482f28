/** `cilium-mesh up` with three clusters, which connects each to both others. */
import { RebelBaseApp } from '../src';
import { deleteClusters, expectApplied, expectConnected, expectInstalled, Lab } from './support/lab';
import { read } from '../test/support/examples';
import { meshOf } from '../test/support/mesh';

afterAll(deleteClusters);

test('three clusters are connected, each to both others', async () => {
  const mesh = meshOf(3, {}, { a: { kind: {} }, b: { kind: {} }, c: { kind: {} } });
  const planet = (name: string) => ({ planet: name });
  new RebelBaseApp(mesh, 'rebel-base', {
    isGlobal: true,
    perCluster: { a: planet('Alderaan'), b: planet('Bespin'), c: planet('Corellia') },
  });
  mesh.synth();
  const lab = new Lab(read(mesh.outdir));
  await lab.up();
  await expectInstalled(lab);
  await expectConnected(lab);
  await expectApplied(lab);
});
