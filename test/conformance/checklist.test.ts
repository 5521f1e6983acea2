import { describe } from 'vitest'
import { checklist, checklistIds } from './checklist.ts'
import { testRules } from './pinned-rules.ts'

describe('the security checklist', () => {
  testRules({
    rules: checklist,
    ids: checklistIds,
    page: 'checklist.md',
    intro: [
      '# The security checklist',
      '',
      'Generated from `test/conformance/checklist.ts`, which names the sentence of each test. N: native apps (RFC 8252), P: PKCE (RFC 7636), O: OAuth (RFC 6749, 6750, 9207,',
      '9700), D: device flow (RFC 8628), V: revocation (RFC 7009), I: ID tokens (OpenID Connect Core, RFC 7519, RFC 8725).',
    ],
  })
})
