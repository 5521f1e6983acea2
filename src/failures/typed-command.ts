/**
 * Returns a command as a person types it, with each word quoted if a POSIX shell would change it. On Windows, double
 * quotes work in PowerShell and cmd; a word that they would still expand is quoted for PowerShell.
 */
export function typedCommand(words: readonly string[], platform: NodeJS.Platform = process.platform): string {
  return words.map(platform === 'win32' ? windowsWord : posixWord).join(' ')
}

function posixWord(word: string): string {
  // zsh expands a word that begins with "=".
  return /^(?!=)[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", String.raw`'\''`)}'`
}

function windowsWord(word: string): string {
  // PowerShell reads "@" at the start and every comma as its own syntax.
  if (/^(?!@)[\w@+=:./\\-]+$/.test(word)) return word
  return /["$`%!\u201c-\u201e]/.test(word) ? `'${word.replaceAll("'", "''")}'` : `"${word}"`
}
