import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { run } from '../../process/run.ts'
import { findLimitHit } from './limit-hits.ts'
import { stepRunc } from './step-runc.ts'

/** Words that could be taken for the end of the command in the file that holds it. */
const words = ['/bin/sh', '-c', 'echo \'"],"env":[\' </dev/null\necho "$A"']

let folder: string
let program: string
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "kiln it's "))
  program = join(folder, 'runc')
  const bundle = join(folder, 'root/runc-native/executor/a1')
  for (const path of [bundle, join(folder, 'hits'), join(folder, 'steps/buildkit/a1')])
    await mkdir(path, { recursive: true })
  const hook = { path: '/h', args: ['h'], env: ['H=1'] }
  const config = {
    ociVersion: '1.2',
    process: { user: { uid: 0 }, args: words, env: ['SECRET=1'], cwd: '/' },
    hooks: { prestart: [hook] },
  }
  await writeFile(join(bundle, 'config.json'), `${JSON.stringify(config)}\n`)
  const options = {
    runc: '/bin/echo',
    root: join(folder, 'root'),
    steps: [join(folder, 'absent'), join(folder, 'steps')],
    hits: join(folder, 'hits'),
  }
  await writeFile(program, stepRunc(options), { mode: 0o700 })
})
afterEach(async () => rm(folder, { recursive: true, force: true }))

const call = async (...args: readonly string[]) => {
  const { stdout } = await run(program, args, { limitMs: 5_000 })
  return stdout
}
const hits = async () => (await readdir(join(folder, 'hits'))).toSorted()
const count = async (file: string, text: string) => writeFile(join(folder, 'steps', file), text)

it('hands every word on to runc', async () => {
  expect(await call('--log', 'a b', 'run', '--keep', "it's")).toBe("--log a b run --keep it's\n")
  expect(await call('delete', 'a1')).toBe('delete a1\n')
  expect(await hits()).toEqual([])
})

it.each([
  ['memory.oom_control', 'oom_kill_disable 0\nunder_oom 0\noom_kill 2\n', 'memory'],
  ['memory.events', 'low 0\nhigh 0\nmax 90\noom 1\noom_kill 1\noom_group_kill 0\n', 'memory'],
  ['pids.events', 'max 7\n', 'processes'],
] as const)('reads %s before the container goes away', async (file, text, limit) => {
  await count(`buildkit/a1/${file}`, text)
  await call('--log', 'x', 'run', '--bundle', 'b', 'a1')
  expect(await hits()).toEqual([])
  const started = new Date(Date.now() - 10)
  await call('--log', 'x', 'delete', 'a1')
  expect(await hits()).toEqual([`a1.${limit}`])
  const step = { runs: (command: string) => command === words.join(' '), started }
  const find = async (completed: Date) => findLimitHit(join(folder, 'hits'), { ...step, completed })
  expect(await find(new Date(Date.now() + 10))).toBe(limit)
  expect(await find(started)).toBeUndefined()
  const other = { runs: () => false, started, completed: new Date() }
  expect(await findLimitHit(join(folder, 'hits'), other)).toBeUndefined()
  expect(await readFile(join(folder, `hits/a1.${limit}`), 'utf8')).not.toContain('SECRET')
  await find(new Date(Date.now() + 120_000))
  expect(await hits()).toEqual([])
})

it('takes refused processes that are counted for all steps for those of the step that ends next', async () => {
  await count('pids.events', 'max 3\n')
  await call('delete', 'a1')
  expect(await hits()).toEqual(['a1.processes', 'refused'])
  await rm(join(folder, 'hits/a1.processes'))
  await call('delete', 'a1')
  expect(await hits()).toEqual(['refused'])
  await count('pids.events', 'max 4\n')
  await call('delete', 'a1')
  expect(await hits()).toEqual(['a1.processes', 'refused'])
})
