import { shellWord } from '../core/shell-word.ts'

/**
 * Returns a command as a person types it, with each word quoted if a POSIX shell would change it. On Windows, double
 * quotes work in PowerShell and cmd; a word that they would still expand is quoted for PowerShell.
 */
export function typedCommand(words: readonly string[], platform: NodeJS.Platform = process.platform): string {
  return words.map(platform === 'win32' ? windowsWord : shellWord).join(' ')
}

function windowsWord(word: string): string {
  // PowerShell reads "@" at the start and every comma as its own syntax.
  if (/^(?!@)[\w@+=:./\\-]+$/.test(word)) return word
  return /["$`%!\u201c-\u201e]/.test(word) ? `'${word.replaceAll("'", "''")}'` : `"${word}"`
}
