import { sql } from 'kysely'
import type { Page } from 'playwright-core'
import { expect } from 'vitest'
import type { Pool } from '../../../records/connect.ts'

const images = 100_000
const scrolledTo = 98_500
const nameOf = (number: number) => `many/image-${String(number).padStart(6, '0')}:1`

/** A library with more images than anybody looks at, the newest with the highest number. */
export async function fillLibrary(db: Pool): Promise<void> {
  await sql`
    insert into images (project_id, name, repository, tag, description, category, registry, size, visibility)
    select projects.id, 'many/image-' || lpad(number::text, 6, '0') || ':1', 'many/image-' || lpad(number::text, 6, '0'),
      '1', 'One of many', 'custom', '127.0.0.1:1', number, 'project'
    from projects, generate_series(1, ${sql.lit(images)}) number
    where projects.name = 'default' order by number`.execute(db)
}

/** Scrolls through thousands of the custom images: pages come by themselves. @returns how many rows were drawn then. */
export async function scrollLongList(page: Page, address: string): Promise<number> {
  const first = page.getByRole('link', { name: nameOf(images) })
  const drawn = page.locator('.data-table tbody tr:not(.table-gap)')
  await page.goto(address)
  await first.waitFor()
  const begun = performance.now()
  const lowest = async () => {
    await page.mouse.wheel(0, 20_000)
    const name = await drawn.last().getByRole('link').first().innerText()
    return Number(/\d{6}/.exec(name)?.[0])
  }
  await expect.poll(lowest, { timeout: 240_000, interval: 20 }).toBeLessThan(scrolledTo)
  const seconds = ((performance.now() - begun) / 1000).toFixed(1)
  const rows = await drawn.count()
  process.stdout.write(
    `${images} images: 1,500 scrolled past in ${seconds} s, ${rows} rows in the page\n`,
  )
  expect(await first.count()).toBe(0)
  await page.evaluate('window.scrollTo(0, 0)')
  await first.waitFor()
  await page.getByLabel('Search by name').fill('image-000777')
  await page.getByRole('link', { name: nameOf(777) }).waitFor()
  return rows
}
