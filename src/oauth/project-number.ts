/** Returns the Cloud project number at the start of a Google client ID; undefined for other IDs. */
export function projectNumber(clientId: string): string | undefined {
  return /^(\d+)-[\w-]+\.apps\.googleusercontent\.com$/.exec(clientId)?.[1]
}
