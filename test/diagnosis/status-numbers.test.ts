import { describe, expect, test } from 'vitest'
import { recognise } from '../../src/diagnosis/recognise.ts'

const numbers = [
  ['10', 'android_app_not_registered'],
  ['28444', 'android_app_not_registered'],
  ['12500', 'android_sign_in_failed'],
  ['12501', 'android_sign_in_cancelled'],
  ['16', 'android_sign_in_cancelled'],
  ['12502', 'android_sign_in_running'],
  ['28405', 'android_wrong_server_client'],
  ['28433', 'android_no_credential'],
  ['7', 'unreachable'],
] as const

describe('an Android status code', () => {
  test.each(numbers)('is probable if the text is only %s', (number, code) => {
    for (const text of [
      number,
      ` ${number}\n`,
      `"${number}"`,
      `error ${number}`,
      `status code: ${number}`,
      `code=${number}`,
    ])
      expect(recognise(text)[0], text).toMatchObject({ code, likelihood: 'likely' })
  })

  test.each(numbers)('%s is recognised where an exception has it', (number, code) => {
    for (const text of [
      `ApiException: ${number}`,
      `com.google.android.gms.common.api.ApiException: ${number}: `,
      `com.google.android.gms.common.api.b: ${number}:`,
      `PlatformException(sign_in_failed, com.google.android.gms.common.api.ApiException: ${number}: , null, null)`,
      `W/SignInActivity: signInResult:failed code=${number}`,
      `signInResult: Status{statusCode=${number}, resolution=null}`,
    ])
      expect(recognise(text)[0], text).toMatchObject({ code })
  })

  test.each([
    ['401', 'access_token_invalid'],
    ['HTTP status 403', 'scope_insufficient'],
    ['8', 'android_wrong_server_client'],
    ['ApiException: 4', 'android_sign_in_required'],
    ['ApiException: 2: SERVICE_VERSION_UPDATE_REQUIRED', 'android_play_services_unusable'],
    ['Google sign-in failed with error code 12500', 'android_sign_in_failed'],
    ['[28405] This is an Android client id', 'android_wrong_server_client'],
  ])('is found in: %s', (text, code) => {
    expect(recognise(text)[0]?.code).toBe(code)
  })

  test.each(['3', '42', '12345', 'line 10', 'exit code 7 of make', 'process 12500 exited'])(
    'is not seen in: %s',
    (text) => {
      expect(() => recognise(text)).toThrow('recognizes no error')
    },
  )
})
