import { loadavg } from 'node:os'
import type { ConsoleFarm } from '../open-farm.ts'

/** Notes in the page, in ms since it was asked for, when its heading is drawn, and when its main button has reacted. */
const watchButton = `(() => {
  const look = () => {
    const button = document.querySelector('.page-header .el-button--primary')
    if (!button) return requestAnimationFrame(look)
    window.drawnAt = performance.now()
    const before = location.pathname
    button.click()
    const reacted = () => {
      if (location.pathname === before) return requestAnimationFrame(reacted)
      window.reactedAt = performance.now()
    }
    reacted()
  }
  requestAnimationFrame(look)
})()`

const whenReacted = `new Promise((tell) => {
  const look = () => {
    if (window.reactedAt === undefined) requestAnimationFrame(look)
    else tell([window.drawnAt, window.reactedAt])
  }
  look()
})`

const sentBytes = `performance.getEntriesByType('resource').concat(performance.getEntriesByType('navigation'))
  .filter(({ name }) => name.includes('/console/')).reduce((sum, { encodedBodySize }) => sum + encodedBodySize, 0)`

/** @returns the bytes, packed, of all that the first page needs. */
export async function loadFirstPage({ open }: ConsoleFarm): Promise<number> {
  await using shown = await open()
  await shown.open('/images')
  const bytes = await shown.page.evaluate<number>(sentBytes)
  return bytes
}

/** Says how long somebody waits who comes for the first time, which is mostly the machine's to decide. @returns it in ms. */
export async function timeFirstPage({ farm, open }: ConsoleFarm): Promise<number> {
  await using shown = await open()
  await shown.page.addInitScript(watchButton)
  await shown.page.goto(new URL('/console/images', farm.url).href)
  const [drawn, reacted] = await shown.page.evaluate<[number, number]>(whenReacted)
  process.stdout.write(
    `first page: drawn after ${drawn.toFixed(0)} ms, its button answers after ${reacted.toFixed(0)} ms (load ${loadavg()[0]?.toFixed(1)})\n`,
  )
  return reacted
}
