import { expect } from 'vitest'
import { type ConsoleFarm, patienceMs } from '../open-farm.ts'

/** A build that runs, and is cancelled once somebody is sure. */
export async function cancelBuild({ farm, api, open }: ConsoleFarm): Promise<readonly string[]> {
  await using shown = await open('en')
  const { page } = shown
  const id = await api.submit({
    name: 'browser/slow:1',
    dockerfile: `FROM ${farm.baseImage}\nRUN echo begun; sleep 300\n`,
  })
  await shown.open(`/builds/${id}`)
  await page
    .locator('.log-text')
    .getByText('begun', { exact: true })
    .waitFor({ timeout: patienceMs })
  await shown.show('build-running')
  await page.getByRole('button', { name: 'Cancel the build' }).click()
  const question = page.getByRole('dialog')
  await question.getByText('nothing is published').waitFor()
  await question.getByRole('button', { name: 'Cancel the build' }).click()
  await page.locator('.page-header').getByText('Cancelled').waitFor()
  expect((await api.read(id)).status).toBe('cancelled')
  return shown.errors
}
