import * as v from 'valibot';
import { CATALOGUE, FINDING_CODES } from './catalogue';
import { Severity } from '../diagnostics/diagnostic';
import { oneOf, text } from '../diagnostics/structure';
import { API_VERSION } from '../model/mesh-file-schema';

/** The severities, from the highest. */
export const SEVERITIES = ['error', 'warning', 'info'] as const satisfies readonly Severity[];

const COUNT = 'a whole number from 0';

const SEVERITY_OF = Object.fromEntries(
  FINDING_CODES.map(code => [
    code,
    v.optional(v.pipe(oneOf(...SEVERITIES, 'off'), v.description(`${CATALOGUE[code].title}.`))),
  ]),
);

/** cilium-mesh.yaml: how `check` judges findings, and what all commands read without options. */
export const CONFIGURATION_FILE = v.strictObject(
  {
    apiVersion: API_VERSION,
    mesh: v.optional(
      v.pipe(
        text(),
        v.description('Mesh file, or a folder with one, that commands read without --mesh. Relative to this file.'),
      ),
    ),
    exclude: v.optional(
      v.pipe(
        v.array(text(), 'a list of patterns'),
        v.description('Paths in the folders of manifests to leave out, as in .gitignore. Relative to this file.'),
      ),
    ),
    severities: v.optional(
      v.pipe(
        v.strictObject(SEVERITY_OF, 'a mapping of codes to error, warning, info or off'),
        v.description('Severities of findings by their codes. `off` leaves the findings out.'),
      ),
    ),
    failOn: v.optional(
      v.pipe(
        oneOf(...SEVERITIES),
        v.description('The exit status is 1 for findings from this severity up. Without it, from warning up.'),
      ),
    ),
    maxWarnings: v.optional(
      v.pipe(
        v.number(COUNT),
        v.integer(COUNT),
        v.minValue(0, COUNT),
        v.description('The exit status is 1 only for more warnings than this, or for errors.'),
      ),
    ),
    baseline: v.optional(
      v.pipe(
        text(),
        v.description('File of accepted findings, which do not count (--write-baseline). Relative to this file.'),
      ),
    ),
  },
  'a mapping with apiVersion',
);
