// Reads a stack trace of the built program on standard input and prints it with files and lines of src/ if possible:
// node scripts/read-stack.js [FOLDER OF MAPS]. A release's maps are an artifact of its workflow; this checkout's are in
// dist.maps/ after a build.
import { existsSync, readFileSync } from 'node:fs'
import { SourceMap } from 'node:module'
import { join } from 'node:path'

const folder = process.argv[2] ?? join(import.meta.dirname, '../dist.maps')

const text = readFileSync(0, 'utf8')
process.stdout.write(text.replace(/[^\s()]*?([\w.-]+\.cjs):(\d+):(\d+)/g, original))

function original(position, file, line, column) {
  const map = join(folder, `${file}.map`)
  if (!existsSync(map)) return position
  const entry = new SourceMap(JSON.parse(readFileSync(map, 'utf8'))).findEntry(Number(line) - 1, Number(column) - 1)
  if (entry.originalSource === undefined) return position
  return `${entry.originalSource.replace(/^\.\.\//, '')}:${entry.originalLine + 1}:${entry.originalColumn + 1}`
}
