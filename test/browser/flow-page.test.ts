import { readFileSync } from 'node:fs'
import type { Page } from 'playwright-core'
import { describe, expect } from 'vitest'
import { flowPage } from '../../src/pages/flow-page.ts'
import { failingScenes, type Scene, scenes, tracedRun } from '../flows/scenes.ts'
import { sampleFlows } from '../pages/sample-flows.ts'
import { withGsa } from '../support/harness.ts'
import { startHttpServer } from '../support/http-server.ts'
import { accessibilityProblems, overhang, photograph, test, type User } from './chromium.ts'

type Name = keyof typeof sampleFlows
const names = Object.keys(sampleFlows) as Name[]

/** Opens the page of a flow in a browser without JavaScript, as the file that it is: without headers. */
async function open(user: User, name: Name): Promise<Page> {
  return openContent(user, flowPage(sampleFlows[name]))
}

async function openContent(user: User, content: string): Promise<Page> {
  const origin = await startHttpServer((_, response) => response.end(content))
  const page = await user.openBrowser({ javaScript: false })
  await page.goto(origin)
  return page
}

/** Returns what `--trace` writes for a scene. */
async function pageOf(scene: Pick<Scene, 'play'> | undefined): Promise<string> {
  const pages: string[] = []
  await withGsa(async (gsa, google) => {
    const { traced, file } = tracedRun(gsa, 'html')
    await scene?.play({ gsa, google, traced })
    pages.push(readFileSync(file, 'utf8'))
  })
  return pages.join('')
}

/** Returns the distance between two elements' upper edges, in pixels. */
async function distance(page: Page, one: string, other: string): Promise<number> {
  const top = `(selector) => document.querySelector(selector).getBoundingClientRect().top`
  return Math.abs(Number(await page.evaluate(`((top) => top('${one}') - top('${other}'))(${top})`)))
}

describe('the page of a flow in a browser', () => {
  test.for(names)('fits a phone and dark mode, and has no accessibility problems: %s', async (name, { user }) => {
    const page = await open(user, name)
    await page.getByRole('heading', { level: 1, name: /: (?:succeeded|stopped|not finished)$/ }).waitFor()
    await photograph(page, `flow-${name}`)
    for (const width of [320, 390, 700, 1280]) expect(await overhang(page, width)).toBe(0)
    expect(await accessibilityProblems(page)).toEqual([])
    expect(user.misbehaviour).toEqual([])
  })

  test.for([
    'A code of an Android app',
    'A login through the browser of this machine',
    'DPoP: an exchange for which Google wants a nonce',
    'an account that was not expected',
  ])('has no accessibility problems as gsa writes it: %s', async (title, { user }) => {
    const scene = [...scenes, ...failingScenes].find((one) => one.title === title)
    const content = await pageOf(scene)
    const page = await openContent(user, content)
    for (const width of [390, 1280]) expect(await overhang(page, width)).toBe(0)
    expect(await accessibilityProblems(page)).toEqual([])
    expect(user.misbehaviour).toEqual([])
  })

  test('has the arrow beside the text of its step on a wide screen, and above it on a phone', async ({ user }) => {
    const page = await open(user, 'refused')
    await page.setViewportSize({ width: 1280, height: 800 })
    expect(await distance(page, '#step-6 .arrow', '#step-6 .card')).toBeLessThan(30)
    await page.setViewportSize({ width: 390, height: 844 })
    expect(await distance(page, '#step-6 .strip', '#step-6 .card')).toBeGreaterThan(30)
  })

  test('has each arrow of the overview at the height of its text', async ({ user }) => {
    const page = await open(user, 'loopback')
    const middle = `(element) => { const { top, height } = element.getBoundingClientRect(); return top + height / 2 }`
    for (const width of [390, 1280]) {
      await page.setViewportSize({ width, height: 800 })
      const distances = await page.evaluate(
        `[...document.querySelectorAll('.row')].map((row) => Math.abs((${middle})(row.querySelector('b')) - (${middle})(row.querySelector('.brief'))))`,
      )
      expect(Math.max(...(distances as number[]))).toBeLessThan(4)
    }
  })

  test('has one line for each arrow of the overview on a wide screen', async ({ user }) => {
    const page = await open(user, 'loopback')
    await page.setViewportSize({ width: 1280, height: 800 })
    const heights = await page.evaluate(
      `[...document.querySelectorAll('.row')].map((row) => row.getBoundingClientRect().height)`,
    )
    expect(Math.max(...(heights as number[]))).toBeLessThan(45)
  })

  test('keeps the names of the parties in sight', async ({ user }) => {
    const page = await open(user, 'succeeded')
    for (const width of [390, 1280]) {
      await page.setViewportSize({ width, height: 800 })
      await page.goto(`${page.url().split('#')[0]}#step-7`)
      expect(await page.evaluate(`document.querySelectorAll('.lanes')[1].getBoundingClientRect().top`)).toBe(0)
    }
  })

  test('lets the keyboard reach every link, the first of which skips to where the flow stopped', async ({ user }) => {
    const page = await open(user, 'refused')
    const links = await page.locator('a').count()
    const reached: unknown[] = []
    for (let stop = 0; stop < links; stop++) {
      await page.keyboard.press('Tab')
      expect(await page.evaluate('getComputedStyle(document.activeElement).outlineStyle')).toBe('solid')
      reached.push(await page.evaluate(`document.activeElement.getAttribute('href')`))
    }
    expect(reached.slice(0, 4)).toEqual(['#step-7', '#step-7', '#step-1', '#step-2'])
    expect(reached).toEqual(await page.evaluate(`[...document.links].map((link) => link.getAttribute('href'))`))

    await page.reload()
    await page.keyboard.press('Tab')
    await page.keyboard.press('Enter')
    expect(page.url()).toMatch(/#step-7$/)
    expect(await page.locator('#step-7 h3').innerText()).toMatch(/^7\. Error response\s+Stopped here/)
  })

  test('is black on white on paper, and no step breaks across pages', async ({ user }) => {
    const page = await open(user, 'refused')
    await page.emulateMedia({ media: 'print', colorScheme: 'dark' })
    const style = async (selector: string, name: string): Promise<unknown> =>
      await page.evaluate(`getComputedStyle(document.querySelector('${selector}')).${name}`)
    expect(await style('body', 'color')).toBe('rgb(0, 0, 0)')
    expect(await style('body', 'backgroundColor')).toBe('rgb(255, 255, 255)')
    expect(await style('#step-6', 'breakInside')).toBe('avoid')
    expect(await style('.lanes', 'position')).not.toBe('sticky')
  })

  test('keeps its lines in forced colours, and has stronger ones for readers who prefer contrast', async ({ user }) => {
    const page = await open(user, 'refused')
    const border = async (): Promise<unknown> =>
      await page.evaluate(`getComputedStyle(document.querySelector('#step-6 .card')).borderTopColor`)
    const before = await border()
    await page.emulateMedia({ forcedColors: 'active' })
    expect(await page.evaluate(`getComputedStyle(document.querySelector('#step-6 .arrow')).borderBottomWidth`)).toBe(
      '2px',
    )
    await page.emulateMedia({ forcedColors: 'none', contrast: 'more' })
    expect(await border()).not.toBe(before)
  })
})
