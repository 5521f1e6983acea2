/** The sections of a configuration, in the order in which they are applied. */
export const configurationSections = ['accounts', 'clients', 'projects', 'files', 'faults'] as const

/**
 * The contents an emulator has at start and again after a reset: lists of request bodies for the control requests of
 * the same names.
 */
export type EmulatorConfiguration = Partial<
  Record<(typeof configurationSections)[number], readonly Record<string, unknown>[]>
>
