import { isJsonObject, parseJsonObject, stringMember } from '../core/json.ts'
import { appFileCheckList, type AppFileRule, wrongAppFile } from './app-file.ts'
import { type Concern, NotAvailable } from './checklist.ts'
import type { DoctorCheck } from './doctor-state.ts'

/** The checks of an iOS app's lock file: a Podfile.lock, or the Package.resolved of Swift packages. */
export function podfileLockChecks(file: string): readonly DoctorCheck[] {
  return appFileCheckList(
    { name: 'podfile-lock', title: 'The lock file of the iOS app can be read', parse },
    file,
    rules,
  )
}

/** The locked version of GoogleSignIn: null without a number, undefined if it is not in the file. */
interface LockedVersion {
  readonly version: string | null | undefined
}

const rules: readonly AppFileRule<LockedVersion>[] = [
  {
    name: 'google-sign-in',
    title: 'The App Store accepts this version of GoogleSignIn',
    check: ({ version }) => {
      if (version === undefined) throw new NotAvailable('GoogleSignIn is not in the file')
      if (version === null) throw new NotAvailable('GoogleSignIn is locked to a branch or a revision, not to a version')
      return verdict(version)
    },
  },
]

function verdict(version: string): string | Concern {
  const [major = 0, minor = 0] = version.split('.').map(Number)
  if (major > 7 || (major === 7 && minor >= 1)) return version
  return {
    detail: `GoogleSignIn is ${version}. The App Store requires a privacy manifest, which it includes since 7.1.0.`,
    fix: 'Update it (current: 9.x): pod update GoogleSignIn, or change the version rule of the Swift package in Xcode.',
  }
}

function parse(text: string, file: string): LockedVersion {
  const resolved = parseJsonObject(Buffer.from(text))
  if (resolved !== undefined) {
    const pins = pinsOf(resolved) ?? (isJsonObject(resolved['object']) ? pinsOf(resolved['object']) : undefined)
    if (pins !== undefined) return { version: versionOfPins(pins) }
  } else if (/^PODS:$/m.test(text)) {
    return { version: /^ {2}- "?GoogleSignIn \(([\d.]+)[^)]*\)"?:?$/m.exec(text)?.[1] }
  }
  throw wrongAppFile(
    file,
    'is neither a Podfile.lock nor a Package.resolved',
    'Pass the Podfile.lock next to the Podfile, or Package.resolved (in PROJECT.xcodeproj/project.xcworkspace/xcshareddata/swiftpm).',
  )
}

/** Returns the pins: at the top level since version 2 of the format, in `object` before. */
function pinsOf({ pins }: Readonly<Record<string, unknown>>): readonly unknown[] | undefined {
  return Array.isArray(pins) ? pins : undefined
}

function versionOfPins(pins: readonly unknown[]): string | null | undefined {
  for (const pin of pins) {
    if (!isJsonObject(pin)) continue
    const name = stringMember(pin, 'identity') ?? stringMember(pin, 'package') ?? ''
    if (!/^google-?sign-?in(?:-ios)?$/i.test(name)) continue
    const { state } = pin
    return (isJsonObject(state) ? stringMember(state, 'version') : undefined) ?? null
  }
  return undefined
}
