export { Exit, type ExitCode } from './exit.ts'
export { Failure, isFailure } from './failure.ts'
export { Secret } from './secret.ts'
export { safeJson, safeText } from './safe-text.ts'
