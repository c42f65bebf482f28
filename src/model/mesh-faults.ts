import { addressFaults } from './checks/addresses';
import { datapathFaults } from './checks/datapath';
import { helmValuesFaults } from './checks/helm-values';
import { identityFaults } from './checks/identity';
import { portFaults } from './checks/ports';
import { settingFaults } from './checks/settings';
import { MeshDiagnostic } from './mesh-diagnostic';
import { MeshModel } from './mesh-model';
import { CONSTRUCT_VOCABULARY, MeshVocabulary } from './vocabulary';

/** All faults of a mesh, in the order of its clusters. A mesh without faults can be installed and connected. */
export function meshFaults(mesh: MeshModel, words: MeshVocabulary = CONSTRUCT_VOCABULARY): MeshDiagnostic[] {
  return [
    ...identityFaults(mesh, words),
    ...settingFaults(mesh, words),
    ...addressFaults(mesh, words),
    ...datapathFaults(mesh, words),
    ...portFaults(mesh, words),
    ...helmValuesFaults(mesh, words),
  ];
}
