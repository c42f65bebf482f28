/** The versions of the packages that a new repository depends on, beside this one. */
export const VERSIONS = {
  'cdk8s': '^2.70.47',
  'constructs': '^10.8.1',
  'cdk8s-cli': '2.207.60',
  '@types/node': '^20',
  'tsx': '4.23.15',
  'typescript': '~6.0.0',
} as const;

/** The version of Node.js in workflows. */
export const NODE_VERSION = '22';

/** The version of Python in workflows. */
export const PYTHON_VERSION = '3.12';
