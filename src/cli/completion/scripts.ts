import { Shell } from './shells';

/** The names of the program. */
const PROGRAMS = ['cilium-mesh', 'cdk8s-cilium-mesh'];

/**
 * The scripts ask the program itself: `complete -- WORDS` prints a line for each candidate, with a tab before its
 * description. After a candidate that ends with one of `/ = @ :`, more of the word follows, so no space does.
 */
export const SCRIPTS: { readonly [shell in Shell]: string } = {
  // readline replaces only what follows the last of COMP_WORDBREAKS, so `web@paris` and `svc/web` come in several words
  bash: String.raw`# completion of cilium-mesh for bash: source <(cilium-mesh completion bash)
_cilium_mesh() {
  local line=\${COMP_LINE:0:COMP_POINT} words=() piece index
  for ((index = 0; index <= COMP_CWORD; index++)); do
    piece=\${COMP_WORDS[index]}
    [[ $line == *"$piece"* ]] || piece=\${line##*[[:space:]]}
    if [[ $index -gt 0 && $line != [[:space:]]* ]]; then
      words[\${#words[@]} - 1]+=$piece
    else
      words+=("$piece")
    fi
    line=\${line#*"$piece"}
  done
  local word=\${words[\${#words[@]} - 1]} value replies=()
  local kept=\${word%"\${word##*[$COMP_WORDBREAKS]}"}
  words=("\${words[@]//[\"\'\\]/}")
  while IFS=$'\t' read -r value _; do
    value=$(printf '%q' "$value")
    replies+=("\${value#"$kept"}")
  done < <("$1" complete -- "\${words[@]:1}" 2> /dev/null)
  [[ \${#replies[@]} -eq 1 && \${replies[0]} == *[/=@:] ]] && compopt -o nospace
  COMPREPLY=("\${replies[@]}")
}
complete -o nosort -F _cilium_mesh NAMES
`,
  zsh: String.raw`#compdef NAMES
# completion of cilium-mesh for zsh: source <(cilium-mesh completion zsh), or as the file _cilium-mesh in fpath
_cilium_mesh() {
  local value description
  local -a described open
  while IFS=$'\t' read -r value description; do
    value=\${value//:/\\:}
    if [[ $value == *[/=@:] ]]; then
      open+=("$value\${description:+:$description}")
    else
      described+=("$value\${description:+:$description}")
    fi
  done < <(\${(Q)words[1]} complete -- "\${(@Q)words[2,CURRENT-1]}" "\${(Q)PREFIX}" 2> /dev/null)
  _describe -V candidates described -- open -S ''
}
if [[ $zsh_eval_context[-1] == loadautofunc ]]; then
  _cilium_mesh "$@"
else
  compdef _cilium_mesh NAMES
fi
`,
  fish: String.raw`# completion of cilium-mesh for fish: cilium-mesh completion fish | source
function __cilium_mesh_complete
    set -l words (commandline -opc) (commandline -ct)
    $words[1] complete -- $words[2..-1] 2> /dev/null
end
complete -e -c cilium-mesh
complete -e -c cdk8s-cilium-mesh
complete -c cilium-mesh -f -a '(__cilium_mesh_complete)'
complete -c cdk8s-cilium-mesh -f -a '(__cilium_mesh_complete)'
`,
};

/** The script of a shell. */
export function completionScript(shell: Shell): string {
  return SCRIPTS[shell].replaceAll('NAMES', PROGRAMS.join(' ')).replaceAll('\\${', '${');
}
