const unitMs: Readonly<Record<string, number>> = { s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 }

/**
 * Returns the milliseconds of a duration such as `90s`, `59m50s` or `1d12h`, the syntax of all flags and of the
 * emulator's clock.
 * @throws RangeError with a sentence for the user, which does not repeat the text
 */
export function parseDuration(text: string): number {
  const parts = [...text.matchAll(/(\d{1,9})([smhd])/g)]
  if (parts.length === 0 || parts.map(([part]) => part).join('') !== text)
    throw new RangeError('Write a duration as numbers with a unit: 90s, 59m50s, 2h or 1d12h')
  return parts.reduce((total, [, amount, unit]) => total + Number(amount) * (unitMs[unit ?? ''] ?? 0), 0)
}
