/* eslint-disable @typescript-eslint/no-require-imports -- without a configuration, the rules it names are not loaded */
import * as fs from 'fs';
import * as path from 'path';
import type { Command } from 'commander';
import { CommandError } from './io';
import { defaultMeshFile, formatProblem, meshFileIn } from './mesh-files';
import { isProblem } from '../diagnostics/problem';
import type { Configuration } from '../findings/configuration';
import { readYaml } from '../manifests/documents';
import { readText } from '../manifests/files/text-reader';

/** The name of a configuration file that no option names. */
export const CONFIGURATION_NAME = 'cilium-mesh.yaml';

/** Options that decide which configuration counts. */
export interface ConfigurationOptions {
  readonly config?: string;
  readonly mesh?: string;
  readonly cluster?: readonly string[];
}

/** A configuration, with paths relative to the working directory. */
export interface LoadedConfiguration extends Configuration {
  /** Its file; undefined without one. */
  readonly file?: string;
}

/** Adds the option that names the configuration. */
export function withConfigurationOption(command: Command): Command {
  return command.option(
    '--config <file>',
    `configuration (default: ${CONFIGURATION_NAME} beside the mesh file or in the working folder)`,
  );
}

/**
 * Reads the configuration that the options name. Without such an option, a mesh file that the options name comes with
 * the configuration beside it; else the one in the working folder counts, else the one beside the default mesh file.
 */
export function loadConfiguration(options: ConfigurationOptions): LoadedConfiguration {
  const file = options.config ?? configurationFiles(options).find(each => fs.existsSync(each));
  if (file === undefined) {
    return {};
  }
  const { mesh, baseline, ...configuration } = readConfigurationFile(file);
  const beside = (each: string) => (path.isAbsolute(each) ? each : path.join(path.dirname(file), each));
  return {
    ...configuration,
    ...(mesh === undefined ? {} : { mesh: beside(mesh) }),
    ...(baseline === undefined ? {} : { baseline: beside(baseline) }),
    file,
  };
}

/** The mesh file that commands read if no option names one. */
export function configuredMeshFile(): string {
  const { mesh } = loadConfiguration({});
  return mesh === undefined ? defaultMeshFile() : meshFileIn(mesh);
}

function configurationFiles({ mesh, cluster }: ConfigurationOptions): string[] {
  const besideMesh = (file: string) => path.join(path.dirname(meshFileIn(file)), CONFIGURATION_NAME);
  return [
    ...(mesh === undefined ? [] : [besideMesh(mesh)]),
    CONFIGURATION_NAME,
    ...(mesh === undefined && cluster === undefined ? [besideMesh(defaultMeshFile())] : []),
  ];
}

function readConfigurationFile(file: string): Configuration {
  const text = readText(file);
  if (isProblem(text)) {
    throw new CommandError(formatProblem(text.problem));
  }
  const { value, line, problems: faults } = readYaml(text.text, file);
  if (faults.length > 0) {
    throw new CommandError(faults.map(formatProblem).join('\n'));
  }
  const { readConfiguration } = require('../findings/configuration') as typeof import('../findings/configuration.js');
  const { configuration, problems } = readConfiguration(value);
  if (problems.length > 0) {
    const placed = problems
      .map(problem => ({ ...problem, file, line: line(problem.path) }))
      .sort((one, other) => one.line - other.line);
    throw new CommandError(placed.map(formatProblem).join('\n'));
  }
  return configuration;
}
