import { readFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import type { AxeResults } from 'axe-core'
import { type BrowserContextOptions, chromium, type Page } from 'playwright-core'
import { findChromium } from './find-chromium.ts'
import { openQuietNetwork } from './quiet-network.ts'

const executablePath = await findChromium()

/** Without a browser these tests are skipped; `apt-get install chromium` brings one. */
export const hasBrowser = executablePath !== undefined

export interface OpenBrowser extends AsyncDisposable {
  /** A new profile, with one page in it. */
  open(options?: BrowserContextOptions): Promise<Page>
}

/**
 * A browser that finds `kiln.test` at the first of these servers, as people do by the name of theirs. Where there may be builds
 * it has a network of its own, in which it finds nothing else.
 */
export async function openBrowser(...servers: readonly [URL, ...URL[]]): Promise<OpenBrowser> {
  await using stack = new AsyncDisposableStack()
  const [{ port }] = servers
  const program =
    executablePath === undefined || process.getuid?.() !== 0
      ? executablePath
      : stack.use(await openQuietNetwork(executablePath, servers)).program
  const browser = await chromium.launch({
    ...(program !== undefined && { executablePath: program }),
    args: ['--no-sandbox', `--host-resolver-rules=MAP kiln.test 127.0.0.1:${port}`],
  })
  stack.defer(async () => browser.close())
  const owned = stack.move()
  return {
    open: async (options = {}) => (await browser.newContext(options)).newPage(),
    [Symbol.asyncDispose]: async () => owned.disposeAsync(),
  }
}

/** What is being faded in has other colours for a moment. What moves for ever is not waited for. */
const whenStill = `(async () => {
  const frame = () => new Promise(requestAnimationFrame)
  for (let still = 0; still < 2; still += 1) {
    await frame()
    const moving = document.getAnimations().filter(({ effect }) => effect.getComputedTiming().endTime < Infinity)
    await Promise.allSettled(moving.map(({ finished }) => finished))
    if (moving.length > 0) still = 0
  }
})()`

/** What axe calls serious or worse on a page, each with the element. */
export async function findBarriers(page: Page): Promise<readonly string[]> {
  await page.evaluate(whenStill)
  const source = await readFile(
    createRequire(import.meta.url).resolve('axe-core/axe.min.js'),
    'utf8',
  )
  await page.evaluate(source)
  const { violations } = await page.evaluate<AxeResults>('axe.run(document)')
  return violations
    .filter(({ impact }) => impact === 'serious' || impact === 'critical')
    .flatMap(({ id, nodes }) => nodes.map(({ html }) => `${id}: ${html.slice(0, 160)}`))
}
