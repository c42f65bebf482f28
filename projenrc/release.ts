import { cdk8s, release } from 'projen';

/** What publishes the package. */
export const RELEASE: Pick<
  cdk8s.ConstructLibraryCdk8sOptions,
  | 'publishToPypi'
  | 'publishToMaven'
  | 'publishToGo'
  | 'npmTrustedPublishing'
  | 'github'
  | 'githubOptions'
  | 'release'
  | 'releaseTrigger'
  | 'nextVersionCommand'
  | 'buildWorkflow'
  | 'workflowNodeVersion'
> = {
  publishToPypi: { distName: 'cdk8s-cilium-mesh', module: 'cdk8s_cilium_mesh', trustedPublishing: true },
  publishToMaven: {
    javaPackage: 'io.github.cdk8sciliummesh',
    mavenGroupId: 'io.github.cdk8s-cilium-mesh',
    mavenArtifactId: 'cdk8s-cilium-mesh',
    mavenServerId: 'central-ossrh',
  },
  publishToGo: { moduleName: 'github.com/cdk8s-cilium-mesh/cdk8s-cilium-mesh-go' },
  // with provenance, and no token
  npmTrustedPublishing: true,
  github: true,
  githubOptions: { mergify: false, pullRequestLint: false },
  release: true,
  releaseTrigger: release.ReleaseTrigger.continuous(),
  // commits are sentences; what users read, and with it the version, is CHANGELOG.md
  nextVersionCommand: 'tsx tools/changelog.ts next',
  // a pull request is built on the version that jsii supports; .ci/run is the gate
  buildWorkflow: true,
  workflowNodeVersion: '24',
};

/** Builds the packages of all languages from what was compiled, and takes the notes of releases from CHANGELOG.md. */
export function configureRelease(project: cdk8s.ConstructLibraryCdk8s): void {
  // `npm pack` would compile again
  const pack = '--pack-command "npm pack --ignore-scripts"';
  for (const target of ['js', 'python', 'java', 'go']) {
    project.tasks.tryFind(`package:${target}`)?.reset(`jsii-pacmak -v --target ${target} ${pack}`);
  }
  useArtifactsFolder(project);
  // publib knows npm's registry itself
  const file = project.github?.tryFindWorkflow('release')?.file;
  file?.addDeletionOverride('jobs.release_npm.steps.9.env.NPM_REGISTRY');
  project.tasks.tryFind('bump')?.exec(`tsx tools/changelog.ts notes ${project.artifactsDirectory}/changelog.md`);
}

/**
 * Jobs of the workflow download artifacts to dist/, and publib looks for packages there, whatever the folder of the
 * project is: each job gets them as its other steps expect.
 */
function useArtifactsFolder(project: cdk8s.ConstructLibraryCdk8s): void {
  const folder = project.artifactsDirectory;
  const file = project.github?.tryFindWorkflow('release')?.file;
  const jobs = { github: 1, npm: 1, maven: 2, pypi: 2, golang: 2 };
  for (const [job, download] of Object.entries(jobs)) {
    const steps = `jobs.release_${job}.steps`;
    file?.addOverride(`${steps}.${download}.with.path`, folder);
    file?.addOverride(`${steps}.${download + 1}.run`, `cd ${folder} && setfacl --restore=permissions-backup.acl`);
    if (job !== 'github') {
      // between "Create … artifact" and "Release"
      file?.addOverride(`${steps}.${download + 7}.run`, `mv .repo/${folder} dist`);
    }
  }
}
