import { join } from 'node:path'
import type { Page } from 'playwright-core'
import { expect } from 'vitest'
import { findBarriers, type OpenBrowser } from './open-browser.ts'

/** Where pictures of the pages are put, when somebody wants to look at them. */
const shots = process.env['KILN_SHOTS_DIR']

/** A page of the console in a profile of its own, which remembers whatever goes wrong in it. */
export interface ConsolePage extends AsyncDisposable {
  readonly page: Page
  /** Errors of the page and of its policy so far. */
  readonly errors: readonly string[]
  open(path: string): Promise<void>
  /** That nothing on the page as it is keeps somebody from it. */
  expectAccessible(): Promise<void>
  /** That nothing stands out of the window sideways. */
  expectNoSideways(): Promise<void>
  /** Pictures of the page, wide and narrow, light and dark. */
  show(name: string): Promise<void>
}

export async function openConsole(browser: OpenBrowser, url: string): Promise<ConsolePage> {
  const page = await browser.open({ viewport: { width: 1440, height: 900 } })
  page.setDefaultTimeout(60_000)
  const errors: string[] = []
  page.on('pageerror', (error) => errors.push(error.message))
  page.on('console', (message) => {
    const isAnswer = message.text().includes('status of 4')
    if (message.type() === 'error' && !isAnswer) errors.push(message.text())
  })
  return {
    page,
    errors,
    open: async (path) => {
      await page.goto(new URL(`/console${path}`, url).href)
      await page.locator('h1').waitFor()
    },
    expectAccessible: async () => expect(await findBarriers(page)).toEqual([]),
    expectNoSideways: async () => {
      const over: number = await page.evaluate(
        'document.documentElement.scrollWidth - document.documentElement.clientWidth',
      )
      expect(over).toBe(0)
    },
    show: async (name) => {
      if (shots !== undefined) await takeShots(page, join(shots, name))
    },
    [Symbol.asyncDispose]: async () => page.context().close(),
  }
}

async function takeShots(page: Page, path: string): Promise<void> {
  for (const [width, height] of [
    [390, 844],
    [1440, 900],
  ] as const) {
    for (const colorScheme of ['dark', 'light'] as const) {
      await page.setViewportSize({ width, height })
      await page.emulateMedia({ colorScheme })
      await page.waitForTimeout(400)
      await page.screenshot({ path: `${path}-${width}-${colorScheme}.png`, fullPage: true })
    }
  }
}
