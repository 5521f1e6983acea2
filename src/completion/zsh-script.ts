import type { DescribedCommand } from './described-command.ts'
import { lines, optionRows, optionWords, placeOf, singleQuoted, valueWords } from './rows.ts'

/**
 * The completion script for zsh: a file `_gsa` in a folder of `$fpath`, or sourced after `compinit`. All it runs is
 * `gsa completion accounts`, where an account is wanted; `compadd` quotes what that prints.
 */
export function zshScript(commands: readonly DescribedCommand[]): string {
  const { own, shared } = optionRows(commands, (option) => optionWords(option).map(singleQuoted).join(' '))
  const cases = commands.map((command) => {
    const subcommands = command.subcommands.map(({ name, summary }) => singleQuoted(`${name}:${summary}`))
    return `    (${singleQuoted(placeOf(command))})
    subcommands=(${lines(subcommands)}
    )
    operands=(${command.operands.map((operand) => singleQuoted(valueWords(operand))).join(' ')})
    flags=(${lines(own(command))}
    )
    ;;`
  })
  return `#compdef gsa
# Tab completion of gsa for zsh. Made by: gsa completion zsh

# What can follow a command. Four words an option: its flags, its value, which flags it rules out, its line of help.
_gsa_command() {
  subcommands=() operands=() flags=()
  case $1 in
${cases.join('\n')}
  esac
  flags+=(${lines(shared)}
  )
}
${walk}`
}

const walk = `
# Finds the value of a flag, and notes what it rules out.
_gsa_option() {
  local names takes rules summary
  for names takes rules summary in "\${(@)flags}"; do
    [[ " $names " == *" $1 "* ]] || continue
    value=$takes
    ruled_out+=" $rules "
    return
  done
  return 1
}

_gsa_accounts() {
  local -a accounts expl
  accounts=("\${(@f)$(command gsa completion accounts </dev/null 2>/dev/null)}")
  accounts=("\${(@)accounts:#}")
  _wanted accounts expl account compadd -a accounts
}

_gsa_choices() {
  local -a whole begun expl
  # The value goes on after a colon.
  begun=("\${(@M)@:#*:}")
  whole=("\${(@)@:#*:}")
  local tried=1
  _wanted values expl value compadd -a whole && tried=0
  ((\${#begun})) && _wanted values expl value compadd -S '' -a begun && tried=0
  return tried
}

# Offers values: of which arity, of which kind, which choices.
_gsa_values() {
  case $2 in
    (file) _files ;;
    (account) _gsa_accounts ;;
    (choice)
      shift 2
      if [[ " $* " == *' file: '* ]] && compset -P 'file:'; then
        _files
      else
        _gsa_choices "$@"
      fi
      ;;
    (*) return 1 ;;
  esac
}

_gsa_operand() {
  if ((position < \${#operands})); then
    _gsa_values \${=operands[position+1]}
  elif [[ \${operands[-1]-} == many* ]]; then
    _gsa_values \${=operands[-1]}
  else
    return 1
  fi
}

_gsa_options() {
  local -a offered
  local names takes rules summary name
  for names takes rules summary in "\${(@)flags}"; do
    for name in \${=names}; do
      [[ $ruled_out == *" $name "* ]] || offered+=("$name:$summary")
    done
  done
  _describe -o -t options option offered
}

_gsa() {
  local -a subcommands operands flags
  local value= ruled_out=' ' place= expected= word i
  integer position=0 is_ended=0
  _gsa_command ''
  for ((i = 2; i < CURRENT; i++)); do
    word=\${(Q)words[i]}
    case $expected in
      (one*)
        expected=
        continue
        ;;
      (maybe* | many*)
        if [[ $word != -?* ]]; then
          [[ $expected == maybe* ]] && expected=
          continue
        fi
        ;;
    esac
    expected=
    if ((is_ended)) || [[ $word != -?* ]]; then
      if ((!is_ended && position == 0)) && [[ -n \${(M)subcommands:#\${(b)word}:*} ]]; then
        place+=\${place:+ }$word
        _gsa_command $place
      else
        ((position += 1))
      fi
    elif [[ $word == -- ]]; then
      is_ended=1
    elif [[ $word == --*=* ]]; then
      _gsa_option \${word%%=*}
    elif _gsa_option $word; then
      expected=$value
    else
      # A value may stick to a short one.
      _gsa_option \${word[1,2]}
    fi
  done
  if [[ $expected == one* || -n $expected && $PREFIX != -* ]]; then
    _gsa_values \${=expected}
  elif ((is_ended)); then
    _gsa_operand
  elif [[ $PREFIX == --*=* ]]; then
    value=
    _gsa_option \${PREFIX%%=*}
    compset -P 1 '*='
    _gsa_values \${=value}
  elif [[ $PREFIX == -* ]]; then
    _gsa_options
  elif ((position == 0 && \${#subcommands})); then
    _describe -t commands 'gsa command' subcommands
  else
    _gsa_operand
  fi
}

# Called by the completion system as the file of this name; or sourced.
if [[ \${funcstack[1]-} == _gsa ]]; then
  _gsa "$@"
else
  compdef _gsa gsa
fi
`
