import { chmodSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { delimiter, join } from 'node:path'
import type { Gsa } from './harness.ts'

/** A Docker credential helper that keeps each item in a file of `items`, and so outlasts a run; gives the settings for it. */
export function lastingStore(gsa: Gsa): { env: Record<string, string>; items: () => string[] } {
  const [bin, items] = [join(gsa.folder, 'bin'), join(gsa.folder, 'items')]
  for (const folder of [bin, items]) mkdirSync(folder, { recursive: true })
  const script = `#!/bin/sh
input=$(cat)
file=${items}/$(printf %s "$input" | sed 's|.*gsa-cli.invalid/\\([0-9a-f]*\\).*|\\1|')
case $1 in
  store) printf %s "$input" >"$file" ;;
  get) cat "$file" 2>/dev/null || { echo credentials not found in native keychain; exit 1; } ;;
  erase) rm "$file" ;;
esac
`
  writeFileSync(join(bin, 'docker-credential-files'), script)
  chmodSync(join(bin, 'docker-credential-files'), 0o755)
  return {
    env: { GSA_STORE: 'helper:files', PATH: `${bin}${delimiter}${process.env['PATH']}` },
    items: () =>
      readdirSync(items).map(
        (name) => (JSON.parse(readFileSync(join(items, name), 'utf8')) as { Secret: string }).Secret,
      ),
  }
}
