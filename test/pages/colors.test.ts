import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { palette } from '../../src/pages/colors.ts'
import { root } from '../support/built-gsa.ts'

type Name = keyof typeof palette.light

// Each text colour with the grounds that it is written on.
const written: readonly (readonly [text: Name, grounds: readonly Name[]])[] = [
  ['text', ['page', 'card', 'wash', 'alarm-wash', 'banner']],
  ['quiet', ['page', 'card', 'wash']],
  ['accent', ['page', 'card', 'wash']],
  ['on-accent', ['accent', 'accent-deep']],
  ['alarm', ['page', 'card', 'alarm-wash']],
  ['card', ['alarm', 'quiet']],
  ['banner-text', ['page', 'card', 'banner']],
  ['note', ['page', 'card', 'note-wash']],
]

/** Returns the relative luminance of a colour (WCAG 2.2). */
function luminance(color: string): number {
  const [red = 0, green = 0, blue = 0] = [1, 3, 5]
    .map((at) => Number.parseInt(color.slice(at, at + 2), 16) / 255)
    .map((value) => (value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4))
  return red * 0.2126 + green * 0.7152 + blue * 0.0722
}

function contrast(one: string, other: string): number {
  const [light, dark] = [luminance(one), luminance(other)].toSorted((a, b) => b - a) as [number, number]
  return (light + 0.05) / (dark + 0.05)
}

describe.each(['light', 'dark'] as const)('the colours of %s pages', (look) => {
  test.for(written)('have enough contrast for %s', ([text, grounds]) => {
    const colors = palette[look]
    for (const ground of grounds) expect(contrast(colors[text], colors[ground]), ground).toBeGreaterThanOrEqual(4.5)
  })
})

test('no page and no picture has colours of its own', () => {
  const folders = ['src/emulator/pages', 'src/emulator/http', 'src/oauth']
  const files = [
    ...folders.flatMap((folder) =>
      readdirSync(join(root, folder), { withFileTypes: true })
        .filter((entry) => entry.isFile())
        .map(({ name }) => join(folder, name)),
    ),
    'src/pages/flow-styles.ts',
    'scripts/picture.js',
  ]
  const own = files.flatMap((file) => readFileSync(join(root, file), 'utf8').match(/#[0-9a-f]{6}\b/gi) ?? [])
  expect(own).toEqual([])
})
