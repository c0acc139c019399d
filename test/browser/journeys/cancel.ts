import type { Page } from 'playwright-core'
import { expect } from 'vitest'
import { type ConsoleFarm, patienceMs } from '../open-farm.ts'

/** A build that runs, and is cancelled once somebody is sure; the same again on its own page, and again. */
export async function cancelBuild({ farm, api, open }: ConsoleFarm): Promise<readonly string[]> {
  await using shown = await open('en')
  const { page } = shown
  const id = await api.submit({
    name: 'browser/slow:1',
    dockerfile: `FROM ${farm.baseImage}\nRUN echo begun; sleep 300\n`,
  })
  await shown.open(`/builds/${id}`)
  await hasBegun(page)
  await shown.show('build-running')
  await cancelShown(page)
  expect((await api.read(id)).status).toBe('cancelled')

  await page.getByRole('button', { name: 'Build again' }).click()
  await page.waitForURL((url) => !url.pathname.endsWith(id))
  const next = page.url().split('/').at(-1) ?? ''
  await page.locator('.log-live').waitFor({ timeout: patienceMs })
  await hasBegun(page)
  await cancelShown(page)
  expect((await api.read(next)).status).toBe('cancelled')
  return shown.errors
}

async function hasBegun(page: Page): Promise<void> {
  const line = page.locator('.log-text').getByText('begun', { exact: true })
  await line.waitFor({ timeout: patienceMs })
}

async function cancelShown(page: Page): Promise<void> {
  await page.getByRole('button', { name: 'Cancel the build' }).click()
  const question = page.getByRole('dialog')
  await question.getByText('nothing is published').waitFor()
  await question.getByRole('button', { name: 'Cancel the build' }).click()
  await page.locator('.page-header').getByText('Cancelled').waitFor()
}
