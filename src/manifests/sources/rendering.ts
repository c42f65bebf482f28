import { formatSource, RenderedSource } from './source';
import { ReadingCode } from '../../diagnostics/codes/reading';

/** What a program printed for a source. */
export interface Rendered {
  readonly text: string;
  /** The files that it may have read; empty if they are unknown. */
  readonly files: readonly string[];
}

/** Why a source could not be rendered. */
export interface RenderFailure {
  readonly code: ReadingCode & ('renderer-missing' | 'render-failed' | 'render-limit');
  readonly message: string;
  readonly got?: string;
  readonly fix: string;
}

export type Rendering = Rendered | RenderFailure;

/** The renderings of sources by their keys. */
export type Renderings = ReadonlyMap<string, Rendering>;

/** Whether a source could not be rendered. */
export function isFailure(rendering: Rendering): rendering is RenderFailure {
  return 'code' in rendering;
}

/** Where to get the programs that render. */
const DOWNLOADS: { readonly [program: string]: string } = {
  kustomize: 'https://kubectl.docs.kubernetes.io/installation/kustomize/',
  kubectl: 'https://kubernetes.io/docs/tasks/tools/',
  helm: 'https://helm.sh/docs/intro/install/',
  flux: 'https://fluxcd.io/flux/installation/',
};

/** No program for a source is installed. */
export function missingRenderer(source: RenderedSource, programs: readonly string[]): RenderFailure {
  const links = programs.flatMap(program =>
    Object.prototype.hasOwnProperty.call(DOWNLOADS, program) ? [`${program}: ${DOWNLOADS[program]}`] : [],
  );
  return {
    code: 'renderer-missing',
    message: `${formatSource(source)} needs ${programs.join(' or ')}, which is not in the path`,
    fix: links.length > 0 ? `install it (${links.join(', ')})` : 'install it, or correct the name of the program',
  };
}
