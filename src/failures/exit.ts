/** The exit codes of `gsa`, by name. They are a public interface: scripts branch on them. */
export const Exit = {
  Ok: 0,
  Bug: 1,
  Usage: 2,
  Network: 3,
  LoginRequired: 4,
  Refused: 5,
  VerificationFailed: 6,
  Store: 7,
  Interrupted: 130,
} as const

/** One of the values of {@link Exit}. */
export type ExitCode = (typeof Exit)[keyof typeof Exit]
