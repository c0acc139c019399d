import type { Page } from 'playwright-core'
import { expect } from 'vitest'
import type { Pool } from '../../../records/connect.ts'
import { enqueue } from '../../queue/kit.ts'

const more = 80
const patienceMs = 60_000

/**
 * Far down a queue that moves nobody is thrown back, and what was asked about a build stays open.
 * @returns whether it is cancelled in the end.
 */
export async function orderFarDown(page: Page, db: Pool, address: string): Promise<boolean> {
  const { id: project } = await db
    .selectFrom('projects')
    .select('id')
    .where('name', '=', 'default')
    .executeTakeFirstOrThrow()
  const added = await enqueue(db, project, more)
  await page.goto(address)
  const table = page.getByRole('table', { name: 'Queue' })
  const countRows = async () => {
    await page.mouse.wheel(0, 20_000)
    return Number(await table.getAttribute('aria-rowcount'))
  }
  await expect.poll(countRows, { timeout: patienceMs }).toBeGreaterThan(more)
  const rows = await countRows()

  const last = table.getByRole('row').last()
  const asked = await last.getByRole('link').first().getAttribute('href')
  expect(added.some((id) => asked?.endsWith(id))).toBe(true)
  await last.getByRole('button', { name: /^Actions/ }).click()
  await page.getByRole('menuitem', { name: 'Cancel the build' }).click()
  const dialog = page.getByRole('dialog', { name: /^Cancel the build of/ })
  await dialog.waitFor()
  await enqueue(db, project, 1)
  await expect
    .poll(async () => table.getAttribute('aria-rowcount'), { timeout: patienceMs })
    .toBe(String(rows + 1))
  await dialog.getByRole('button', { name: 'Cancel the build' }).click()
  await dialog.waitFor({ state: 'hidden' })
  const cancelled = await db
    .selectFrom('builds')
    .select('cancel_requested_at')
    .where('id', '=', asked?.split('/').at(-1) ?? '')
    .executeTakeFirstOrThrow()
  return cancelled.cancel_requested_at !== null
}
