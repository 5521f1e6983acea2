const shortestPart = 12

/**
 * Returns a description of the first secret that a text contains, whole or in part, in any form: plain, encoded for a
 * URL, in base64 or hex, split over lines, or between tags.
 */
export function leakIn(text: string, secrets: readonly string[]): string | undefined {
  const plain = text.replaceAll(/<[^>]*>/g, '').replaceAll('&amp;', '&')
  const texts = [text, plain].flatMap((one) => [one, withoutSpace(one), decoded(one), decoded(withoutSpace(one))])
  for (const secret of secrets) {
    const leaked = partsOf(secret).find((part) => texts.some((one) => one.includes(part)))
    if (leaked !== undefined) return `${leaked} of a secret with ${secret.length} characters`
  }
  return undefined
}

function withoutSpace(text: string): string {
  return text.replaceAll(/\s+|\\n/g, '')
}

function decoded(text: string): string {
  return text.replaceAll(/(?:%[\dA-Fa-f]{2})+/g, (escapes) => {
    try {
      return decodeURIComponent(escapes)
    } catch {
      return escapes
    }
  })
}

/** Returns the parts of a secret that nothing else contains by accident, in each encoding. */
function partsOf(secret: string): readonly string[] {
  const pieces: string[] = []
  for (let at = 0; at + shortestPart <= secret.length; at += 4) pieces.push(secret.slice(at, at + shortestPart))
  pieces.push(secret.slice(-shortestPart))
  const encodings = (['base64', 'base64url', 'hex'] as const).flatMap((encoding) =>
    // Base64 depends on the position of the secret in what is encoded; its ends depend on their neighbours.
    [0, 1, 2].map((offset) =>
      Buffer.from('\0'.repeat(offset) + secret)
        .toString(encoding)
        .slice(4, -4),
    ),
  )
  return [...pieces, ...encodings.filter((form) => form.length >= shortestPart)]
}
