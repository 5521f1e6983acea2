/**
 * The completion script for each shell. A script only calls `gsa __complete` (completion/complete.ts) and passes its
 * output to the shell, which never runs it.
 */
export const scripts = {
  // Bash 3.2 and newer, with or without the bash-completion package; 3.2 has no compopt.
  bash: `# Tab completion of gsa for bash. Made by: gsa completion bash
_gsa() {
  local line kind=
  COMPREPLY=()
  while IFS= read -r line; do
    if [[ -z $kind ]]; then kind=$line; else COMPREPLY+=("$line"); fi
  done < <(command gsa __complete bash "\${COMP_LINE:0:COMP_POINT}" "$2" </dev/null 2>/dev/null)
  case $kind in
  files) compopt -o default 2>/dev/null && COMPREPLY=() ;;
  unfinished) compopt -o nospace 2>/dev/null ;;
  esac
}
complete -F _gsa gsa
`,
  zsh: `#compdef gsa
# Tab completion of gsa for zsh. Made by: gsa completion zsh
_gsa() {
  local -a lines described plain unfinished expl option
  local line missing=1
  lines=("\${(@f)$(command gsa __complete zsh "\${(@Q)words[1,CURRENT-1]}" "$PREFIX" </dev/null 2>/dev/null)}")
  [[ -n $lines[2] ]] && compset -P $lines[2]
  if [[ $lines[1] == files ]]; then
    _files
    return
  fi
  for line in "\${(@)lines[3,-1]}"; do
    case $line in
      (*$'\\t'*) described+=("\${line/$'\\t'/:}") ;;
      (*:) unfinished+=("$line") ;;
      (*) plain+=("$line") ;;
    esac
  done
  [[ $PREFIX == -* ]] && option=(-o)
  ((\${#described})) && _describe $option gsa described && missing=0
  ((\${#plain})) && _wanted values expl value compadd -a plain && missing=0
  ((\${#unfinished})) && _wanted values expl value compadd -S '' -a unfinished && missing=0
  return missing
}
# Run by the completion system as the file of this name, or sourced.
if [[ \${funcstack[1]-} == _gsa ]]; then
  _gsa "$@"
else
  compdef _gsa gsa
fi
`,
  // Fish 3.1 and newer, which quotes candidates itself.
  fish: `# Tab completion of gsa for fish. Made by: gsa completion fish
function __gsa_candidates
    set -l typed (commandline -ct)
    set -l lines (command gsa __complete fish (commandline -opc) "$typed" </dev/null 2>/dev/null)
    set -l prefix "$lines[2]"
    if test "$lines[1]" = files
        set -l from (math 1 + (string length -- "$prefix"))
        set lines '' '' (__fish_complete_path (string sub -s $from -- "$typed"))
    end
    for line in $lines[3..-1]
        printf '%s%s\\n' "$prefix" $line
    end
end
complete -c gsa -e
complete -c gsa -f -a '(__gsa_candidates)'
`,
  // PowerShell 5.1 drops an empty argument, so the word at the cursor is prefixed with "=".
  powershell: `# Tab completion of gsa for PowerShell. Made by: gsa completion powershell
Register-ArgumentCompleter -Native -CommandName gsa -ScriptBlock {
  param($typed, $ast, $cursor)
  $words = @($ast.CommandElements | Where-Object { $_.Extent.EndOffset -lt $cursor } | ForEach-Object {
    if ($_ -is [Management.Automation.Language.StringConstantExpressionAst]) { $_.Value } else { $_.Extent.Text }
  })
  $kind, $prefix, $rows = @($null | gsa __complete powershell @words "=$typed" 2>$null)
  if ($kind -eq 'files') {
    return [Management.Automation.CompletionCompleters]::CompleteFilename($typed.Substring($prefix.Length)) | ForEach-Object {
      [Management.Automation.CompletionResult]::new($prefix + $_.CompletionText, $_.ListItemText, 'ProviderItem', $_.ToolTip)
    }
  }
  # Without an answer, PowerShell would offer file names.
  if (-not $rows) { return '' }
  $rows | ForEach-Object {
    $word, $help = $_ -split [char]9, 2
    $text = $prefix + $word
    if ($text -match '[^\\w.:/=@+-]') { $text = "'" + $text.Replace("'", "''") + "'" }
    if (-not $help) { $help = $word }
    [Management.Automation.CompletionResult]::new($text, $word, 'ParameterValue', $help)
  }
}
`,
} as const

/** A shell that gsa has a completion script for. */
export type Shell = keyof typeof scripts
