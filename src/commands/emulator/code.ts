import { Command, Option } from 'commander'
import { safeText } from '../../core/safe-to-print.ts'
import { Failure } from '../../failures/index.ts'
import { jsonObjectOf } from '../../http/json-answer.ts'
import { scopesToRequest, splitScope } from '../../oauth/scopes.ts'
import type { Context } from '../../terminal/context.ts'
import { collectedWords, examples, publicWord } from '../../terminal/options.ts'
import { httpOf } from '../shared/session.ts'
import { controlHeaders, runningEmulator } from './running-emulator.ts'

interface CodeOptions {
  readonly platform: string
  readonly account?: string
  readonly scope?: readonly string[]
  readonly clientId?: string
  readonly forceConsent?: boolean
}

/** `gsa emulator code`: prints the code that an SDK would give to an app, for testing without an app. */
export function emulatorCodeCommand(context: Context): Command {
  return new Command('code')
    .description('print a code as an app gets it from its SDK; a user of the running emulator consents automatically')
    .addOption(
      new Option('--platform <platform>', 'the SDK to imitate; the same names as gsa exchange --from')
        .choices(['android', 'ios', 'web-popup'])
        .default('android'),
    )
    .option(
      '--scope <scope>',
      'a scope that the user grants; may be repeated; short names such as drive.appfolder work',
      collectedWords,
    )
    .option('--client-id <id>', 'the web client that the code is for (default: the built-in one)', publicWord)
    .option('--force-consent', 'issue a refresh token even if the user has consented before')
    .addHelpText(
      'before',
      examples(
        'gsa emulator code | gsa exchange - --client-secrets client_secret_web.json',
        'gsa emulator code --platform web-popup --account grace@corp.example',
        'gsa emulator code --force-consent --scope openid --scope drive.appfolder',
      ),
    )
    .action(async (_: unknown, command: Command) => {
      const { platform, account, scope, clientId, forceConsent } = command.optsWithGlobals<CodeOptions>()
      const scopes = scope === undefined ? undefined : scopesToRequest(scope.flatMap(splitScope))
      const url = new URL('/emulator/v1/codes', runningEmulator(context))
      const response = await httpOf(context).send({
        method: 'POST',
        url,
        headers: controlHeaders(context),
        body: Buffer.from(JSON.stringify({ platform, account, scopes, clientId, forceRefreshToken: forceConsent })),
      })
      const { code, error } = jsonObjectOf(response, url.host)
      if (typeof code !== 'string')
        throw new Failure('usage', {
          problem: `The emulator rejected the request: ${safeText(String(error))}.${
            response.status === 401 ? ' Set GSA_EMULATOR_CONTROL_TOKEN to its control token.' : ''
          }`,
          command: 'gsa emulator code',
        })
      await context.output.result({ code }, () => code)
    })
}
