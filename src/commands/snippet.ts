import { Argument, Command } from 'commander'
import { Failure, isFailure } from '../failures/index.ts'
import { defaultScopes, fullScope } from '../oauth/scopes.ts'
import { isBackend, legacySnippetFor, type Platform, platforms, snippetFor } from '../snippets/snippet.ts'
import { joinedFiles } from '../snippets/snippet-file.ts'
import type { Context } from '../terminal/context.ts'
import { collectedWords, examples } from '../terminal/options.ts'
import { type CommonOptions, openSession } from './shared/session.ts'

interface SnippetOptions extends CommonOptions {
  readonly dpop?: boolean
  readonly legacy?: boolean
  readonly scope?: readonly string[]
}

const placeholder = 'YOUR_WEB_CLIENT_ID.apps.googleusercontent.com'

/** `gsa snippet` */
export function snippetCommand(context: Context): Command {
  return new Command('snippet')
    .description('print code for an app that gets an authorization code, or for a backend that receives it')
    .addArgument(
      new Argument('<platform>', 'android, ios and web are apps; the others are backends').choices([...platforms]),
    )
    .option(
      '--scope <scope>',
      'a scope to request; may be repeated; short names such as drive.appfolder work',
      collectedWords,
    )
    .option('--legacy', 'android: use GoogleSignIn, as in the old guides')
    .option('--dpop', 'backends: bind each refresh token to a key, with DPoP proofs')
    .addHelpText(
      'before',
      examples(
        'gsa snippet android --client-secrets client_secret_web.json',
        'gsa snippet node > server.mjs',
        'gsa snippet python --dpop > server.py',
        'gsa snippet web --scope openid --scope email --scope drive.file > index.html',
        'gsa snippet ios --json | jq -r \'.files[] | select(.name == "Info.plist").content\'',
      ),
    )
    .action(async (platform: Platform, _: unknown, command: Command) =>
      snippetAction(context, platform, command.optsWithGlobals<SnippetOptions>()),
    )
}

async function snippetAction(context: Context, platform: Platform, options: SnippetOptions): Promise<void> {
  const { legacy = false, dpop = false } = options
  if (legacy && platform !== 'android') {
    const problem = `--legacy is for android only; ${platform} has no legacy code.`
    throw new Failure('usage', { problem, command: 'gsa snippet' })
  }
  if (dpop && !isBackend(platform)) {
    const problem = `--dpop is for node, python, java and go; the app for ${platform} sends no token requests.`
    throw new Failure('usage', { problem, command: 'gsa snippet' })
  }
  const clientId = await webClientId(context, platform, options)
  const scopes = [...new Set((options.scope ?? defaultScopes).map(fullScope))]
  const files = legacy ? legacySnippetFor({ clientId, scopes }) : snippetFor(platform, { clientId, scopes, dpop })
  if (context.output.isJson) await context.output.result({ platform, legacy, dpop, clientId, scopes, files }, () => '')
  else await context.output.write(joinedFiles(files))
}

/** Returns the id of the configured web client, or else a placeholder: the code is useful without it. */
async function webClientId(context: Context, platform: Platform, options: SnippetOptions): Promise<string> {
  try {
    const { type, clientId } = await openSession(context, options).client()
    if (type === 'installed')
      throw new Failure('client_type_unsuitable', { type, purpose: `code for ${platform}`, needed: 'web' })
    return clientId
  } catch (error) {
    if (!isFailure(error, 'client_secrets_missing') && !isFailure(error, 'nothing_stored')) throw error
    context.output.warn({
      message: `No OAuth client is configured, so the code contains ${placeholder} instead.`,
      fix: `Replace it, or pass the JSON of your web client: gsa snippet ${platform} --client-secrets FILE`,
    })
    return placeholder
  }
}
