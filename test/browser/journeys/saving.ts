import { expect } from 'vitest'
import { createEnvironmentClient } from '../../environments/client.ts'
import { type ConsoleFarm, patienceMs } from '../open-farm.ts'

/** An environment that has written something, from its page to an image: what is saved is seen before. */
export async function saveEnvironment(given: ConsoleFarm): Promise<readonly string[]> {
  const { farm, open } = given
  const environments = createEnvironmentClient(farm)
  const script = [
    'mkdir -p /work /scratch /root; echo mine > /work/notes',
    'head -c 2000000 /dev/urandom > /scratch/data',
    'echo "machine x login y password z" > /root/.netrc; echo written; exec sleep 6000',
  ].join('\n')
  const id = await environments.run({ image: 'browser/app:1', command: ['sh', '-c', script] })
  await expect.poll(async () => environments.log(id), { timeout: patienceMs }).toContain('written')
  await using shown = await open()
  const { page } = shown
  await shown.open('/images/new')
  await page.getByLabel('镜像名称').fill('browser/saved:1')
  await page.getByText('运行中的环境').click()
  await page.getByRole('combobox', { name: '要保存的环境' }).press('Enter')
  await page.getByRole('option', { name: id }).click()
  await shown.expectAccessible()
  await page.getByRole('button', { name: '预览并保存' }).click()
  const scratch = page.locator('.save-row', { hasText: '/scratch' }).locator('.el-checkbox')
  await scratch.waitFor()
  expect(await page.getByRole('checkbox', { name: '/root/.netrc' }).isChecked()).toBe(false)
  await shown.show('save')
  await shown.expectAccessible()
  const written = page.locator('form.save .fact', { hasText: '写入' }).locator('dd')
  expect(await written.innerText()).toMatch(/1\.9\sMiB/)
  await scratch.click()
  await expect.poll(async () => written.innerText(), { timeout: patienceMs }).not.toContain('MiB')
  await page.getByRole('button', { name: '生成软件包列表' }).click()
  await page.getByText('没有新增软件包').waitFor()
  expect(await page.getByLabel('保存为', { exact: true }).inputValue()).toBe('browser/saved:1')
  await page.getByRole('button', { name: '保存为镜像' }).click()
  await page.getByText('browser/saved:1 版本 1 已发布').waitFor({ timeout: patienceMs })
  await page
    .locator('.log-text')
    .getByText(/left out \/root\/\.netrc/)
    .waitFor()
  await environments.stop(id)
  return shown.errors
}
