// The margin that scanners need (ISO/IEC 18004 section 9.1), in modules.
const quietZone = 4

/**
 * Returns a QR code as lines of half blocks, with two rows of modules per line and the quiet zone. Print it dark on
 * light: the blocks are the dark modules, and many scanners do not read inverted codes.
 */
export async function qrCodeLines(text: string): Promise<readonly string[]> {
  const { encodeQR } = await import('qr')
  const modules = encodeQR(text, 'raw', { ecc: 'low', border: quietZone })
  const lines: string[] = []
  for (let row = 0; row < modules.length; row += 2) {
    const below = modules[row + 1] ?? []
    lines.push((modules[row] ?? []).map((dark, column) => halfBlock(dark, below[column] === true)).join(''))
  }
  return lines
}

function halfBlock(upper: boolean, lower: boolean): string {
  if (upper) return lower ? '█' : '▀'
  return lower ? '▄' : ' '
}
