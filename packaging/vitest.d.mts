/** Matchers for the `expect` of vitest: `import 'cdk8s-cilium-mesh/vitest'`. */
import 'vitest';
import { MeshMatchers } from './testing.js';

export { meshOf } from './testing.js';
export type { Balance, FlowOptions, LoadedMesh, MeshOptions, Severity } from './testing.js';

declare module 'vitest' {
  interface Assertion<T = any> extends MeshMatchers<void> {}
}
