type Paint = (text: string) => string

/** The text styles of one stream. Without colour, they leave text unchanged. */
export interface Style {
  readonly hasColor: boolean
  readonly bold: Paint
  readonly dim: Paint
  readonly red: Paint
  readonly green: Paint
  readonly yellow: Paint
  readonly blackOnWhite: Paint
}

const same: Paint = (text) => text
const plain: Style = {
  hasColor: false,
  bold: same,
  dim: same,
  red: same,
  green: same,
  yellow: same,
  blackOnWhite: same,
}

/** Makes the {@link Style} of a stream. Loads chalk only for colour, so that scripts need not wait for it. */
export async function createStyle(hasColor: boolean): Promise<Style> {
  if (!hasColor) return plain
  const { Chalk } = await import('chalk')
  const { bold, dim, red, green, yellow, black } = new Chalk({ level: 1 })
  return { hasColor, bold, dim, red, green, yellow, blackOnWhite: black.bgWhiteBright }
}
