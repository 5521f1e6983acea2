/** Returns a text as one word of a POSIX shell, quoted only if the shell would change it. */
export function shellWord(text: string): string {
  // zsh expands a word that begins with "=".
  return /^(?!=)[\w@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", String.raw`'\''`)}'`
}
