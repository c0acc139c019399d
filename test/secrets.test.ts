import { createHash, randomBytes } from 'node:crypto'
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { Client, Connection } from '@temporalio/client'
import { pino } from 'pino'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { connect, type Pool } from '../records/connect.ts'
import { dropUnusedSecrets, findSecrets } from '../records/secrets.ts'
import { ownCertificate } from '../server/node-door/door-certificate.ts'
import { createFarmKeys } from '../server/secrets/farm-keys.ts'
import { createKeyRing } from '../server/secrets/key-ring.ts'
import { createVault } from '../server/secrets/vault.ts'
import { createClient } from './client.ts'
import { type Farm, startFarm } from './farm.ts'
import { isRunning } from './processes.ts'
import { payloadText } from './payload-text.ts'
import { readTables } from './read-tables.ts'

let farm: Farm
let db: Pool
beforeAll(async () => {
  farm = await startFarm()
  db = connect(farm.databaseUrl, 1)
  await send('POST', '/api/projects', { name: 'team' })
})
afterAll(async () => {
  await db.destroy()
  await farm[Symbol.asyncDispose]()
})

const client = () => createClient(farm.url)
const send = async (method: string, path: string, body?: object) =>
  client().request(path, {
    method,
    ...(body && {
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
    }),
  })
const put = async (name: string, body: object, project = 'default') =>
  send('PUT', `/api/projects/${project}/secrets/${name}`, body)
const versions = async (name: string) =>
  (await db.selectFrom('secrets').select('name').where('name', '=', name).execute()).length

describe('the secrets of a project', () => {
  it('are put, replaced, listed and deleted, and never answered', async () => {
    const first = await put('one', { value: 'not-to-be-told' })
    expect(first.status).toBe(201)
    const stored = (await first.json()) as { created_at: string }
    expect(stored).toEqual({
      name: 'one',
      size: 14,
      created_at: expect.any(String),
      updated_at: expect.any(String),
    })
    const second = await put('one', { value: 'AAEC', encoding: 'base64' })
    expect(second.status).toBe(200)
    expect(await second.json()).toMatchObject({ size: 3, created_at: stored.created_at })
    expect(await versions('one')).toBe(1)
    await put('two', { value: 'x' })
    const list = await send('GET', '/api/projects/default/secrets?limit=1')
    expect(await list.json()).toMatchObject({
      secrets: [{ name: 'one', size: 3 }],
      next_cursor: 'one',
    })
    const rest = await send('GET', '/api/projects/default/secrets?cursor=one')
    expect(await rest.json()).toMatchObject({ secrets: [{ name: 'two' }] })
    expect(await (await send('GET', '/api/projects/team/secrets')).json()).toEqual({ secrets: [] })
    expect((await send('DELETE', '/api/projects/default/secrets/one')).status).toBe(204)
    expect((await send('DELETE', '/api/projects/default/secrets/one')).status).toBe(404)
    expect(await versions('one')).toBe(0)
    expect((await put('one', { value: 'again' })).status).toBe(201)
  })

  it('take up to 64 KiB of anything', async () => {
    const value = randomBytes(64 * 1024)
    expect((await put('big', { value: value.toString('base64'), encoding: 'base64' })).status).toBe(
      201,
    )
    expect((await put('big', { value: '\u0001'.repeat(64 * 1024) })).status).toBe(200)
  })

  it.each([
    ['nothing', 'a', { value: '' }, 'value'],
    ['too much', 'a', { value: 'ü'.repeat(32 * 1024 + 1) }, 'value'],
    ['what is not base64', 'a', { value: 'hunter2!', encoding: 'base64' }, 'value'],
    ['another encoding', 'a', { value: 'x', encoding: 'hex' }, 'encoding'],
    ['a name that would lead elsewhere', '.hidden', { value: 'x' }, 'name'],
  ])('refuse %s and name the field', async (_, name, body, field) => {
    const reply = await put(name, body)
    expect(reply.status).toBe(400)
    const text = await reply.text()
    expect(JSON.parse(text)).toMatchObject({ code: 'invalid_request', errors: [{ field }] })
    expect(text).not.toContain('hunter2')
  })

  it('belong to a project that exists', async () => {
    expect((await put('a', { value: 'x' }, 'nobody')).status).toBe(404)
  })

  it('are made by many at once without a loss', async () => {
    const replies = await Promise.all(
      Array.from({ length: 8 }, async (_, index) =>
        put('raced', { value: `value ${index}` }, 'team'),
      ),
    )
    expect(replies.filter(({ status }) => status === 201)).toHaveLength(1)
    expect(replies.filter(({ status }) => status === 200)).toHaveLength(7)
    expect(await versions('raced')).toBe(1)
  })
})

