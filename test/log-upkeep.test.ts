import { mkdir, readdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { connect, type Pool } from '../records/connect.ts'
import { dropIdleLogs } from '../records/logs.ts'
import { createClient } from './client.ts'
import { type Farm, startFarm } from './farm.ts'

let farm: Farm
let db: Pool
beforeAll(async () => {
  farm = await startFarm()
  db = connect(farm.databaseUrl, 1)
})
afterAll(async () => {
  await db.destroy()
  await farm[Symbol.asyncDispose]()
})

const build = async (name: string) =>
  createClient(farm.url).build({ name, dockerfile: `FROM ${farm.baseImage}\nRUN seq 1 50\n` })

it('packs the log of an attempt that has ended and keeps one row for it', async () => {
  const { id } = await build('sealed')
  const before = await createClient(farm.url).follow(id)
  const row = async () =>
    db.selectFrom('logs').selectAll().where('build_id', '=', id).executeTakeFirst()
  await expect.poll(async () => (await row())?.sealed_at ?? null).not.toBeNull()
  expect(await row()).toMatchObject({ attempt: 1, lines: before.length, dropped_at: null })
  const folder = join(farm.stateDir, 'server', 'logs', id.slice(-2))
  expect(await readdir(folder)).toEqual([`${id}.1.log`])
  expect(await createClient(farm.url).follow(id)).toEqual(before)
})

it('is not held up by a log that cannot be packed', async () => {
  const { id } = await build('damaged')
  const sealed = async (buildId: string) =>
    db
      .selectFrom('logs')
      .select('sealed_at')
      .where('build_id', '=', buildId)
      .executeTakeFirst()
      .then((row) => row?.sealed_at ?? null)
  await expect.poll(async () => sealed(id)).not.toBeNull()
  await farm.kill('server')
  const file = join(farm.stateDir, 'server', 'logs', id.slice(-2), `${id}.1.log`)
  await rm(file)
  await mkdir(file)
  await db.updateTable('logs').set({ sealed_at: null }).where('build_id', '=', id).execute()
  const isUp = async () =>
    fetch(new URL('/healthz', farm.url)).then(
      ({ ok }) => ok,
      () => false,
    )
  await expect.poll(isUp, { timeout: 60_000 }).toBe(true)
  const other = await build('beside-damaged')
  await expect.poll(async () => sealed(other.id), { timeout: 60_000 }).not.toBeNull()
  expect(await sealed(id)).toBeNull()
})

it('drops the log that nobody reads, with an audit row, and says so to who comes for it', async () => {
  const { id } = await build('idle')
  const client = createClient(farm.url)
  await client.follow(id)
  const removed: string[] = []
  const drop = async (idleMs: number) =>
    dropIdleLogs(db, { idleMs, limit: 100 }, async ({ buildId }) => void removed.push(buildId))
  await drop(60_000)
  expect(removed).toEqual([])
  await expect
    .poll(async () => {
      await drop(0)
      return removed
    })
    .toContain(id)
  const reply = await client.request(`/api/builds/${id}/logs`)
  expect(reply.status).toBe(410)
  expect(await reply.json()).toMatchObject({ code: 'log_dropped' })
  const audit = db.selectFrom('audit').select('action').where('object', '=', id)
  expect((await audit.execute()).map(({ action }) => action)).toContain('log.drop')
})

it('takes the lines that an older server kept in the database into a file', async () => {
  const { id } = await build('older')
  const line = (text: string) => ({
    at: '2026-01-01T00:00:00.000Z',
    stage: 'building' as const,
    step: 1,
    stream: 'stdout' as const,
    text,
  })
  await db.deleteFrom('logs').where('build_id', '=', id).execute()
  const older = { build_id: id, attempt: 7 }
  await db
    .insertInto('build_logs')
    .values([
      { ...older, start_line: 0, end_line: 2, lines: JSON.stringify([line('a'), line('b')]) },
      { ...older, start_line: 2, end_line: 3, lines: JSON.stringify([line('c')]) },
    ])
    .execute()
  await db.updateTable('builds').set({ attempt: 7 }).where('id', '=', id).execute()
  await farm.kill('server')
  const rest = async () => (await db.selectFrom('build_logs').selectAll().execute()).length
  await expect.poll(rest, { timeout: 30_000 }).toBe(0)
  const client = createClient(farm.url)
  await client.until(id, () => true)
  const events = await client.follow(id, { after: '7.0' })
  expect(events.map(({ id: at, line: content }) => [at, content])).toEqual([
    ['7.1', expect.objectContaining(line('a'))],
    ['7.2', expect.objectContaining(line('b'))],
    ['7.3', expect.objectContaining(line('c'))],
  ])
})
