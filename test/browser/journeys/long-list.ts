import { sql } from 'kysely'
import type { Page } from 'playwright-core'
import { expect } from 'vitest'
import type { Pool } from '../../../records/connect.ts'
import { notify } from '../../../records/notify.ts'

const images = 100_000
const scrolledTo = 98_500
const nameOf = (number: number) => `many/image-${String(number).padStart(6, '0')}:1`

/** A library with more images than anybody looks at, the newest with the highest number. */
export async function fillLibrary(db: Pool): Promise<void> {
  await addImages(db, 1, images)
}

async function addImages(db: Pool, from: number, to: number): Promise<void> {
  await sql`
    insert into images (project_id, name, repository, tag, description, category, registry, size, visibility)
    select projects.id, 'many/image-' || lpad(number::text, 6, '0') || ':1', 'many/image-' || lpad(number::text, 6, '0'),
      '1', 'One of many', 'custom', '127.0.0.1:1', number, 'project'
    from projects, generate_series(${sql.lit(from)}::int, ${sql.lit(to)}::int) number
    where projects.name = 'default' order by number`.execute(db)
}

/**
 * Scrolls through thousands of the custom images: pages come by themselves, and none is missed for another that arrives
 * meanwhile. @returns how many rows were drawn then.
 */
export async function scrollLongList(page: Page, db: Pool, address: string): Promise<number> {
  const first = page.getByRole('link', { name: nameOf(images) })
  const drawn = page.locator('.data-table tbody tr:not(.table-gap)')
  await page.goto(address)
  await first.waitFor()
  const begun = performance.now()
  const lowest = async () => {
    await page.mouse.wheel(0, 20_000)
    return (await readNumbers(page)).at(-1)
  }
  await expect.poll(lowest, { timeout: 240_000, interval: 20 }).toBeLessThan(scrolledTo)
  const seconds = ((performance.now() - begun) / 1000).toFixed(1)
  const rows = await drawn.count()
  process.stdout.write(
    `${images} images: 1,500 scrolled past in ${seconds} s, ${rows} rows in the page\n`,
  )
  expect(await first.count()).toBe(0)

  const again = page.waitForResponse(
    (answer) => answer.url().includes('/api/images?') && !answer.url().includes('cursor='),
  )
  await addImages(db, images + 1, images + 1)
  await notify(db, 'kiln_moves')
  await again
  await expectNoneMissing(page)
  await page.evaluate('window.scrollTo(0, 0)')
  await page.getByRole('link', { name: nameOf(images + 1) }).waitFor()
  await first.waitFor()
  await expectNoneMissing(page)
  await page.getByLabel('Search by name').fill('image-000777')
  await page.getByRole('link', { name: nameOf(777) }).waitFor()
  return rows
}

/** The numbers of the images that are drawn. */
async function readNumbers(page: Page): Promise<readonly number[]> {
  const names = await page.locator('.data-table tbody td:first-child a').allInnerTexts()
  return names.map((name) => Number(/\d{6}/.exec(name)?.[0]))
}

/** Of those that are drawn, which others are for a moment after a jump. */
async function expectNoneMissing(page: Page): Promise<void> {
  const jumps = async () => {
    const numbers = await readNumbers(page)
    return numbers.flatMap((number, at) => {
      const before = numbers[at - 1] ?? number + 1
      return before === number + 1 ? [] : [`${before} then ${number}`]
    })
  }
  await expect.poll(jumps, { timeout: 60_000 }).toEqual([])
}
