import { Language } from './languages';
import { Project, ProjectFiles } from './project';
import { pythonFiles } from './python';
import { typescriptFiles } from './typescript';

const FILES: { readonly [language in Language]: (project: Project) => ProjectFiles } = {
  typescript: typescriptFiles,
  python: pythonFiles,
};

/** The files of a new repository. */
export function projectFiles(project: Project): ProjectFiles {
  return FILES[project.language](project);
}
