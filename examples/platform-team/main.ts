/**
 * Writes dist/ and dist-mesh/.
 *
 *     npm run synth [-- --cilium-version VERSION]
 */
import { parseArgs } from 'node:util';
import { createMesh } from './mesh';

const { values } = parseArgs({
  args: process.argv.slice(2),
  options: { 'cilium-version': { type: 'string' } },
});
createMesh(values['cilium-version']).synth();
