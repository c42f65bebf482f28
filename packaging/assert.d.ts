/** Assertions about meshes for node:test and other runners. */
export {
  assertAllows,
  assertBalances,
  assertDenies,
  assertMeets,
  assertNoFindings,
  meshOf,
  meshSerializer,
  Balance,
  FlowOptions,
  LoadedMesh,
  MeshOptions,
  Severity,
} from './testing';
