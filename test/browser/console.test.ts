import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { buildAndMend } from './journeys/build-and-mend.ts'
import { cancelBuild } from './journeys/cancel.ts'
import { loadFirstPage, timeFirstPage } from './journeys/first-load.ts'
import { readFlood } from './journeys/flood.ts'
import { publishOfficial, rollBackAndCompare, useOfficial } from './journeys/official-image.ts'
import { buildPackages } from './journeys/packages.ts'
import { saveEnvironment } from './journeys/saving.ts'
import { type ConsoleFarm, openFarm, patienceMs } from './open-farm.ts'
import { hasBrowser } from './open-browser.ts'

/** Bytes of all that the first page needs, packed. */
const firstLoadLimit = 300 * 1024
/** Longer than the busiest machine takes until the first page answers. */
const firstAnswerMs = 20_000

describe.skipIf(!hasBrowser)('the console', { timeout: 2 * patienceMs }, () => {
  let opened: ConsoleFarm
  beforeAll(async () => {
    opened = await openFarm()
  })
  afterAll(async () => opened[Symbol.asyncDispose]())

  it('comes in one small piece, and says what it is in both languages', async () => {
    const bytes = await loadFirstPage(opened)
    process.stdout.write(`first load: ${(bytes / 1024).toFixed(0)} KiB packed\n`)
    expect(bytes).toBeLessThan(firstLoadLimit)
    expect(await timeFirstPage(opened)).toBeLessThan(firstAnswerMs)
    await using shown = await opened.open()
    await shown.open('/images')
    expect(await shown.page.locator('h1').innerText()).toBe('镜像管理')
    await shown.page.getByRole('button', { name: 'English' }).click()
    await shown.page.getByRole('heading', { name: 'Images', level: 1 }).waitFor()
    expect(await shown.page.locator('html').getAttribute('lang')).toBe('en')
    expect(shown.errors).toEqual([])
  })

  it('is used by keyboard, from the link that skips the navigation on', async () => {
    await using shown = await opened.open()
    await shown.open('/images')
    await shown.page.keyboard.press('Tab')
    expect(await shown.page.evaluate('document.activeElement.className')).toBe('skip-link')
    await shown.page.keyboard.press('Enter')
    expect(await shown.page.evaluate('document.activeElement.id')).toBe('main')
  })

  it('builds from a Dockerfile: marks a mistake, explains a failure, and succeeds', async () => {
    expect(await buildAndMend(opened)).toEqual([])
  })

  it('cancels a build once somebody is sure', async () => {
    expect(await cancelBuild(opened)).toEqual([])
  })

  it('builds from lists of packages: marks a mistake, and shows the Dockerfile before', async () => {
    expect(await buildPackages(opened)).toEqual([])
  })

  it('browses and uses an official image', async () => {
    await publishOfficial(opened)
    expect(await useOfficial(opened)).toEqual([])
  })

  it('rolls a name back, and compares the two versions', async () => {
    expect(await rollBackAndCompare(opened)).toEqual([])
  })

  it('saves an environment as an image, without what is not wanted', async () => {
    expect(await saveEnvironment(opened)).toEqual([])
  })

  it('answers while 10,000 lines a second come, finds one of them and links to it', async () => {
    expect(await readFlood(opened)).toEqual([])
  })

  it.each([
    ['/images/custom', 'images-custom'],
    ['/images/new', 'new-build'],
    ['/builds', 'builds'],
    ['/nowhere', 'not-found'],
  ])('lets nobody down at %s, wide, narrow, light or dark', async (path, name) => {
    await using shown = await opened.open()
    await shown.open(path)
    await shown.page.locator('[aria-busy="true"]').first().waitFor({ state: 'detached' })
    await shown.show(name)
    await shown.expectAccessible()
    await shown.page.emulateMedia({ colorScheme: 'dark', reducedMotion: 'reduce' })
    await shown.page.setViewportSize({ width: 390, height: 844 })
    await shown.expectAccessible()
    await shown.expectNoSideways()
    expect(shown.errors).toEqual([])
  })

  it.each(['compatibility', 'contents', 'history'])(
    'tells what there is to know of an image: %s',
    async (tab) => {
      await using shown = await opened.open()
      const image = (await opened.api.images()).find((one) => one.name === 'browser/app:1')
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
