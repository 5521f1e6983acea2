import { android } from './android.ts'
import { androidLegacy } from './android-legacy.ts'
import { go } from './go.ts'
import { ios } from './ios.ts'
import { java } from './java.ts'
import { node } from './node.ts'
import { python } from './python.ts'
import type { SnippetFile, SnippetValues } from './snippet-file.ts'
import { web } from './web.ts'

const backends = { node, python, java, go } as const

const snippets = { android, ios, web, ...backends } as const

/** A platform with a snippet: `android`, `ios` and `web` get a code, the others are backends that receive it. */
export type Platform = keyof typeof snippets

/** Every {@link Platform}, in the order of the help. */
export const platforms = Object.keys(snippets) as readonly Platform[]

/** Whether a platform is a backend. */
export function isBackend(platform: Platform): boolean {
  return platform in backends
}

/** Returns the code for a platform. */
export function snippetFor(platform: Platform, values: SnippetValues): readonly SnippetFile[] {
  return snippets[platform](values)
}

/** Returns the code for Android with the API of the old guides. Other platforms have no legacy code. */
export function legacySnippetFor(values: SnippetValues): readonly SnippetFile[] {
  return androidLegacy(values)
}
