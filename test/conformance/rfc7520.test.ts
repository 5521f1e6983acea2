import { describe, expect, test } from 'vitest'
import type { JsonObject } from '../../src/core/json.ts'
import { Secret } from '../../src/core/secret.ts'
import { isFailure } from '../../src/failures/index.ts'
import { verifyIdToken, verifySignature } from '../../src/oauth/id-token.ts'
import { corpus, present } from './corpora.ts'

// The examples of RFC 7520 section 4, from the cookbook of the JOSE working group.

interface Example {
  readonly input: { readonly payload: string; readonly key: JsonObject | readonly JsonObject[] }
  readonly output: { readonly compact?: string; readonly json?: object; readonly json_flat?: object }
}

const names = [
  '4_1.rsa_v15_signature',
  '4_2.rsa-pss_signature',
  '4_3.ecdsa_signature',
  '4_4.hmac-sha2_integrity_protection',
  '4_5.signature_with_detached_content',
  '4_6.protecting_specific_header_fields',
  '4_7.protecting_content_only',
  '4_8.multiple_signatures',
  'rfc7797_hmac-sha2_b64_false',
]
const examples = names.map((name) => [name, corpus(`rfc7520/${name}.json`) as Example | undefined] as const)
const rsaKey = corpus('rfc7520/3_3.rsa_public_key.json') as JsonObject | undefined

const jwksOf = ({ input }: Example): { keys: readonly JsonObject[]; source: string } => ({
  keys: [input.key].flat(),
  source: 'RFC 7520',
})

/** Returns an example in all its forms. */
function formsOf({ output }: Example): Secret[] {
  const texts = [output.compact, output.json, output.json_flat].filter((form) => form !== undefined)
  return texts.map((form) => new Secret(typeof form === 'string' ? form : JSON.stringify(form)))
}

/** Returns the check that an example fails, or undefined if there is none. */
function failedCheck(check: () => unknown): string | undefined {
  try {
    check()
    return undefined
  } catch (error) {
    if (isFailure(error, 'id_token_invalid')) return error.details.check
    throw error
  }
}

describe('RFC 7520', () => {
  test('section 4.1 has a valid RS256 signature, and a changed one is refused', async (context) => {
    const example = present(examples[0]?.[1], context)
    const jwks = { keys: [present(rsaKey, context)], source: 'RFC 7520, section 3.3' }
    const compact = example.output.compact ?? ''
    const { payload } = verifySignature(new Secret(compact), jwks)
    expect(Buffer.from(payload).toString()).toBe(example.input.payload)
    const changed = compact.replace('.SXTig', '.SXTih')
    expect(failedCheck(() => verifySignature(new Secret(changed), jwks))).toBe('the signature')
  })

  test.for(examples.slice(1))('%s is refused: it is not RS256 in compact form', async ([, found], context) => {
    const example = present(found, context)
    const forms = formsOf(example)
    expect(forms.length).toBeGreaterThan(0)
    for (const form of forms)
      expect(['its form', 'the header', 'alg']).toContain(failedCheck(() => verifySignature(form, jwksOf(example))))
  })

  test.for(examples)('%s is not an ID token', async ([, found], context) => {
    const example = present(found, context)
    const expected = { issuers: ['https://accounts.google.com'], audience: 'a', now: Date.now() / 1000 }
    for (const form of formsOf(example))
      expect(failedCheck(() => verifyIdToken(form, jwksOf(example), expected))).toBeDefined()
  })
})
