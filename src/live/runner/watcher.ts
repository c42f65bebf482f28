import { ChildProcess, spawn } from 'child_process';
import { GRACE } from '../plans/limits';

/**
 * Ends process groups whose parent died. A program that gets SIGKILL cannot end what it started, and that would go on
 * changing clusters. The watcher reads the groups from a pipe, which closes whenever the program ends, and then ends
 * the groups that are left, and itself.
 */
const SCRIPT = `
trap '' HUP INT TERM
groups=' '
while read -r action group; do
  case "$action$groups" in
    +*) groups="$groups$group " ;;
    -*" $group "*) groups="\${groups%%" $group "*} \${groups#*" $group "}" ;;
  esac
done
for group in $groups; do kill -s TERM -- "-$group"; done
tries=0
while [ $tries -lt ${GRACE * 10} ]; do
  left=''
  for group in $groups; do kill -s 0 -- "-$group" && left=yes; done
  [ -n "$left" ] || exit 0
  sleep 0.1
  tries=$((tries + 1))
done
for group in $groups; do kill -s KILL -- "-$group"; done
`;

let watcher: ChildProcess | undefined;

/** Starts the watcher of this program, once; returns its process number, undefined where it cannot be started. */
export function startWatcher(): number | undefined {
  if (!watcher) {
    watcher = spawn('/bin/sh', ['-c', SCRIPT], {
      detached: true,
      stdio: ['pipe', 'ignore', 'ignore'],
      env: { PATH: '/usr/bin:/bin' },
    });
    // without a watcher, the next run still finds the processes of an unfinished step
    watcher.on('error', () => undefined);
    watcher.stdin!.on('error', () => undefined);
    watcher.unref();
    (watcher.stdin as unknown as { unref?: () => void }).unref?.();
  }
  return watcher.pid;
}

/** The watcher ends this process group if the program dies. */
export function watchGroup(pid: number): void {
  startWatcher();
  watcher!.stdin!.write(`+ ${pid}\n`);
}

/** The process group has ended. */
export function forgetGroup(pid: number): void {
  watcher?.stdin!.write(`- ${pid}\n`);
}
