import { addressFaults } from './checks/addresses';
import { datapathFaults } from './checks/datapath';
import { helmValuesFaults } from './checks/helm-values';
import { identityFaults } from './checks/identity';
import { portFaults } from './checks/ports';
import { settingFaults } from './checks/settings';
import { MeshDiagnostic } from './mesh-diagnostic';
import { MeshModel } from './mesh-model';

/** Everything that is wrong with a mesh, in the order of its clusters' description: nothing means that it can be installed and connected. */
export function meshFaults(mesh: MeshModel): MeshDiagnostic[] {
  return [
    ...identityFaults(mesh),
    ...settingFaults(mesh),
    ...addressFaults(mesh),
    ...datapathFaults(mesh),
    ...portFaults(mesh),
    ...helmValuesFaults(mesh),
  ];
}
