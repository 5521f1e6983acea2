/** The parts of a configuration, in the order in which they are carried out. */
export const configurationSections = ['accounts', 'clients', 'projects', 'files', 'faults'] as const

/**
 * What an emulator has from the start and again after a reset: lists of bodies of the
 * control requests of the same names.
 */
export type EmulatorConfiguration = Partial<
  Record<(typeof configurationSections)[number], readonly Record<string, unknown>[]>
>
