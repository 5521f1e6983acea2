import { chmodSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { delimiter, join } from 'node:path'
import type { Gsa } from './harness.ts'

/**
 * Installs a Docker credential helper that stores each item in a file, and so outlasts a run. Returns its settings, a
 * function that lists its items, and the folder. Another name creates another store beside it.
 * @param limit the maximum length of a stored item, with its names
 */
export function lastingStore(
  gsa: Gsa,
  name = 'files',
  limit = 100_000,
): { env: Record<string, string>; items: () => string[]; folder: string } {
  const [bin, folder] = [join(gsa.folder, 'bin'), join(gsa.folder, `items-${name}`)]
  for (const one of [bin, folder]) mkdirSync(one, { recursive: true })
  const script = `#!/bin/sh
input=$(cat)
file=${folder}/$(printf %s "$input" | sed 's|.*gsa-cli.invalid/\\([0-9a-f]*\\).*|\\1|')
case $1 in
  store) [ \${#input} -le ${limit} ] || { echo too long; exit 1; }; printf %s "$input" >"$file" ;;
  get) cat "$file" 2>/dev/null || { echo credentials not found in native keychain; exit 1; } ;;
  erase) rm "$file" ;;
  list)
    printf '{'
    separator=
    for file in ${folder}/*; do
      [ -f "$file" ] || continue
      printf %s "$separator"
      sed 's/^{"ServerURL":\\("[^"]*"\\),"Username":\\("[^"]*"\\).*/\\1:\\2/' "$file"
      separator=,
    done
    printf '}' ;;
esac
`
  writeFileSync(join(bin, `docker-credential-${name}`), script)
  chmodSync(join(bin, `docker-credential-${name}`), 0o755)
  return {
    env: { GSA_STORE: `helper:${name}`, PATH: `${bin}${delimiter}${process.env['PATH']}` },
    items: () =>
      readdirSync(folder).map(
        (file) => (JSON.parse(readFileSync(join(folder, file), 'utf8')) as { Secret: string }).Secret,
      ),
    folder,
  }
}
