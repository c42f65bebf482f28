/** What happens to one command. */
export type Kind =
  /** The program is killed; the command has no effect. */
  | 'killed before'
  /** The program is killed; the command goes on alone, and has its effect a moment later. */
  | 'killed during'
  /** The command has its effect, then the program is killed. */
  | 'killed after'
  /** The command fails without an effect. */
  | 'fails'
  /** The command has its effect, and the program reads only half of what it prints. */
  | 'half an answer';

export const KINDS: readonly Kind[] = ['killed before', 'killed during', 'killed after', 'fails', 'half an answer'];

/** A fault of one command. */
export interface Fault {
  /** As `steadyCommands` writes it. */
  readonly command: string;
  /** Which of the same commands, from 1: commands that run side by side have no order, so they have no number. */
  readonly occurrence: number;
  readonly kind: Kind;
}

/** What follows in a command is another text in each run: UIDs, holders of locks and times. */
const VARYING = ' --patch ';

/**
 * Commands that the clock starts, not the plan: renewals of locks, and looks for what a command makes. A slow host
 * starts more of them.
 */
const OF_THE_CLOCK = [
  / patch lease cilium-mesh /,
  / ps --all --quiet /,
  / get secret -l .*\(pending-.* jsonpath=.*\.metadata\.uid/,
];

/** The commands of a run that each run starts as often, from all of them. */
export function steadyCommands(commands: readonly string[]): string[] {
  return commands
    .filter(line => !OF_THE_CLOCK.some(each => each.test(line)))
    .map(line => line.split(VARYING)[0])
    .sort();
}

/** What the stand-ins find in `$STATE/fault`. */
export function formatFault({ command, occurrence, kind }: Fault): string {
  return `${occurrence}\n${kind}\n${command}\n`;
}

/**
 * What the stand-ins run before anything else. It writes each command to `$STATE/commands`, and does to one of them
 * what `$STATE/fault` says. `$STATE/pid` is the program, and `$STATE/faulty` appears.
 */
export const HOOK = `
echo "$line" >> "$STATE/commands"
fault_is_here() {
  local number=1
  { read -r fault_occurrence; read -r fault; read -r fault_command; } 2> /dev/null < "$STATE/fault" || return 1
  [[ "\${line%%'${VARYING}'*}" == "$fault_command" ]] || return 1
  while ! (set -C; : > "$STATE/same-$number") 2> /dev/null; do number=$((number + 1)); done
  [[ "$number" == "$fault_occurrence" ]]
}
if [[ -e "$STATE/fault" ]] && fault_is_here; then
  rm "$STATE/fault"
  : > "$STATE/faulty"
  program="$(cat "$STATE/pid")"
  # the stand-in makes the node of a cluster before this; kind deletes it where it fails
  [[ "$line$fault" != 'kind create'*fails && "$line$fault" != 'kind create'*before ]] || rm -f "$STATE/node-$context"
  case "$fault" in
    *'killed before') kill -9 "$program"; exit 137 ;;
    *'killed during') kill -9 "$program"; sleep 0.3 ;;
    *'killed after') trap 'kill -9 "$program"' EXIT ;;
    *fails) echo 'it is broken' >&2; exit 3 ;;
    *'half an answer')
      exec 3>&1 > "$STATE/answer"
      trap 'answer="$(cat "$STATE/answer")"; printf "%s" "\${answer:0:\${#answer} / 2}" >&3' EXIT ;;
  esac
fi
`;
