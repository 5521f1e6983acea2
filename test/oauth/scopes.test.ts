import { describe, expect, test } from 'vitest'
import { fullScope, missingScopes } from '../../src/oauth/scopes.ts'

const appdata = 'https://www.googleapis.com/auth/drive.appdata'

describe('scopes', () => {
  test.each([
    ['drive.appfolder', appdata],
    ['DRIVE_APPFOLDER', appdata],
    ['appdata', appdata],
    ['drive.appdata', appdata],
    ['drive.file', 'https://www.googleapis.com/auth/drive.file'],
    [appdata, appdata],
    ['openid', 'openid'],
    ['email', 'email'],
    ['offline_access', 'offline_access'],
    ['constructor', 'constructor'],
    ['urn:example:scope', 'urn:example:scope'],
  ])('%s is sent as %s', (typed, sent) => {
    expect(fullScope(typed)).toBe(sent)
  })

  test('are compared as sets, with the names that Google returns', () => {
    const granted = [
      'https://www.googleapis.com/auth/userinfo.profile',
      'openid',
      'https://www.googleapis.com/auth/userinfo.email',
    ]
    expect(missingScopes(['openid', 'email', 'profile', appdata], granted)).toEqual([appdata])
    expect(missingScopes(['email', 'profile'], granted)).toEqual([])
  })
})
