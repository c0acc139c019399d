import { mkdir, mkdtemp, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { createClient } from '../client.ts'
import { type Farm, startFarm } from '../farm.ts'
import { createKiln, type Kiln } from './kit/kiln.ts'

let farm: Farm
let kiln: Kiln
let folder: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'kiln-cli-'))
  farm = await startFarm()
  kiln = createKiln({ KILN_SERVER: farm.url, XDG_CONFIG_HOME: folder, HOME: folder })
})
afterAll(async () => {
  await farm[Symbol.asyncDispose]()
  await rm(folder, { recursive: true, force: true })
})

/** A folder to build from. */
async function write(name: string, files: Readonly<Record<string, string>>): Promise<string> {
  const root = join(folder, name)
  await mkdir(root, { recursive: true })
  for (const [path, content] of Object.entries(files)) await writeFile(join(root, path), content)
  return root
}

it('builds what lies in a folder, without what is ignored, and sends it once', async () => {
  const root = await write('good', {
    Dockerfile: `FROM ${farm.baseImage}\nARG WHO\nCOPY . /here\nRUN ls /here && echo hello $WHO\n`,
    '.dockerignore': 'left-out\n',
    'left-out': 'no',
    kept: 'yes',
  })
  const args = ['build', '-t', 'cli/good:1', '--build-arg', 'WHO=you', '--progress', 'plain', root]
  const first = await kiln.run(args)
  expect(first).toMatchObject({ code: 0, stdout: expect.stringMatching(/^cli\/good:1 is built/) })
  expect(first.stderr).toMatch(/context: sent 3 files/)
  expect(first.stderr).toMatch(/^#\d+ \[1\/3\] COPY \. \/here$/m)
  expect(first.stderr).toMatch(/^#\d+ \d+\.\d{3} hello you$/m)
  expect(first.stderr).toMatch(/^#\d+ DONE \d+\.\ds$/m)
  expect(first.stderr).not.toMatch(/left-out/)

  const again = await kiln.run(['--json', ...args])
  expect(again.stderr).toMatch(/not sent/)
  expect(again.stderr).toMatch(/^#\d+ CACHED$/m)
  const document: unknown = JSON.parse(again.stdout)
  expect(document).toMatchObject({
    name: 'cli/good:1',
    status: 'succeeded',
    version: { number: 2 },
  })
})

it('redraws the steps while they run', async () => {
  const root = await write('drawn', {
    Dockerfile: `FROM ${farm.baseImage}\nRUN echo drawn && sleep 2\n`,
  })
  const { code, stderr } = await kiln.run(['build', '-t', 'cli/drawn:1', '--progress', 'tty', root])
  expect(code).toBe(0)
  const frames = stderr
    .split('\u001B[?25l')
    .filter((frame) => frame.includes('cli/drawn:1: building'))
  expect(frames.some((frame) => frame.includes(' => => # drawn'))).toBe(true)
})

it('marks the line that is at fault, says who must act, and exits by the cause', async () => {
  const root = await write('bad', {
    Dockerfile: `FROM ${farm.baseImage}\nRUN true\nRUN echo so it goes && exit 3\nRUN true\n`,
  })
  const { code, stdout, stderr } = await kiln.run(['build', '-t', 'cli/bad:1', root])
  expect(code).toBe(1)
  expect(stdout).toBe('')
  expect(stderr).toMatch(/^3 \| >>> RUN echo so it goes && exit 3$/m)
  expect(stderr).toMatch(/^2 \| {5}RUN true$/m)
  expect(stderr).toMatch(/You must act \(step_failed\)/)

  const inChinese = await kiln.run(['--lang', 'zh', 'build', '-t', 'cli/bad:1', root])
  expect(inChinese.stderr).toMatch(/需要您处理（step_failed）/)
})

it('refuses a Dockerfile that is none before anything is queued', async () => {
  const root = await write('none', { Dockerfile: `FROM ${farm.baseImage}\nRUNN true\n` })
  const { code, stdout } = await kiln.run(['build', '--json', '-t', 'cli/none:1', root])
  expect(code).toBe(1)
  expect(JSON.parse(stdout)).toMatchObject({
    error: { code: 'dockerfile_invalid', exit_code: 1, errors: [{ line: 2 }] },
  })
})

it('cancels the build when it is interrupted where nobody can be asked', async () => {
  const root = await write('slow', {
    Dockerfile: `FROM ${farm.baseImage}\nRUN echo on && sleep 300\n`,
  })
  const running = kiln.start(['build', '-t', 'cli/slow:1', '--progress', 'plain', root])
  await running.saw(/ on$/m)
  running.child.kill('SIGINT')
  const { code, stderr } = await running.ended
  expect(code).toBe(130)
  expect(stderr).toMatch(/cancelling build-/)
  const { builds } = JSON.parse((await kiln.run(['builds', '--json'])).stdout) as {
    builds: { name: string; status: string }[]
  }
  expect(builds.find(({ name }) => name === 'cli/slow:1')).toMatchObject({ status: 'cancelled' })
})

it('follows a build that another one has asked for, and cancels it by its id', async () => {
  const client = createClient(farm.url)
  const dockerfile = `FROM ${farm.baseImage}\nRUN echo begun && sleep 300\n`
  const id = await client.submit({ name: 'cli/other:1', dockerfile })
  const following = kiln.start(['logs', '-f', '--json', id])
  await client.until(id, ({ stage }) => stage === 'building')
  const cancelled = await kiln.run(['cancel', id])
  expect(cancelled).toMatchObject({ code: 0, stdout: `${id} is being cancelled\n` })
  const { code, stdout } = await following.ended
  expect(code).toBe(130)
  const events = stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as { event: string })
  expect(events[0]).toMatchObject({ event: 'stage' })
  expect(events.at(-1)).toMatchObject({ event: 'end', data: { status: 'cancelled' } })
})

it('shows the log, whole and searched', async () => {
  const client = createClient(farm.url)
  const dockerfile = `FROM ${farm.baseImage}\nRUN seq 1 500\n`
  const { id } = await client.build({ name: 'cli/log:1', dockerfile })
  const whole = await kiln.run(['logs', id])
  expect(whole.stdout).toMatch(/^499$/m)
  const found = await kiln.run(['logs', id, '--search', '499', '--json'])
  expect(JSON.parse(found.stdout)).toMatchObject({ matches: [{ text: '499', stage: 'building' }] })
  const unknown = await kiln.run(['logs', 'build-unknown'])
  expect(unknown).toMatchObject({
    code: 2,
    stderr: expect.stringContaining('There is no such thing'),
  })
})

it('answers one document of what there is, for every list', async () => {
  const read = async (...args: readonly string[]) => {
    const { code, stdout, stderr } = await kiln.run(['--json', ...args])
    expect({ args, code, stderr }).toEqual({ args, code: 0, stderr: '' })
    return JSON.parse(stdout) as Record<string, unknown>
  }
  expect(await read('images')).toMatchObject({ images: expect.any(Array) })
  expect(await read('images', 'show', 'cli/good:1')).toMatchObject({ name: 'cli/good:1' })
  expect(await read('images', 'versions', 'cli/good:1')).toMatchObject({
    versions: [{ number: 2, current: true }, { number: 1 }],
  })
  expect(await read('images', 'moves', 'cli/good:1')).toMatchObject({ moves: expect.any(Array) })
  expect(await read('compatibility', 'cli/good:1')).toMatchObject({ version: 2 })
  const { nodes } = (await read('nodes')) as { nodes: { id: string; name: string }[] }
  expect(nodes).toHaveLength(1)
  expect(await read('node', 'show', nodes[0]!.name)).toMatchObject({ id: nodes[0]!.id })
  expect(await read('node', 'token')).toMatchObject({ token: expect.stringMatching(/^kiln_join_/) })
  expect(await read('queue')).toMatchObject({ builds: [], running: 0 })
  expect(await read('projects')).toMatchObject({ projects: [{ name: 'default' }] })
  expect(await read('projects', 'show', 'default')).toMatchObject({ name: 'default' })
  expect(await read('secrets')).toEqual({ secrets: [] })
  expect(await read('exit-codes')).toMatchObject({ exit_codes: { ok: 0, cancelled: 130 } })
})

it('moves a name back, drains a node, and offers names where one is not there', async () => {
  const back = await kiln.run(['rollback', 'cli/good:1', '1', '--reason', 'a test'])
  expect(back).toMatchObject({ code: 0, stdout: 'cli/good:1 points at version 1\n' })
  const { stdout } = await kiln.run(['node', '--json'])
  const { nodes } = JSON.parse(stdout) as { nodes: { name: string }[] }
  const drained = await kiln.run(['node', 'drain', nodes[0]!.name, '--reason', 'new driver'])
  expect(drained.stdout).toMatch(/^drained: new driver$/m)
  const resumed = await kiln.run(['node', 'resume', nodes[0]!.name, '--json'])
  expect(JSON.parse(resumed.stdout)).toMatchObject({ drain: null })
  const unknown = await kiln.run(['images', 'show', 'cli/goood:1'])
  expect(unknown.code).toBe(2)
  expect(unknown.stderr).toMatch(/Did you mean .*cli\/good:1/)
})

it('lends a build a secret of this machine, and leaves none behind', async () => {
  const root = await write('secret', {
    Dockerfile: `FROM ${farm.baseImage}\nRUN --mount=type=secret,id=key wc -c < /run/secrets/key\n`,
    key: '12345',
  })
  const args = ['build', '-t', 'cli/secret:1', '--progress', 'plain', '--secret']
  const built = await kiln.run([...args, `id=key,src=${join(root, 'key')}`, root])
  expect(built).toMatchObject({ code: 0, stderr: expect.stringMatching(/ 5$/m) })
  expect(JSON.parse((await kiln.run(['secrets', '--json'])).stdout)).toEqual({ secrets: [] })
})

it('looks at the farm part by part', async () => {
  const { code, stdout } = await kiln.run(['doctor'])
  expect(code).toBe(0)
  for (const what of ['server', 'ready', 'token', 'signing key', 'registry']) {
    expect(stdout).toMatch(new RegExp(`^ok +${what}: `, 'm'))
  }
  const nowhere = await kiln.run(['doctor', '--json', '--server', 'http://127.0.0.1:1'])
  expect(nowhere.code).toBe(3)
  expect(JSON.parse(nowhere.stdout)).toMatchObject({ findings: [{ state: 'fail' }] })
})

it('keeps a login to itself, for its own server', async () => {
  const home = join(folder, 'home')
  const own = createKiln({ XDG_CONFIG_HOME: home, HOME: home })
  const logged = await own.run(['login', farm.url, '--token-stdin'], { input: '\n' })
  expect(logged).toMatchObject({ code: 0, stdout: expect.stringContaining(farm.url) })
  expect((await stat(join(home, 'kiln', 'config.json'))).mode & 0o777).toBe(0o600)
  expect(await own.run(['builds', '--limit', '1'])).toMatchObject({ code: 0 })
})

it('lists page by page, or all at once', async () => {
  const one = JSON.parse((await kiln.run(['builds', '--json', '--limit', '1'])).stdout) as {
    builds: unknown[]
    next_cursor: string
  }
  expect(one.builds).toHaveLength(1)
  const rest = ['builds', '--json', '--cursor', one.next_cursor]
  const all = await kiln.run(['builds', '--json', '--limit', '1', '--all'])
  const { builds } = JSON.parse(all.stdout) as { builds: unknown[] }
  expect(builds.slice(1)).toEqual((JSON.parse((await kiln.run(rest)).stdout) as typeof one).builds)
})
