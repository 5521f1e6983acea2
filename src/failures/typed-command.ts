/**
 * Returns a command as a person types it: each word is quoted if a shell would change it. That is a POSIX
 * shell; on Windows, double quotes mean the same to PowerShell and cmd, and a word that they would still
 * expand is quoted for PowerShell.
 */
export function typedCommand(words: readonly string[], platform: NodeJS.Platform = process.platform): string {
  return words.map(platform === 'win32' ? windowsWord : posixWord).join(' ')
}

function posixWord(word: string): string {
  // zsh replaces a word that begins with "=".
  return /^(?!=)[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", String.raw`'\''`)}'`
}

function windowsWord(word: string): string {
  // PowerShell reads "@" at the start and every comma as its own syntax.
  if (/^(?!@)[\w@+=:./\\-]+$/.test(word)) return word
  return /["$`%!\u201c-\u201e]/.test(word) ? `'${word.replaceAll("'", "''")}'` : `"${word}"`
}
