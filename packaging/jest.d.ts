/** Matchers for the global `expect` of jest: `import 'cdk8s-cilium-mesh/jest'`. */
import { MeshMatchers } from './testing';

export { meshOf } from './testing';
export type { Balance, FlowOptions, LoadedMesh, MeshOptions, Severity } from './testing';

declare global {
  namespace jest {
    interface Matchers<R, T> extends MeshMatchers<R> {}
  }
}
