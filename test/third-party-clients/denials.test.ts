import { join } from 'node:path'
import { beforeEach, describe, expect } from 'vitest'
import { answerConsent } from '../../src/emulator/index.ts'
import { authorizationUrl, webRequest } from '../emulator/raw-http.ts'
import { test } from '../official-clients/client-program.ts'
import { needs } from '../support/system-parts.ts'
import { programs, run } from './client.ts'

beforeEach(({ skip }) => needs({ skip }, 'third-party clients for Node'))

describe('clients that require `iss` in every callback', () => {
  test.for(['oauth4webapi', 'openid-client-5'])(
    '%s reports that the user denied access',
    async (name, { google, folder }) => {
      const { url } = await answerConsent(authorizationUrl(google, { ...webRequest(google), state: 'any' }), {
        decision: 'deny',
      })
      const ended = await run(join(programs, `denied-${name}.mjs`), google, { folder, argv: [url] })
      expect(ended, ended.stderr).toMatchObject({ exitCode: 0, stdout: 'access_denied\n' })
    },
  )
})
