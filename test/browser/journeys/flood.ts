import { expect } from 'vitest'
import type { Page } from 'playwright-core'
import { type ConsoleFarm, patienceMs } from '../open-farm.ts'

const linesPerBatch = 1_000
const batches = 60
const lines = linesPerBatch * batches
/** A page that draws nothing for so long is frozen, however busy the machine; a click takes many frames. */
const frozenMs = 10_000
const unansweredMs = 20_000
const lineHeight = 20
/** Ten batches a second are 10,000 lines. */
const loud = `i=0; while [ $i -lt ${batches} ]; do seq $((i * ${linesPerBatch} + 1)) $(((i + 1) * ${linesPerBatch})); i=$((i + 1)); sleep 0.1; done`

/** Notes in the page how long it goes without drawing. */
const watchFrames = `
  window.frameGaps = []
  let last = performance.now()
  const frame = (now) => { window.frameGaps.push(now - last); last = now; requestAnimationFrame(frame) }
  requestAnimationFrame(frame)
`

/** A log of 10,000 lines a second: the page answers meanwhile, and has every line in the end. */
export async function readFlood({ farm, api, open }: ConsoleFarm): Promise<readonly string[]> {
  await using shown = await open()
  const { page } = shown
  const id = await api.submit({
    name: 'browser/loud:1',
    dockerfile: `FROM ${farm.baseImage}\nRUN ${loud}\n`,
  })
  await shown.open(`/builds/${id}`)
  await page.evaluate(watchFrames)
  await page
    .locator('.log-text')
    .getByText(/^\d{4,}$/)
    .first()
    .waitFor({ timeout: patienceMs })
  const begun = performance.now()
  const clicks = await clickThrough(page)
  await page
    .locator('.log-text')
    .getByText(String(lines), { exact: true })
    .waitFor({ timeout: patienceMs })
  const gaps = await page.evaluate<number[]>('window.frameGaps')
  const [gap, click] = [Math.max(...gaps), Math.max(...clicks)]
  const seconds = (performance.now() - begun) / 1000
  process.stdout.write(
    `${lines} lines of log, ${(lines / seconds).toFixed(0)} a second: longest time without a frame ${gap.toFixed(0)} ms, longest wait for a click ${click.toFixed(0)} ms of ${clicks.length}\n`,
  )
  expect(gap).toBeLessThan(frozenMs)
  expect(click).toBeLessThan(unansweredMs)
  const height = await page.locator('.log-lines').evaluate((element) => element.scrollHeight)
  expect(height / lineHeight).toBeGreaterThanOrEqual(lines)
  expect(await page.locator('.log-line').count()).toBeLessThan(200)

  await page.getByLabel('搜索日志').fill('31415')
  const current = page.locator('.log-line.is-current')
  await current.getByText('31415', { exact: true }).waitFor()
  await current.locator('.log-number').click()
  expect(page.url()).toMatch(/#L1\.\d+$/)
  await page.reload()
  await page.locator('.log-line.is-linked').getByText('31415', { exact: true }).waitFor()
  return shown.errors
}

/** Clicks on something while lines come. @returns how long each took until the page had answered, in ms. */
async function clickThrough(page: Page): Promise<readonly number[]> {
  const details = page.locator('details summary', { hasText: 'Dockerfile' })
  const took: number[] = []
  for (const state of ['open', 'closed', 'open', 'closed']) {
    const begun = performance.now()
    await details.click()
    await page
      .locator(state === 'open' ? 'details[open]' : 'details:not([open])')
      .first()
      .waitFor()
    took.push(performance.now() - begun)
  }
  return took
}