async function readSecretsKey(): Promise<Buffer> {
  const text = await readFile(join(farm.stateDir, 'secrets.json'), 'utf8')
  const { secretsKey } = JSON.parse(text) as { secretsKey: string }
  return Buffer.from(secretsKey, 'base64url')
}

describe('the keys that secrets lie under', () => {
  it('are wrapped again under a new key, after which the old one opens nothing', async () => {
    await put('kept', { value: 'kept as it was' }, 'team')
    const old = await readSecretsKey()
    const next = randomBytes(32)
    const log = pino({ enabled: false })
    const project = await db
      .selectFrom('projects')
      .selectAll()
      .where('name', '=', 'team')
      .executeTakeFirstOrThrow()
    const open = async (keys: readonly Uint8Array[]) => {
      const vault = createVault(db, createKeyRing(keys))
      const opened = await vault.open(project, await findSecrets(db, project.id, ['kept']))
      return opened.map(({ value }) => value.toString())
    }
    await createVault(db, createKeyRing([next, old])).rewrap(log)
    expect(await open([next])).toEqual(['kept as it was'])
    await expect(open([old])).rejects.toThrow('is not given')
    await createVault(db, createKeyRing([old, next])).rewrap(log)
    expect(await open([old])).toEqual(['kept as it was'])
  })

  it('seal the keys of the farm too, those that lie in the clear when it starts next', async () => {
    const stored = async () => db.selectFrom('farm_keys').selectAll().orderBy('name').execute()
    const before = await stored()
    expect(before.map(({ name }) => name)).toContain('task-tokens')
    expect(before.filter((one) => one.wrapped_by === null)).toEqual([])
    const old = await readSecretsKey()
    const next = randomBytes(32)
    const log = pino({ enabled: false })
    const keysOf = (...given: Buffer[]) =>
      createFarmKeys(db, given.length === 0 ? undefined : createKeyRing(given))
    const authority = async (...given: Buffer[]) =>
      ownCertificate(keysOf(...given), ['server'], Date.now).authorityHash()
    const lies = async () => {
      const rows = db.selectFrom('farm_keys').select('key').where('name', '=', 'node-authority')
      return (await rows.executeTakeFirstOrThrow()).key.toString('latin1')
    }
    const hash = await authority()
    expect(await lies()).toContain('PRIVATE KEY')
    await keysOf(old).rewrap(log)
    expect(await lies()).not.toContain('PRIVATE KEY')
    expect(await authority(old)).toBe(hash)
    await expect(authority()).rejects.toThrow('KILN_SECRETS_KEY is not set')
    await expect(authority(next)).rejects.toThrow('is not given')
    await keysOf(next, old).rewrap(log)
    expect(await authority(next)).toBe(hash)
    await keysOf(old, next).rewrap(log)
    // It opens as nothing else.
    await db
      .updateTable('farm_keys')
      .set({ name: 'other' })
      .where('name', '=', 'node-authority')
      .execute()
    await expect(keysOf(old).ensure('other', randomBytes(32))).rejects.toThrow('authenticate')
    await db.deleteFrom('farm_keys').where('name', '=', 'other').execute()
    expect((await stored()).map(({ name }) => name)).toEqual(before.map(({ name }) => name))
  })
})

