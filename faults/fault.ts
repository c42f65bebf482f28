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

/** A fault of one command: the one with this number among those of a context. */
export interface Fault {
  /** `none` for commands of no context. */
  readonly context: string;
  /** From 1. */
  readonly number: number;
  readonly kind: Kind;
}

/**
 * What the stand-ins run before anything else. It numbers the commands of each context in `$STATE/count-CONTEXT-N`,
 * and does to one of them what `$STATE/fault` says: context, number and kind. `$STATE/pid` is the program, and
 * `$STATE/faulty` gets the command.
 */
export const HOOK = `
fault_context="\${context:-none}"
fault_number=1
while ! (set -C; : > "$STATE/count-$fault_context-$fault_number") 2> /dev/null; do fault_number=$((fault_number + 1)); done
if [[ -e "$STATE/fault" && "$(cat "$STATE/fault")" == "$fault_context $fault_number "* ]]; then
  fault="$(cat "$STATE/fault")"
  rm "$STATE/fault"
  printf '%s' "\${line:0:300}" > "$STATE/faulty"
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
