/** Assertions about meshes for node:test and other runners. */
export {
  assertAllows,
  assertBalances,
  assertDenies,
  assertMeets,
  assertNoFindings,
  meshOf,
  meshSerializer,
} from './testing';
export type { Balance, FlowOptions, LoadedMesh, MeshOptions, Severity } from './testing';
