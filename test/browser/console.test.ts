import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createClient } from '../client.ts'
import { type Farm, startFarm } from '../farm.ts'
import { buildConsole } from './build-console.ts'
import { type ConsolePage, openConsole } from './console-page.ts'
import { hasBrowser, type OpenBrowser, openBrowser } from './open-browser.ts'

/** Bytes of all that the first page needs, packed. */
const firstLoadLimit = 300 * 1024

describe.skipIf(!hasBrowser)('the console', () => {
  let farm: Farm
  let browser: OpenBrowser
  let api: ReturnType<typeof createClient>
  beforeAll(async () => {
    await buildConsole()
    farm = await startFarm()
    api = createClient(farm.url)
    browser = await openBrowser(new URL(farm.url))
  })
  afterAll(async () => {
    await browser[Symbol.asyncDispose]()
    await farm[Symbol.asyncDispose]()
  })

  const open = async (language: 'zh-CN' | 'en' = 'zh-CN'): Promise<ConsolePage> => {
    const opened = await openConsole(browser, farm.url)
    await opened.page.addInitScript(`localStorage.setItem('kiln.language', '${language}')`)
    return opened
  }

  /** The Dockerfile of the form, whole. */
  const write = async ({ page }: ConsolePage, dockerfile: string) =>
    page.locator('.cm-content').first().fill(dockerfile)

  it('comes in one small piece, and says what it is in both languages', async () => {
    await using shown = await open()
    await shown.open('/images')
    const bytes: number = await shown.page.evaluate(
      `performance.getEntriesByType('resource').concat(performance.getEntriesByType('navigation'))
        .filter(({ name }) => name.includes('/console/')).reduce((sum, { encodedBodySize }) => sum + encodedBodySize, 0)`,
    )
    process.stdout.write(`first load: ${(bytes / 1024).toFixed(0)} KiB packed\n`)
    expect(bytes).toBeLessThan(firstLoadLimit)
    expect(await shown.page.locator('h1').innerText()).toBe('镜像管理')
    await shown.page.getByRole('button', { name: 'English' }).click()
    await shown.page.getByRole('heading', { name: 'Images', level: 1 }).waitFor()
    expect(await shown.page.locator('html').getAttribute('lang')).toBe('en')
    expect(shown.errors).toEqual([])
  })

  it('builds from a Dockerfile: marks a mistake, explains a failure, and succeeds', async () => {
    await using shown = await open()
    const { page } = shown
    await shown.open('/images/new')
    await page.getByLabel('镜像名称').fill('browser/app:1')
    await write(shown, `FROM ${farm.baseImage}\nRUNN echo hello\n`)
    await page.locator('.faults').getByText('第 2 行').waitFor()
    await shown.show('new-build-mistake')
    await shown.expectAccessible()

    await write(shown, `FROM ${farm.baseImage}\nRUN echo before && exit 3\nRUN true\n`)
    await page.getByText('检查通过').waitFor()
    await page.getByRole('button', { name: '开始构建' }).click()
    await page.getByText('构建步骤出错').waitFor({ timeout: 90_000 })
    expect(await page.locator('.excerpt .is-at-fault code').innerText()).toBe(
      'RUN echo before && exit 3',
    )
    await page.locator('.log-text').getByText('before', { exact: true }).waitFor()
    await shown.show('build-failed')
    await shown.expectAccessible()

    await page.getByRole('button', { name: '修改后重新构建' }).click()
    await page.getByRole('heading', { name: '构建镜像' }).waitFor()
    await page.locator('.cm-content').first().waitFor()
    expect(await page.getByLabel('镜像名称').inputValue()).toBe('browser/app:1')
    await write(shown, `FROM ${farm.baseImage}\nRUN echo green\n`)
    await page.getByText('检查通过').waitFor()
    await page.getByRole('button', { name: '开始构建' }).click()
    await page.getByText('browser/app:1 版本 1 已发布').waitFor({ timeout: 90_000 })
    await shown.show('build-succeeded')
    await shown.expectAccessible()
    expect(shown.errors).toEqual([])
  })

  it('cancels a build once somebody is sure', async () => {
    await using shown = await open('en')
    const { page } = shown
    const id = await api.submit({
      name: 'browser/slow:1',
      dockerfile: `FROM ${farm.baseImage}\nRUN echo begun; sleep 300\n`,
    })
    await shown.open(`/builds/${id}`)
    await page.locator('.log-text').getByText('begun', { exact: true }).waitFor({ timeout: 90_000 })
    await shown.show('build-running')
    await page.getByRole('button', { name: 'Cancel the build' }).click()
    const question = page.getByRole('dialog')
    await question.getByText('nothing is published').waitFor()
    await question.getByRole('button', { name: 'Cancel the build' }).click()
    await page.locator('.page-header').getByText('Cancelled').waitFor()
    expect((await api.read(id)).status).toBe('cancelled')
  })

  it.each(['compatibility', 'contents', 'history'])(
    'tells what there is to know of an image: %s',
    async (tab) => {
      await using shown = await open()
      const image = (await api.images()).find(({ name }) => name === 'browser/app:1')
      await shown.open(`/images/${image?.id}?tab=${tab}`)
      await shown.page.locator('.card').first().waitFor()
      await shown.show(`image-${tab}`)
      await shown.expectAccessible()
      await shown.page.setViewportSize({ width: 390, height: 844 })
      await shown.expectNoSideways()
      expect(shown.errors).toEqual([])
    },
  )
})
