import { expect } from 'vitest'
import { type ConsoleFarm, patienceMs, writeDockerfile } from '../open-farm.ts'

/** A Dockerfile with a mistake, then one that fails, then one that is published. */
export async function buildAndMend({ farm, open }: ConsoleFarm): Promise<readonly string[]> {
  await using shown = await open()
  const { page } = shown
  await shown.open('/images/new')
  await page.getByLabel('镜像名称').fill('browser/app:1')
  await writeDockerfile(shown, `FROM ${farm.baseImage}\nRUNN echo hello\n`)
  await page.locator('.faults').getByText('第 2 行').waitFor()
  await shown.show('new-build-mistake')
  await shown.expectAccessible()

  await writeDockerfile(shown, `FROM ${farm.baseImage}\nRUN echo before && exit 3\nRUN true\n`)
  await page.getByText('检查通过').waitFor()
  await page.getByRole('button', { name: '开始构建' }).click()
  await page.getByText('构建步骤出错').waitFor({ timeout: patienceMs })
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
  const green = String.raw`RUN printf "\033[32mgreen\033[0m\n"`
  await writeDockerfile(shown, `FROM ${farm.baseImage}\n${green}\n`)
  await page.getByText('检查通过').waitFor()
  await page.getByRole('button', { name: '开始构建' }).click()
  await page.getByText('browser/app:1 版本 1 已发布').waitFor({ timeout: patienceMs })
  await page.locator('.log-text .ansi-green').getByText('green').waitFor()
  await shown.show('build-succeeded')
  await shown.expectAccessible()
  return shown.errors
}
