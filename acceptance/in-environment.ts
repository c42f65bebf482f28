import { spawn } from 'child_process';
import { createEnvironment, endEnvironment } from './environment';

/** Runs a program in a new environment, and stops what it left, also after an interruption. Returns its status. */
export async function inEnvironment(program: string, args: readonly string[]): Promise<number> {
  const environment = createEnvironment();
  // an interruption from the keyboard reaches the program by itself; what is left to do is to wait for it
  const wait = () => undefined;
  const pass = () => child.kill('SIGTERM');
  process.on('SIGINT', wait).on('SIGTERM', pass);
  const child = spawn(program, args, { stdio: 'inherit', env: { ...process.env, ...environment.env } });
  try {
    return await new Promise<number>((resolve, reject) => {
      child.on('error', reject);
      child.on('close', status => resolve(status ?? 130));
    });
  } finally {
    endEnvironment(environment);
    process.off('SIGINT', wait).off('SIGTERM', pass);
  }
}
