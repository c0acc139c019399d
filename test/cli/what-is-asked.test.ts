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
const image = { id: 7, name: 'app:1', description: '', category: 'x', size: 1, is_official: true }
const library = { 'GET /api/images': { images: [image] } }
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

it('changes what is told of an image, and who reads it', async () => {
  const changed = async (options: string) => {
    const { asked } = await ask(`images set app:1 ${options}`, library)
    return asked.at(-1)
  }
  expect(await changed('--visibility project --share vision --share speech')).toMatchObject({
    method: 'PATCH',
    path: '/api/images/7',
    body: { visibility: 'project', shared_with: ['vision', 'speech'] },
  })
  expect(await changed('--no-share --no-rebuild-on-base')).toMatchObject({
    body: { shared_with: [], rebuild_on_base: false },
  })
  expect(await ask('images set app:1', library)).toMatchObject({ code: 2, asked: [] })
  const { asked } = await ask('images ls --search pytorch', library)
  expect(asked[0]?.path).toBe('/api/images?q=pytorch')
})

it.each([
  ['pin app:1 3', { pinned: true }],
  ['unpin app:1 3', { pinned: false }],
  ['deprecate app:1 3 --reason old', { deprecated: 'old' }],
  ['undeprecate app:1 3', { deprecated: null }],
])('notes with `images %s`', async (line, body) => {
  const { asked } = await ask(`images ${line}`, library)
  expect(asked.at(-1)).toEqual({ method: 'PATCH', path: '/api/images/7/versions/3', body })
})

it('has an official image built', async () => {
  const { stdout, asked } = await ask('images build app:1 -d --progress json', {
    ...library,
    'POST /api/images/7/builds': { build_id: 'build-1', status: 'building' },
  })
  expect(asked.map(({ method, path }) => `${method} ${path}`)).toEqual([
    'GET /api/images?name=app%3A1',
    'POST /api/images/7/builds',
    'GET /api/builds/build-1?lang=en',
  ])
  expect(stdout).toBe('')
})
