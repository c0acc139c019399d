import { readFile } from 'node:fs/promises'
import { expect, it } from 'vitest'
import { environmentReasons } from '#contract/environment-reason.ts'
import { failures } from '#contract/failure.ts'
import { troubleshootingPage } from './page.ts'

const docs = new URL('../../docs/', import.meta.url)

it.each([
  ['en', 'troubleshooting.md'],
  ['zh', 'zh-CN/troubleshooting.md'],
] as const)(
  'the page in %s is what the tables say: node tools/write-troubleshooting.ts',
  async (language, file) => {
    expect(await readFile(new URL(file, docs), 'utf8')).toBe(troubleshootingPage(language))
  },
)

it('leaves no code out', () => {
  const page = troubleshootingPage('zh')
  for (const code of [...Object.keys(failures), ...Object.keys(environmentReasons)])
    expect(page).toContain(`\n| \`${code}\` |`)
})
