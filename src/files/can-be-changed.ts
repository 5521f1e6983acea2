import { accessSync, constants } from 'node:fs'

/** Returns whether this user can write to a file: not to the secrets that Docker and Kubernetes mount. */
export function canBeChanged(file: string): boolean {
  try {
    accessSync(file, constants.W_OK)
    return true
  } catch {
    return false
  }
}
