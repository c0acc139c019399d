import { execFile } from 'node:child_process'
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { expect, it } from 'vitest'
import { startTestDaemon } from './daemon.ts'

const client = new URL('../../agent/buildkit/', import.meta.url)

it('shows an example that builds an image', async () => {
  await using daemon = await startTestDaemon()
  const project = await daemon.busybox()
  await writeFile(join(project, 'Dockerfile'), 'FROM scratch\nCOPY bin /bin\n')
  const readme = await readFile(new URL('README.md', client), 'utf8')
  const example = /^```ts\n(.*?)^```/ms.exec(readme)?.[1] ?? ''
  const here = example
    .replaceAll("from './", `from '${client.href}`)
    .replaceAll('/path/to/project', project)
    .replaceAll('unix:///run/buildkit/buildkitd.sock', daemon.address)
  const script = join(daemon.folder, 'example.ts')
  await writeFile(script, here)
  const { stdout } = await promisify(execFile)(process.execPath, [script])
  expect(stdout).toMatch(/^sha256:[0-9a-f]{64}\n$/)
})
