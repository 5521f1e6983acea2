import { probeStorage } from '../../accounts/account-storage.ts'
import { safeText } from '../../core/safe-to-print.ts'
import type { AcceptanceTerms, StoreFailure, StoreFailureChoice } from '../../credentials/accept-tokens.ts'
import { Failure, isFailure } from '../../failures/index.ts'
import type { Context } from '../../terminal/context.ts'
import type { Session } from './session.ts'

/**
 * Returns a function that asks the user what to do if the store fails after the code was used. Undefined if gsa cannot
 * ask: then the command fails and says what to do.
 */
export function askAfterStoreFailure(context: Context, session: Session): AcceptanceTerms['onStoreFailure'] {
  const { prompt, output } = context
  if (!prompt.isPossible()) return undefined
  return async (lost) => {
    output.important(`\n${output.noteStyle.red('The refresh token could not be stored.')} ${lost.failure.causeText}`)
    const choice = await prompt.choose(
      'The code cannot be used again, and this token is not stored anywhere else. What do you want to do?',
      '--store',
      [
        { value: 'retry', name: 'try again (unlock the keychain or free some space first)' },
        { value: 'file', name: 'store it in an encrypted file instead' },
        ...(lost.refreshToken === undefined ? [] : [{ value: 'show', name: 'show it here once' }]),
        { value: 'give-up', name: 'discard it (access is not revoked)' },
      ],
    )
    return carriedOut(choice, lost, context, session)
  }
}

async function carriedOut(
  choice: string,
  lost: StoreFailure,
  { output, prompt }: Context,
  session: Session,
): Promise<StoreFailureChoice> {
  switch (choice) {
    case 'retry':
      return 'retry'
    case 'file': {
      const { storage } = session.withStore(`file:${await prompt.text('Path of the file:', '--store file:PATH')}`)
      try {
        await probeStorage(storage)
      } catch (error) {
        if (!(error instanceof Failure) || isFailure(error, 'interrupted')) throw error
        output.important(`${error.causeText} ${error.fix}`)
        // Ask again, with the store that failed first.
        return 'retry'
      }
      return { storage }
    }
    case 'show':
      output.disclose(`${safeText(lost.account)}: ${lost.refreshToken?.reveal() ?? ''}`)
      return 'shown'
    default:
      return 'give-up'
  }
}
