/** Statements about meshes for tests: what the entries for jest, vitest and node:test have in common. */
export {
  assertAllows,
  assertBalances,
  assertDenies,
  assertMeets,
  assertNoFindings,
  meshOf,
  meshSerializer,
} from './assert';
export type { Balance, FlowOptions, LoadedMesh, MeshOptions, Severity } from './assert';
export { extend } from './matchers';
export type { MeshMatchers } from './matchers';
