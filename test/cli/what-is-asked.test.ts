import { tmpdir } from 'node:os'
import { expect, it } from 'vitest'
import { startFakeServer } from './kit/fake-server.ts'
import { runInProcess } from './kit/in-process.ts'

/** What a command line asks of a server that knows these answers. */
async function ask(
  line: string | readonly string[],
  answers: Readonly<Record<string, object>> = {},
) {
  await using server = await startFakeServer(answers)
  const args = typeof line === 'string' ? line.split(' ') : line
  const ran = await runInProcess(args, { server: server.url, home: tmpdir() })
  return { ...ran, asked: [...server.asked] }
}

const env = `env-${'0'.repeat(26)}`
const at = '2026-01-01T00:00:00Z'

it('starts an environment of a version, and tells its own version still', async () => {
  const { asked } = await ask('env start app:1 --version 3 -- prog --version')
  expect(asked).toMatchObject([
    { path: '/api/environments?lang=en', body: { version: 3, command: ['prog', '--version'] } },
  ])
  expect(await ask('--version')).toMatchObject({ code: 0, stdout: '0\n', asked: [] })
})

it('lists environments of a state, and what has happened to one', async () => {
  const { asked } = await ask('env ls --state failed')
  expect(asked).toMatchObject([{ path: '/api/environments?state=failed&lang=en' }])
  expect(await ask('env ls --state sleepy')).toMatchObject({ code: 2, asked: [] })
  const reason = { code: 'idle', text: 'Nobody used it' }
  const events = [{ start: 2, state: 'stopped', at, reason }]
  const { stdout } = await ask(`env events ${env}`, {
    [`GET /api/environments/${env}/events`]: { events },
  })
  expect(stdout).toMatch(/^2026-01-01T00:00:00Z +2 +stopped +Nobody used it$/m)
})
