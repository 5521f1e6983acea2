/** The number of the Cloud project that a client id of Google begins with; undefined for other ids. */
export function projectNumber(clientId: string): string | undefined {
  return /^(\d+)-[\w-]+\.apps\.googleusercontent\.com$/.exec(clientId)?.[1]
}
