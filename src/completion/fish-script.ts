import type { DescribedCommand } from './described-command.ts'
import { optionRows, optionWords, placeOf, valueWords } from './rows.ts'

/**
 * The completion script for fish 3.1 and newer. All it runs is `gsa completion accounts`, where an account is wanted; fish
 * escapes what that prints.
 */
export function fishScript(commands: readonly DescribedCommand[]): string {
  const { own, shared } = optionRows(commands, (option) => optionWords(option).map(singleQuoted).join(' '))
  const cases = commands.map((command) => {
    const subcommands = command.subcommands.map(({ name, summary }) => String.raw`${name}\t${singleQuoted(summary)}`)
    return `        case ${singleQuoted(placeOf(command))}
            set subcommands${continued(subcommands)}
            set operands${command.operands.map((operand) => ` ${singleQuoted(valueWords(operand))}`).join('')}
            set flags${continued(own(command))}`
  })
  return `# Tab completion of gsa for fish. Made by: gsa completion fish

# What can follow a command. Four words an option: its flags, its value, which flags it rules out, its line of help.
function __gsa_command --no-scope-shadowing
    set subcommands
    set operands
    set flags
    switch $argv[1]
${cases.join('\n')}
    end
    set -a flags${continued(shared)}
end
${walk}`
}

function continued(rows: readonly string[]): string {
  return rows.map((row) => ` \\\n                ${row}`).join('')
}

function singleQuoted(word: string): string {
  return `'${word.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`
}

const walk = `
# Finds the value of a flag, and notes what it rules out.
function __gsa_option --no-scope-shadowing
    set -l rest $flags
    while set -q rest[1]
        if contains -- $argv[1] (string split ' ' -- $rest[1])
            set value $rest[2]
            set -a ruled_out (string split ' ' -- $rest[3])
            return 0
        end
        set -e rest[1..4]
    end
    return 1
end

function __gsa_operand --no-scope-shadowing
    if test $position -lt (count $operands)
        set value $operands[(math $position + 1)]
    else if string match -q 'many*' -- $operands[-1]
        set value $operands[-1]
    else
        set value ''
    end
end

# What can stand at the cursor: what stands before it in the same word, a kind, and the choices with their lines of help.
function __gsa_expected
    set -l words (commandline -opc)
    set -l typed (commandline -ct)
    # FOO=bar gsa …
    while string match -qr '^\\w+=' -- $words[1]
        set -e words[1]
    end
    set -l subcommands
    set -l operands
    set -l flags
    set -l value ''
    set -l ruled_out
    set -l place
    set -l position 0
    set -l expected ''
    set -l is_ended 0
    __gsa_command ''
    for word in $words[2..-1]
        switch $expected
            case 'one*'
                set expected ''
                continue
            case 'maybe*' 'many*'
                if not string match -q -- '-?*' $word
                    string match -q 'maybe*' $expected; and set expected ''
                    continue
                end
        end
        set expected ''
        if test $is_ended = 1; or not string match -q -- '-?*' $word
            if test $is_ended = 0 -a $position = 0; and contains -- $word (string replace -r '\\t.*' '' -- $subcommands)
                set -a place $word
                __gsa_command "$place"
            else
                set position (math $position + 1)
            end
        else if test "$word" = --
            set is_ended 1
        else if string match -q -- '--*=*' $word
            __gsa_option (string split -m 1 = -- $word)[1]
        else if __gsa_option $word
            set expected $value
        else
            # A value may stick to a short one.
            __gsa_option (string sub -l 2 -- $word)
        end
    end
    set -l prefix ''
    if test -n "$expected"; and begin
            string match -q 'one*' $expected; or not string match -q -- '-*' $typed
        end
        set value $expected
    else if test $is_ended = 1
        __gsa_operand
    else if string match -q -- '--*=*' $typed
        set -l halves (string split -m 1 = -- $typed)
        set value ''
        __gsa_option $halves[1]
        set prefix $halves[1]=
        set typed $halves[2]
    else if string match -q -- '-*' $typed
        printf '%s\\n' '' choice
        while set -q flags[1]
            for flag in (string split ' ' -- $flags[1])
                contains -- $flag $ruled_out; and continue
                # Fish would look for something like it in the line of help.
                string match -q -- "*$typed*" $flag; and printf '%s\\t%s\\n' $flag $flags[4]
            end
            set -e flags[1..4]
        end
        return
    else if test $position = 0; and set -q subcommands[1]
        printf '%s\\n' '' choice
        string match -- "*$typed*"\\t'*' $subcommands
        return
    else
        __gsa_operand
    end
    set -l parts (string split ' ' -- $value)
    if string match -q 'file:*' -- $typed; and contains file: $parts
        set parts one file
    end
    printf '%s\\n' "$prefix" $parts[2..-1]
end

function __gsa_expects_file
    set -l expected (__gsa_expected)
    test "$expected[2]" = file
end

function __gsa_candidates
    set -l expected (__gsa_expected)
    set -l candidates $expected[3..-1]
    test "$expected[2]" = account; and set candidates (command gsa completion accounts </dev/null 2>/dev/null)
    for candidate in $candidates
        printf '%s%s\\n' "$expected[1]" $candidate
    end
end

complete -c gsa -e
complete -c gsa -f -a '(__gsa_candidates)'
complete -c gsa -n __gsa_expects_file -F
`