describe('a build that uses secrets', () => {
  it('mounts them as files and as variables, and leaves them nowhere', async () => {
    const canary = await putCanary('token')
    const sum = createHash('sha256').update(canary).digest('hex')
    const dockerfile = [
      `FROM ${farm.baseImage}`,
      `RUN --mount=type=secret,id=t,required sha256sum /run/secrets/t | grep -q ${sum}`,
      `RUN --mount=type=secret,id=t,env=T test "$(printf %s "$T" | sha256sum | cut -c1-64)" = ${sum}`,
      'RUN --mount=type=secret,id=absent test ! -e /run/secrets/absent',
    ].join('\n')
    const options = { secrets: [{ id: 't', secret: 'token' }] }
    const done = await client().build({ name: 'secretive', dockerfile, options })
    expect(done).toMatchObject({ status: 'succeeded', failure: null })
    for (const text of formsOf(canary)) {
      expect(await tellAll(done.id)).not.toContain(text)
      expect(await findFiles(farm.stateDir, text)).toEqual([])
    }
  })

  it('takes them out of what its steps print', async () => {
    const canary = await putCanary('printed')
    const print = '--mount=type=secret,id=p cat /run/secrets/p && echo && base64 /run/secrets/p'
    const dockerfile = `FROM ${farm.baseImage}\nRUN ${print}\nRUN ${print}; exit 3\n`
    const options = { secrets: [{ id: 'p', secret: 'printed' }] }
    const failed = await client().build({ name: 'talks', dockerfile, options })
    expect(failed.failure).toMatchObject({ code: 'step_failed', line: 3 })
    const texts = (await client().follow(failed.id)).map(({ line }) => line.text)
    expect(texts.filter((text) => text.startsWith('***'))).toHaveLength(4)
    for (const text of formsOf(canary)) {
      expect(await tellAll(failed.id)).not.toContain(text)
      expect(await findFiles(farm.stateDir, text)).toEqual([])
    }
  })

  it('has the daemon forget what was printed of a Dockerfile whose error it had to record', async () => {
    const canary = await putCanary('recorded')
    const padding = `# ${'x'.repeat(1_021)}\n`.repeat(48)
    const print = '--mount=type=secret,id=p cat /run/secrets/p'
    const dockerfile = `FROM ${farm.baseImage}\n${padding}RUN ${print}; exit 3\n`
    const options = { secrets: [{ id: 'p', secret: 'recorded' }] }
    const failed = await client().build({ name: 'talks-at-length', dockerfile, options })
    expect(failed.failure).toMatchObject({ code: 'step_failed', line: 50, exitCode: 3 })
    await expect
      .poll(async () => findFiles(farm.stateDir, canary), { timeout: 60_000, interval: 1_000 })
      .toEqual([])
  })

  it('keeps the values that it was accepted with, also in another attempt', async () => {
    await put('pinned', { value: 'the first value' })
    const dockerfile = `FROM ${farm.baseImage}\nRUN --mount=type=secret,id=p,required grep first /run/secrets/p && sleep 8.25 && grep first /run/secrets/p\n`
    const options = { secrets: [{ id: 'p', secret: 'pinned' }] }
    const reply = await client().post({ name: 'keeps', dockerfile, options })
    const { build_id: id } = (await reply.json()) as { build_id: string }
    await expect.poll(() => isRunning('sleep 8.25'), { timeout: 60_000 }).toBe(true)
    await put('pinned', { value: 'the second value' })
    expect((await send('DELETE', '/api/projects/default/secrets/pinned')).status).toBe(204)
    expect(await versions('pinned')).toBe(1)
    await farm.kill('agent')
    const done = await client().until(id, ({ status }) => status !== 'building')
    expect(done).toMatchObject({ status: 'succeeded', attempt: 2 })
    await dropUnusedSecrets(db)
    expect(await versions('pinned')).toBe(0)
  })

  it.each([
    ['that do not exist', 'default', 'nothing'],
    ['of another project', 'team', 'token'],
  ])('names the option of secrets %s', async (_, project, secret) => {
    const dockerfile = `FROM ${farm.baseImage}\n`
    const options = { secrets: [{ id: 'a', secret }] }
    const refused = await client().post({ project, name: 'refused', dockerfile, options })
    expect(refused.status).toBe(422)
    expect(await refused.json()).toMatchObject({
      code: 'secret_unknown',
      errors: [{ field: 'options.secrets.0.secret' }],
    })
  })

  it('is refused with the line of a mount that no option gives', async () => {
    const dockerfile = 'FROM x\nRUN true\nRUN --mount=type=secret,id=token,required true\n'
    const refused = await client().post({ name: 'refused', dockerfile })
    expect(refused.status).toBe(422)
    expect(await refused.json()).toMatchObject({
      code: 'dockerfile_invalid',
      errors: [{ field: 'dockerfile', line: 3 }],
    })
  })
})

async function putCanary(name: string): Promise<string> {
  const canary = `canary-${randomBytes(16).toString('hex')}`
  expect((await put(name, { value: canary })).status).toBe(201)
  return canary
}

function formsOf(canary: string): readonly string[] {
  return [canary, Buffer.from(canary).toString('base64')]
}

/** All that anybody is told of a build, and all that the databases hold. */
async function tellAll(id: string): Promise<string> {
  const view = JSON.stringify(await client().read(id))
  const log = JSON.stringify(await client().follow(id))
  return [view, log, await readHistory(id), await readTables(db)].join('\n')
}

async function readHistory(id: string): Promise<string> {
  const connection = await Connection.connect({ address: farm.temporal.address })
  const { workflow } = new Client({ connection, namespace: farm.temporal.namespace })
  const history = await workflow.getHandle(id).fetchHistory()
  await connection.close()
  return payloadText(history)
}

/** Files below a folder that hold a text: databases, caches, logs and layers of the whole farm. */
async function findFiles(folder: string, text: string): Promise<readonly string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true })
  const found: string[] = []
  for (const entry of entries) {
    if (!entry.isFile()) continue
    const path = join(entry.parentPath, entry.name)
    const bytes = await readFile(path).catch(() => Buffer.alloc(0))
    if (bytes.includes(text)) found.push(path)
  }
  return found
}
