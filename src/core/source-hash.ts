/** Returns the source in a content security policy that allows an inline style or script by its hash. */
export function sourceHash(text: string): string {
  return `'sha256-${process.getBuiltinModule('node:crypto').createHash('sha256').update(text).digest('base64')}'`
}
