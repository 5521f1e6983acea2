import { humanDuration } from '../../core/human-duration.ts'
import { deviceLogin } from '../../credentials/device-login.ts'
import { Failure } from '../../failures/index.ts'
import type { OAuthClient } from '../../oauth/client.ts'
import type { DeviceAuthorization } from '../../oauth/device-authorization.ts'
import { scopesToRequest } from '../../oauth/scopes.ts'
import type { Context } from '../../terminal/context.ts'
import { qrCodeLines } from '../../terminal/qr-code.ts'
import { askAfterStoreFailure } from '../shared/ask-after-store-failure.ts'
import { reportLogin } from '../shared/grant-report.ts'
import { type CommonOptions, openSession, redeemingContext } from '../shared/session.ts'

/** The options of `gsa login --device`. */
export interface DeviceLoginOptions extends CommonOptions {
  readonly scope?: readonly string[]
  /** Undefined: until the code expires. */
  readonly timeoutMs: number | undefined
  readonly expectEmail?: string
  readonly showTokens?: boolean
}

/** `gsa login --device`: shows an address and a code, and waits until the user has entered the code there. */
export async function loginDevice(context: Context, options: DeviceLoginOptions): Promise<void> {
  const { output, signal } = context
  const session = openSession(context, options)
  const client = await session.client()
  requireLimitedInputClient(client)
  const server = await session.server({ client })
  const { timeoutMs, expectEmail } = options
  const grant = await deviceLogin(
    redeemingContext(context, session, { server, client, storage: session.writableStorage('gsa login') }),
    {
      scopes: scopesToRequest(options.scope),
      timeoutMs,
      expectEmail,
      signal,
      onStoreFailure: askAfterStoreFailure(context, session),
      show: async (authorization, waitMs) => {
        await showCode(context, authorization, waitMs)
        return countDown(context, waitMs)
      },
      onTrouble: (failure, pauseMs) => output.note(`${failure.causeText} Retrying in ${humanDuration(pauseMs)}.`),
    },
  )
  await reportLogin(context, grant, session, options.showTokens === true)
}

function requireLimitedInputClient({ type }: OAuthClient): void {
  // The files of desktop and limited-input clients look the same; only the server can tell them apart.
  if (type === 'installed') return
  const needed = '"TVs and Limited Input devices"'
  throw new Failure('client_type_unsuitable', { type, purpose: 'gsa login --device', needed })
}

async function showCode(
  context: Context,
  { userCode, verificationUri }: DeviceAuthorization,
  waitMs: number,
): Promise<void> {
  const { output } = context
  // Never fill the code into the address: typing it makes the user see its purpose (RFC 8628 section 5.4).
  const picture = await addressPicture(context, verificationUri)
  // Below the picture, so that the address is still on a small screen.
  output.disclose(`${picture}Open this address in a browser on any device:\n\n  ${verificationUri.href}\n`)
  output.important(`and enter this code within ${humanDuration(waitMs)}:\n\n  ${output.noteStyle.bold(userCode)}\n`)
}

/**
 * Returns a QR code of the address. Empty if it could not be scanned: on a narrow terminal, or one without colours
 * or blocks.
 */
async function addressPicture({ output, stderr }: Context, address: URL): Promise<string> {
  const { status, noteStyle, isUnicode } = output
  if (status === undefined || !noteStyle.hasColor || !isUnicode) return ''
  const lines = await qrCodeLines(address.href)
  if ((lines[0]?.length ?? 0) + 2 > (stderr.columns ?? 80)) return ''
  // Always black on white: a dark theme would invert it, and not every phone reads inverted codes.
  return `${lines.map((line) => `  ${noteStyle.blackOnWhite(line)}\n`).join('')}\n`
}

/** Draws the time left, once a second, until the returned function is called. */
function countDown({ output, now }: Context, waitMs: number): () => void {
  const { status } = output
  if (status === undefined) return () => undefined
  const endsAt = now() + waitMs
  const draw = (): void =>
    status(`Waiting for approval, ${humanDuration(Math.max(0, endsAt - now()))} left. Press Ctrl-C to cancel.`)
  draw()
  const timer = setInterval(draw, 1000)
  return () => {
    clearInterval(timer)
    status('')
  }
}
