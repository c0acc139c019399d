import { expect } from 'vitest'
import { type ConsoleFarm, patienceMs } from '../open-farm.ts'

/** A base whose apt installs a file by the name of each package: there is no network to bring others. */
const apt = `RUN <<EOF
cat > /bin/apt-get <<'END'
#!/bin/sh
case "$*" in
  *update*) echo "lists are read" ;;
  *) for name in "$@"; do echo "Setting up $name"; done; touch /usr/bin/jq ;;
esac
END
mkdir -p /usr/bin; chmod +x /bin/apt-get
EOF`

/** A list with a mistake, its Dockerfile, and the build of it. */
export async function buildPackages({ farm, api, open }: ConsoleFarm): Promise<readonly string[]> {
  const id = await api.submit({
    name: 'browser/base:1',
    dockerfile: `FROM ${farm.baseImage}\n${apt}\n`,
  })
  const base = await api.until(id, ({ status }) => status !== 'building', patienceMs)
  expect(base).toMatchObject({ status: 'succeeded' })
  await using shown = await open('en')
  const { page } = shown
  await shown.open('/images/new?base=browser/base:1')
  await page.getByLabel('Name', { exact: true }).fill('browser/packages:1')
  await page.getByText('Base image and packages', { exact: true }).click()
  const list = page.getByLabel('apt packages')
  await list.fill('jq\n--allow-unauthenticated\n')
  await page.locator('.field-error').first().waitFor()
  await shown.show('packages-mistake')
  await shown.expectAccessible()
  await list.fill('jq\n')
  await page.getByText('environment.yml, pyproject.toml and lock').click()
  const project = page.locator('.form-field', { has: page.getByLabel('pyproject.toml').first() })
  const buffer = Buffer.from('[project\n')
  const chosen = { name: 'pyproject.toml', mimeType: 'text/plain', buffer }
  await project.locator('input[type=file]').setInputFiles(chosen)
  await project.locator('.field-error').first().waitFor()
  await shown.show('packages-files')
  await shown.expectAccessible()
  await project.locator('textarea').fill('')
  await page.getByText('The Dockerfile that is built').waitFor()
  await page.locator('.cm-content').getByText('FROM browser/base:1').waitFor()
  await shown.show('packages')
  await shown.expectAccessible()
  await page.getByRole('button', { name: 'Start the build' }).click()
  await page
    .getByText('browser/packages:1 is published as version 1')
    .waitFor({ timeout: patienceMs })
  await page.locator('.log-text').getByText('Setting up jq', { exact: true }).waitFor()
  return shown.errors
}
