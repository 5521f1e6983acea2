import type { DescribedCommand } from './described-command.ts'
import { lines, optionRows, optionWords, placeOf, singleQuoted, valueWords } from './rows.ts'

/**
 * The completion script for bash 3.2 and newer, with or without the bash-completion package. All it runs is
 * `gsa completion accounts`, where an account is wanted; what that prints is only ever compared and quoted.
 */
export function bashScript(commands: readonly DescribedCommand[]): string {
  const { own, shared } = optionRows(commands, (option) => optionWords(option).slice(0, 3).map(singleQuoted).join(' '))
  const cases = commands.map(
    (command) => `  ${singleQuoted(placeOf(command))})
    subcommands=${singleQuoted(command.subcommands.map(({ name }) => name).join(' '))}
    operands=(${command.operands.map((operand) => singleQuoted(valueWords(operand))).join(' ')})
    options=(${lines(own(command))}
    )
    ;;`,
  )
  return `# Tab completion of gsa for bash. Made by: gsa completion bash

# What can follow a command. Three words an option: its flags, its value, and which flags it rules out.
_gsa_command() {
  subcommands='' operands=() options=()
  case $1 in
${cases.join('\n')}
  esac
  options+=(${lines(shared)}
  )
}
${walk}`
}

const walk = `
# Finds the value of a flag, and notes what it rules out.
_gsa_option() {
  local i
  for ((i = 0; i < \${#options[@]}; i += 3)); do
    [[ " \${options[i]} " == *" $1 "* ]] || continue
    value=\${options[i + 1]}
    ruled_out+=" \${options[i + 2]} "
    return
  done
  return 1
}

# Splits the line before the cursor as the shell would, and expands nothing: words, and the one that is being typed as it
# stands there (raw) and as it reads (typed).
_gsa_split() {
  local line=\${COMP_LINE:0:COMP_POINT} character i
  for ((i = 0; i < \${#line}; i++)); do
    character=\${line:i:1}
    if [[ $quote == "'" && $character != "'" || $quote == '"' && $character != ['"\\\\'] ]]; then
      raw+=$character
      typed+=$character
    elif [[ $character == "$quote" ]]; then
      raw+=$character
      quote=
    elif [[ $character == "'" || $character == '"' ]]; then
      raw+=$character
      quote=$character
    elif [[ $character == \\\\ ]]; then
      raw+=$character\${line:++i:1}
      typed+=\${line:i:1}
    elif [[ $character == [[:space:]] ]]; then
      [[ -n $raw && -z $is_redirected ]] && words+=("$typed")
      [[ -n $raw ]] && is_redirected=
      raw= typed=
    elif [[ $character == [\\<\\>] ]]; then
      [[ -n $raw && $raw != [0-9\\&] ]] && words+=("$typed")
      raw= typed= is_redirected=1
    else
      raw+=$character
      typed+=$character
    fi
  done
}

# Offers the words that begin with what was typed, spelled for the shell, without what readline leaves as it is.
_gsa_offer() {
  local word spelled
  for word in "$@"; do
    [[ $word == "$typed"* ]] || continue
    if [[ -z $quote ]]; then
      printf -v spelled %q "$word"
    elif [[ $word == *[\\'\\"\\\\\\$\\\`!]* ]]; then
      continue
    else
      spelled=$quote$word
    fi
    spelled=$prefix$spelled
    [[ $spelled == "$settled"* ]] && COMPREPLY+=("\${spelled#"$settled"}")
  done
  # The value goes on after a colon, and a path after a slash.
  [[ \${#COMPREPLY[@]} == 1 && \${COMPREPLY[0]} == *[:/] ]] && compopt -o nospace 2>/dev/null
}

_gsa_files() {
  # Readline knows files best, where what it replaces begins with the name.
  [[ $settled == "$prefix"* ]] && compopt -o default 2>/dev/null && return
  local file files=()
  while IFS= read -r file; do
    [[ -d $file ]] && file+=/
    files+=("$file")
  done < <(compgen -f -- "$typed")
  _gsa_offer "\${files[@]}"
}

_gsa_accounts() {
  local account accounts=()
  while IFS= read -r account; do
    accounts+=("$account")
  done < <(command gsa completion accounts </dev/null 2>/dev/null)
  _gsa_offer "\${accounts[@]}"
}

# Offers values: of which arity, of which kind, which choices.
_gsa_values() {
  case $2 in
  file) _gsa_files ;;
  account) _gsa_accounts ;;
  choice)
    shift 2
    if [[ $typed == file:* && " $* " == *' file: '* ]]; then
      prefix+=file:
      typed=\${typed#file:}
      _gsa_files
    else
      _gsa_offer "$@"
    fi
    ;;
  esac
}

_gsa_operand() {
  local last=$((\${#operands[@]} - 1))
  if ((position <= last)); then
    _gsa_values \${operands[position]}
  elif ((last >= 0)) && [[ \${operands[last]} == many* ]]; then
    _gsa_values \${operands[last]}
  fi
}

_gsa_options() {
  local flag i
  for ((i = 0; i < \${#options[@]}; i += 3)); do
    for flag in \${options[i]}; do
      [[ $ruled_out == *" $flag "* ]] || _gsa_offer "$flag"
    done
  done
}

_gsa() {
  local IFS=$' \\t\\n'
  local words=() raw='' typed='' quote='' is_redirected='' prefix='' settled
  local subcommands operands options value ruled_out=' '
  local place='' position=0 expected='' is_ended='' word
  COMPREPLY=()
  _gsa_split
  settled=\${raw%"$2"}
  if [[ -n $is_redirected ]]; then
    _gsa_files
    return
  fi
  _gsa_command ''
  for word in "\${words[@]:1}"; do
    case $expected in
    one*)
      expected=
      continue
      ;;
    maybe* | many*)
      if [[ $word != -?* ]]; then
        [[ $expected == maybe* ]] && expected=
        continue
      fi
      ;;
    esac
    expected=
    if [[ -n $is_ended || $word != -?* ]]; then
      if [[ -z $is_ended && -n $word && $position == 0 && " $subcommands " == *" $word "* ]]; then
        place+=\${place:+ }$word
        _gsa_command "$place"
      else
        ((position += 1))
      fi
    elif [[ $word == -- ]]; then
      is_ended=1
    elif [[ $word == --*=* ]]; then
      _gsa_option "\${word%%=*}"
    elif _gsa_option "$word"; then
      expected=$value
    else
      # A value may stick to a short one.
      _gsa_option "\${word:0:2}"
    fi
  done
  if [[ $expected == one* || -n $expected && $typed != -* ]]; then
    _gsa_values $expected
  elif [[ -n $is_ended ]]; then
    _gsa_operand
  elif [[ $typed == --*=* ]]; then
    prefix=\${raw%%=*}=
    value=
    _gsa_option "\${typed%%=*}"
    typed=\${typed#*=}
    _gsa_values $value
  elif [[ $typed == -* ]]; then
    _gsa_options
  elif [[ $position == 0 && -n $subcommands ]]; then
    _gsa_offer $subcommands
  else
    _gsa_operand
  fi
}

complete -F _gsa gsa
`
