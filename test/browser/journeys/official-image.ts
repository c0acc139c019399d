import { expect } from 'vitest'
import { connect } from '../../../records/connect.ts'
import { type ConsoleFarm, patienceMs } from '../open-farm.ts'

const name = 'browser/official:1'

/** Two versions of an image that is official: only those that a farm brings along are, and these want a network. */
export async function publishOfficial({ farm, api }: ConsoleFarm): Promise<void> {
  for (const number of [1, 2]) {
    const dockerfile = `FROM ${farm.baseImage}\nRUN echo ${number} > /number\nCMD ["sleep", "600"]\n`
    const id = await api.submit({ name, description: 'For everybody', dockerfile })
    const built = await api.until(id, ({ status }) => status !== 'building', patienceMs)
    expect(built).toMatchObject({ status: 'succeeded' })
  }
  const db = connect(farm.databaseUrl)
  await db.updateTable('images').set({ is_official: true }).where('name', '=', name).execute()
  await db.destroy()
}

/** From its card to a container that starts. */
export async function useOfficial({ farm, open }: ConsoleFarm): Promise<readonly string[]> {
  await using shown = await open()
  const { page } = shown
  await shown.open('/images')
  await page.getByLabel('按名称搜索').fill('official')
  const card = page.locator('.image-card', { hasText: name })
  await card.getByText('已验证可运行').waitFor()
  await shown.show('images-official')
  await shown.expectAccessible()
  await card.getByRole('button', { name: '使用' }).click()
  const dialog = page.getByRole('dialog')
  await dialog.getByText('从此镜像启动一个容器').waitFor()
  await dialog.getByText('运行时长、磁盘与命令').click()
  await dialog.getByLabel('空闲多久后停止（小时）').fill('2')
  await shown.show('start-environment')
  await shown.expectAccessible()
  await dialog.getByRole('button', { name: '启动', exact: true }).click()
  await page.getByText(/环境 env-\w+ 正在启动/).waitFor()
  await using db = connect(farm.databaseUrl)
  const started = db
    .selectFrom('environments')
    .select('idle_seconds')
    .where('name', 'like', `${name}%`)
  expect(await started.execute()).toContainEqual({ idle_seconds: 7200 })
  return shown.errors
}

/** Back to its first version once somebody has read what that does, and what sets the two apart. */
export async function rollBackAndCompare({ open }: ConsoleFarm): Promise<readonly string[]> {
  await using shown = await open()
  const { page } = shown
  await shown.open('/images')
  await page.getByRole('link', { name }).click()
  const first = page.getByRole('row', { name: /v1/ })
  await first.getByRole('button', { name: '回滚到此版本' }).click()
  const question = page.getByRole('dialog')
  await question.getByText(`名称 ${name} 将指向版本 1`).waitFor()
  await question.getByRole('button', { name: '回滚到此版本' }).click()
  await first.getByText('当前版本').waitFor({ timeout: patienceMs })
  await shown.show('image-versions')
  await shown.expectAccessible()
  await page.getByRole('checkbox', { name: '选择版本 1' }).press('Space')
  await page.getByRole('checkbox', { name: '选择版本 2' }).press('Space')
  await page.getByRole('button', { name: '对比' }).click()
  await page.getByText('新增 1 层，移除 1 层').waitFor()
  await shown.show('image-diff')
  await page.keyboard.press('Escape')
  await page.getByRole('link', { name: '变更历史' }).click()
  await page.getByRole('row', { name: /回滚.*v2 → v1.*已完成/ }).waitFor({ timeout: patienceMs })
  await page.getByRole('link', { name: '兼容性' }).click()
  await page.getByRole('combobox', { name: '版本' }).click()
  await page.getByRole('option', { name: 'v2' }).click()
  await page.getByText('v2', { exact: true }).first().waitFor()
  await shown.show('image-compatibility')
  await shown.expectAccessible()
  return shown.errors
}
