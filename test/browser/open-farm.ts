import { createClient } from '../client.ts'
import { type Farm, startFarm } from '../farm.ts'
import { buildConsole } from './build-console.ts'
import { type ConsolePage, openConsole } from './console-page.ts'
import { openBrowser } from './open-browser.ts'

/** How long a build, a start or a move is waited for, however busy the machine is. */
export const patienceMs = 240_000

/** A farm, its API, and a browser that opens its console. */
export interface ConsoleFarm extends AsyncDisposable {
  readonly farm: Farm
  readonly api: ReturnType<typeof createClient>
  readonly open: (language?: 'zh-CN' | 'en') => Promise<ConsolePage>
}

export async function openFarm(): Promise<ConsoleFarm> {
  await using stack = new AsyncDisposableStack()
  await buildConsole()
  const farm = stack.use(await startFarm())
  const browser = stack.use(await openBrowser(new URL(farm.url)))
  const owned = stack.move()
  return {
    farm,
    api: createClient(farm.url),
    open: async (language = 'zh-CN') => {
      const opened = await openConsole(browser, farm.url)
      await opened.page.addInitScript(`localStorage.setItem('kiln.language', '${language}')`)
      return opened
    },
    [Symbol.asyncDispose]: async () => owned.disposeAsync(),
  }
}

/** Writes the Dockerfile of the form, whole. */
export async function writeDockerfile({ page }: ConsolePage, dockerfile: string): Promise<void> {
  await page.locator('.cm-content').first().fill(dockerfile)
}
