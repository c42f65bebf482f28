/** Contents of files, by their path below the output folder. */
export type Files = { [path: string]: string };
