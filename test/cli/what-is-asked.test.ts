import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
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

/** What a build of a package is submitted as, with these options. */
async function submitted(options: string) {
  const line = `build -d -t app:1 --base python:3 --pip six ${options}`
  const { asked } = await ask(line.trim(), {
    'POST /api/images/build': { build_id: 'build-1', status: 'building' },
  })
  return asked[0]?.body
}

it('says of a build no more than the command line does', async () => {
  expect(await submitted('')).toEqual({
    project: 'default',
    name: 'app:1',
    base_image: 'python:3',
    packages: { pip: ['six'] },
    options: { build_args: {}, labels: {} },
  })
})

it.each([
  [
    '--memory 8GiB --cpus 1.5 --shm-size 1GiB --nofile 4096',
    { limits: { memory: 8 * 1024 ** 3, cpus: 1.5, shm_size: 1024 ** 3, nofile: 4096 } },
  ],
  [
    '--build-timeout 1 --verify-timeout 2 --push-timeout 3 --silence-timeout 4 --total-timeout 5',
    { timeouts: { build: 1, verify: 2, push: 3, no_output: 4, total: 5 } },
  ],
  ['--compression gzip --compression-level 9', { compression: { type: 'gzip', level: 9 } }],
  ['--no-recompress', { compression: { type: 'zstd', force: false } }],
  ['--compression uncompressed', { compression: { type: 'uncompressed' } }],
  ['--cache-import --cache-export max', { cache: { import: true, export: 'max' } }],
  ['--reproducible', { reproducible: true }],
  ['--source-date-epoch 0', { reproducible: { source_date_epoch: 0 } }],
  [
    '--ssh deploy --ssh other=key',
    {
      ssh: [
        { id: 'default', secret: 'deploy' },
        { id: 'other', secret: 'key' },
      ],
    },
  ],
])('submits %s', async (options, expected) => {
  expect(await submitted(options)).toMatchObject({ options: expected })
})

it.each(['--memory lots', '--cpus -1', '--compression lzma', '--cache-export all', '--ssh =key'])(
  'asks for nothing with %s',
  async (options) => {
    const line = `build -t app:1 --base python:3 --pip six ${options}`
    expect(await ask(line)).toMatchObject({ code: 2, asked: [] })
  },
)

const shown = {
  dockerfile: 'FROM python:3\nRUN pip install six\n',
  packages: null,
  base: null,
  warnings: [{ code: 'x', message: 'It needs CUDA 12.', fix: 'Take another.' }],
}

it('prints what would be built, and has nothing built', async () => {
  await using root = await makeFolder({ Dockerfile: 'FROM scratch\nCOPY . /\n', kept: 'yes' })
  const preview = { 'POST /api/images/preview': shown }
  const { code, stdout, stderr, asked } = await ask(['build', '--preview', root.path], preview)
  expect([code, stdout]).toEqual([0, shown.dockerfile])
  expect(stderr).toBe('Warning: It needs CUDA 12. Take another.\n')
  const dockerfile = 'FROM scratch\nCOPY . /\n'
  expect(asked).toMatchObject([
    {
      path: '/api/images/preview?lang=en',
      body: { dockerfile, context: expect.stringMatching(/^sha256:[0-9a-f]{64}$/) },
    },
  ])
  const document = await ask(['build', '--preview', '--json', root.path], preview)
  expect(JSON.parse(document.stdout)).toEqual(shown)
  expect(await ask(['build', root.path])).toMatchObject({ code: 2, asked: [] })
})

it('takes files of Python projects, and the packages of a version again', async () => {
  await using root = await makeFolder({ 'pyproject.toml': '[project]', 'uv.lock': 'version = 1' })
  const files = [
    '--pyproject',
    join(root.path, 'pyproject.toml'),
    '--lock',
    join(root.path, 'uv.lock'),
  ]
  const preview = ['build', '--preview'] as const
  const put = await ask([...preview, '--base', 'python:3', ...files])
  expect(put.asked[0]?.body).toMatchObject({
    packages: { pyproject: '[project]', lock: 'version = 1' },
  })
  const named = await ask([...preview, '--from-lock', 'team/app:1@3'])
  expect(named.asked.at(-1)?.body).toMatchObject({ from_lock: { image: 'team/app:1', version: 3 } })
  const version = {
    number: 4,
    digest: 'sha256:0',
    reference: 'registry/app@sha256:0',
    size: 1,
    current: true,
    pinned: false,
    deprecated: null,
    verification: null,
    created_at: at,
    deletion: null,
    missing: [],
  }
  const current = await ask([...preview, '--from-lock', 'app:1'], {
    ...library,
    'GET /api/images/7/versions': {
      versions: [{ ...version, number: 5, current: false }, version],
    },
  })
  expect(current.asked.at(-1)?.body).toMatchObject({ from_lock: { image: 'app:1', version: 4 } })
  for (const wrong of [['app:1', '--pip', 'six'], ['app:1@none']])
    expect(await ask([...preview, '--from-lock', ...wrong])).toMatchObject({ code: 2, asked: [] })
})

async function makeFolder(files: Readonly<Record<string, string>>) {
  const path = await mkdtemp(join(tmpdir(), 'kiln-cli-'))
  for (const [name, content] of Object.entries(files)) await writeFile(join(path, name), content)
  return { path, [Symbol.asyncDispose]: async () => rm(path, { recursive: true, force: true }) }
}

it('saves with another configuration than the parent has', async () => {
  const path = `POST /api/environments/${env}/save`
  const line = [
    'save',
    env,
    '-t',
    'app:2',
    '--cmd',
    '["serve", "--port"]',
    '--entrypoint',
    'run me',
  ]
  const more = ['--user', '1000', '--workdir', '/srv', '--env', 'A=1=2', '--unset-env', 'B']
  const labels = ['--label', 'team', '--unset-label', 'old', '-d']
  const { asked } = await ask([...line, ...more, ...labels], { [path]: { build_id: 'build-1' } })
  expect(asked[0]?.body).toMatchObject({
    name: 'app:2',
    config: {
      cmd: ['serve', '--port'],
      entrypoint: ['/bin/sh', '-c', 'run me'],
      user: '1000',
      workdir: '/srv',
      env: { A: '1=2', B: null },
      labels: { team: '', old: null },
    },
  })
  expect(await ask(['save', env, '-t', 'a', '--cmd', '[1]'])).toMatchObject({ code: 2, asked: [] })
  const plain = await ask(['save', env, '-t', 'a', '-d'], { [path]: { build_id: 'build-1' } })
  expect(plain.asked[0]?.body).not.toHaveProperty('config')
})
