import { GenericSchema } from 'valibot';
import { BACKENDS } from './backends';
import { CHECK } from './check';
import { DIFF } from './diff';
import { EXPLAIN, EXPLAINED_END, EXPLAINED_FLOW, RULE } from './explain';
import { ALLOWED_RANGE, MATRIX, MATRIX_GROUPS, MATRIX_SUMMARY, MEMBER } from './matrix';
import { WORKLOAD } from './parts';
import { PLAN } from './plan';
import { RECORD } from './record';
import { RENDER } from './render';
import { REPLAY } from './replay';
import { SNAPSHOT } from './snapshot';
import { STATUS } from './status';
import { SUGGEST } from './suggest';
import { VERIFY } from './verify';
import { EXPECTATIONS_FILE } from '../../evaluator/queries/expectations/schema';
import { BASELINE_FILE } from '../../findings/baseline-schema';
import { CONFIGURATION_FILE } from '../../findings/configuration-schema';
import { MESH_FILE } from '../../model/mesh-file-schema';

/** A published format. */
export interface PublishedSchema {
  readonly title: string;
  readonly schema: GenericSchema;
  /** Shared schemas, written once below `$defs`. */
  readonly definitions?: { readonly [name: string]: GenericSchema };
}

/** Every published JSON Schema, by the name of its file; tools/schemas.ts writes them. */
export const PUBLISHED_SCHEMAS: { readonly [name: string]: PublishedSchema } = {
  'mesh': { title: 'mesh.yaml', schema: MESH_FILE },
  'configuration': { title: 'cilium-mesh.yaml', schema: CONFIGURATION_FILE },
  'baseline': { title: 'The file of cilium-mesh check --baseline', schema: BASELINE_FILE },
  'expectations': { title: 'The file of cilium-mesh check --expect', schema: EXPECTATIONS_FILE },
  'check': { title: 'cilium-mesh check --format json', schema: CHECK },
  'matrix': {
    title: 'cilium-mesh matrix --format json',
    schema: MATRIX,
    definitions: { workload: WORKLOAD, member: MEMBER, range: ALLOWED_RANGE },
  },
  'matrix-groups': {
    title: 'cilium-mesh matrix --group-by --format json',
    schema: MATRIX_GROUPS,
    definitions: { workload: WORKLOAD, member: MEMBER, range: ALLOWED_RANGE },
  },
  'matrix-summary': { title: 'cilium-mesh matrix --summary --format json', schema: MATRIX_SUMMARY },
  'explain': {
    title: 'cilium-mesh explain --format json',
    schema: EXPLAIN,
    definitions: { workload: WORKLOAD, rule: RULE, end: EXPLAINED_END, flow: EXPLAINED_FLOW },
  },
  'backends': { title: 'cilium-mesh backends --format json', schema: BACKENDS },
  'diff': { title: 'cilium-mesh diff --format json', schema: DIFF, definitions: { workload: WORKLOAD } },
  'verify': { title: 'cilium-mesh verify --format json', schema: VERIFY, definitions: { workload: WORKLOAD } },
  'status': { title: 'cilium-mesh status --format json', schema: STATUS },
  'replay': {
    title: 'cilium-mesh replay --format json',
    schema: REPLAY,
    definitions: { workload: WORKLOAD, rule: RULE },
  },
  'suggest': { title: 'cilium-mesh suggest --format json', schema: SUGGEST, definitions: { workload: WORKLOAD } },
  'plan': { title: 'cilium-mesh plan --format json', schema: PLAN },
  'render': { title: 'cilium-mesh render --format json', schema: RENDER },
  'record': { title: 'cilium-mesh record --format json', schema: RECORD },
  'snapshot': { title: 'cilium-mesh snapshot --format json', schema: SNAPSHOT },
};
