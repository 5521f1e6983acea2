import { describe, expect } from 'vitest'
import { remoteSurroundings } from '../../src/terminal/remote-surroundings.ts'
import { freePort } from '../support/free-port.ts'
import { type Gsa, type Run, type RunOptions, test } from '../support/harness.ts'

describe('gsa login with a browser probably on another machine', () => {
  const login = async (gsa: Gsa, ...args: readonly (string | RunOptions)[]): Promise<Run> =>
    gsa.run('login', '--client-secrets', gsa.desktopClient, ...args)

  test('opens its listener as always, and says which way fits', async ({ gsa }) => {
    const result = await login(gsa, { env: { SSH_CONNECTION: '192.0.2.1 1 192.0.2.2 22' }, browser: {} })
    expect(result.exitCode).toBe(0)
    expect(result.stderr).toContain('This looks like an SSH session.')
    expect(result.stderr).toContain('gsa login --start, then gsa login --finish')
    const port = /127\.0\.0\.1%3A(\d+)/.exec(result.stderr)?.[1]
    expect(result.stderr).toContain(`ssh -L ${port}:127.0.0.1:${port} HOST`)
  })

  test('does not suggest SSH where it cannot help', async ({ gsa }) => {
    const result = await login(gsa, { env: { WSL_DISTRO_NAME: 'Debian' }, browser: {} })
    expect(result.stderr).toContain('This looks like WSL.')
    expect(result.stderr).not.toContain('ssh -L')
  })

  test('says nothing if you already forwarded a port', async ({ gsa }) => {
    const result = await login(gsa, '--no-browser', '--port', String(await freePort()), {
      env: { SSH_CONNECTION: '192.0.2.1 1 192.0.2.2 22' },
      browser: {},
    })
    expect(result.exitCode, result.stderr).toBe(0)
    expect(result.stderr).not.toContain('This looks like')
  })

  test('suggests the two steps when no response came', async ({ gsa }) => {
    const result = await login(gsa, '--no-browser', '--json', { timeIsUpWhen: /Open this address/ })
    expect(result.error).toMatchObject({
      code: 'login_timed_out',
      fix: expect.stringContaining('gsa login --start is for a browser on another machine') as string,
    })
  })

  const desktop = { DISPLAY: ':0' }
  test.each([
    ['SSH', { ...desktop, SSH_CONNECTION: '192.0.2.1 1 192.0.2.2 22' }, 'linux', []],
    ['SSH', { SSH_TTY: '/dev/pts/0' }, 'darwin', []],
    ['container', desktop, 'linux', ['/.dockerenv']],
    ['container', desktop, 'linux', ['/run/.containerenv']],
    ['container', { ...desktop, KUBERNETES_SERVICE_HOST: '10.0.0.1' }, 'linux', []],
    ['WSL', { ...desktop, WSL_DISTRO_NAME: 'Debian' }, 'linux', []],
    ['Codespaces', { CODESPACES: 'true', SSH_CONNECTION: 'x' }, 'linux', ['/.dockerenv']],
    ['Cloud Shell', { CLOUD_SHELL: 'true', SSH_CONNECTION: 'x' }, 'linux', ['/.dockerenv']],
    ['no display', {}, 'linux', []],
    ['no display', { DISPLAY: '' }, 'linux', []],
    [undefined, desktop, 'linux', []],
    [undefined, { WAYLAND_DISPLAY: 'wayland-0', SSH_TTY: '' }, 'linux', []],
    [undefined, {}, 'darwin', []],
    [undefined, {}, 'win32', []],
  ] as const)('recognizes %s in %j on %s with %j', (expected, env, platform, files) => {
    const exists = (path: string): boolean => files.some((file) => file === path)
    expect(remoteSurroundings(env, platform, exists)).toBe(expected)
  })
})
