import { randomBytes } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { Client, Connection } from '@temporalio/client'
import { packTar } from 'modern-tar'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { connect, type Pool } from '../../records/connect.ts'
import { type Call, callsWith, createTenants } from '../access/tenants.ts'
import { routeTable } from '../access/route-table.ts'
import { createClient } from '../client.ts'
import { type Farm, startFarm } from '../farm.ts'
import { findInFiles } from './find-in-files.ts'
import { formsOf } from './forms.ts'
import { watchArguments } from './watch-arguments.ts'
import { payloadText } from '../payload-text.ts'
import { readTables } from '../read-tables.ts'

// One tenant builds with a secret that its steps print in every form, from files and texts of its own. Nothing of the secret
// is anywhere afterwards, and nothing of the tenant is told to another.
const patienceMs = 300_000
vi.setConfig({ testTimeout: patienceMs })
const mark = () => randomBytes(12).toString('hex')
const secret = `canary+/${mark()} "quoted"=\\end`
const own = {
  file: `file-${mark()}`,
  line: `line-${mark()}`,
  comment: `comment-${mark()}`,
  description: `description-${mark()}`,
  label: `label-${mark()}`,
  name: `team-a/app-${mark()}`,
}

let farm: Farm
let db: Pool
let stranger: Call
let buildId: string
let seen: ReadonlySet<string>
beforeAll(async () => {
  farm = await startFarm()
  db = connect(farm.databaseUrl, 2)
  const tenants = createTenants({ url: new URL(farm.url) })
  for (const [project, user] of [
    ['team-a', 'alice'],
    ['team-b', 'bob'],
  ] as const) {
    await tenants.project(project)
    await tenants.user(user)
    await tenants.member(project, user, 'admin')
  }
  const token = async (user: string) => (await tenants.token({ user })).token
  stranger = callsWith(new URL(farm.url), await token('bob'))
  const alice = callsWith(new URL(farm.url), await token('alice'))
  await alice('PUT', '/api/projects/team-a/secrets/canary', { value: secret })
  const submitted = build(alice, await upload())
  seen = await watchArguments(submitted)
  buildId = await submitted
})
afterAll(async () => {
  await db.destroy()
  await farm[Symbol.asyncDispose]()
})

async function upload(): Promise<string> {
  const body = Buffer.from(`${own.file}\n`)
  const tar = await packTar([{ header: { name: 'data', size: body.length }, body }])
  const reply = await createClient(farm.url).request('/api/contexts?project=team-a', {
    method: 'POST',
    headers: { 'content-type': 'application/x-tar' },
    body: Buffer.from(tar),
  })
  return ((await reply.json()) as { context: string }).context
}

/** @returns the id of the build, once it has succeeded. */
async function build(alice: Call, context: string): Promise<string> {
  const file = '/run/secrets/s'
  const inUrl = [
    ['%', '25'],
    ['+', '2B'],
    ['/', '2F'],
    [' ', '20'],
    ['"', '22'],
    ['=', '3D'],
    ['\\\\', '5C'],
  ]
    .map(([from, to]) => `s#${from}#%${to}#g`)
    .join(';')
  const steps = [
    `cat ${file} && echo`,
    `base64 -w0 ${file} && echo`,
    `(printf x; cat ${file}) | base64 -w0 && echo`,
    `od -An -v -tx1 ${file} | tr -d ' \\n' && echo`,
    `sed '${inUrl}' ${file} && echo`,
    `sed 's#\\\\#\\\\\\\\#g;s#"#\\\\"#g' ${file} && echo`,
    `head -c 20 ${file} && sleep 1 && tail -c +21 ${file} && echo`,
  ]
  const mount = '--mount=type=secret,id=s,required'
  const dockerfile = [
    `FROM ${farm.baseImage}`,
    `# ${own.comment}`,
    'COPY data /data',
    `RUN ${mount} ${steps.join(' && ')}`,
    `RUN ${mount},env=S test -n "$S" && sleep 1`,
    `RUN echo ${own.line}`,
    '',
  ].join('\n')
  const { body } = await alice('POST', '/api/images/build', {
    project: 'team-a',
    name: own.name,
    dockerfile,
    context,
    description: own.description,
    options: { secrets: [{ id: 's', secret: 'canary' }], labels: { of: own.label } },
  })
  const { build_id: id } = body as { build_id: string }
  const isDone = ({ status }: { readonly status: string }) => status !== 'building'
  const done = await createClient(farm.url).until(id, isDone, patienceMs)
  expect(done).toMatchObject({ status: 'succeeded', failure: null })
  return id
}

async function readHistories(): Promise<string> {
  const connection = await Connection.connect({ address: farm.temporal.address })
  const { workflow } = new Client({ connection, namespace: farm.temporal.namespace })
  const histories = []
  for await (const { workflowId, runId } of workflow.list()) {
    histories.push(await workflow.getHandle(workflowId, runId).fetchHistory())
  }
  await connection.close()
  expect(histories.length).toBeGreaterThan(0)
  return payloadText(histories)
}

const holds = (text: string, forms: readonly string[]) =>
  forms.filter((form) => text.includes(form))

describe('a secret', () => {
  it('was printed in every form, and masked in each', async () => {
    const texts = (await createClient(farm.url).follow(buildId)).map(({ line }) => line.text)
    expect(texts.filter((text) => text.includes('***')).length).toBeGreaterThanOrEqual(7)
    expect(holds(texts.join('\n'), formsOf(secret))).toEqual([])
  })

  it('is in no history, no table, no argument of a process', async () => {
    const forms = formsOf(secret)
    expect(holds(await readHistories(), forms)).toEqual([])
    expect(holds(await readTables(db), forms)).toEqual([])
    expect(holds([...seen].join('\n'), forms)).toEqual([])
    expect(seen.size).toBeGreaterThan(10)
  })

  it('is in no file: no layer, configuration, provenance, log, cache or journal', async () => {
    const forms = formsOf(secret)
    expect(await findInFiles(farm.stateDir, forms)).toEqual([])
    // What the image holds is found, so the search finds what is there.
    expect(await findInFiles(join(farm.stateDir, 'registry'), [own.file])).not.toEqual([])
  })
})

it('gives nothing that the farm itself is let in by to a process as an argument, or to a log', async () => {
  const kept = await readFile(join(farm.stateDir, 'secrets.json'), 'utf8')
  const credential = await readFile(join(farm.agentDir, 'credential.json'), 'utf8')
  const admin = (await readFile(join(farm.stateDir, 'admin-token'), 'utf8')).trim()
  const values = [kept, credential]
    .flatMap((text) => Object.values(JSON.parse(text) as Record<string, unknown>))
    .filter((value) => typeof value === 'string' && value.length >= 16 && !/^\d{4}-/.test(value))
  const all = [...values.map(String), admin]
  expect(all.length).toBeGreaterThan(3)
  expect(holds([...seen].join('\n'), all)).toEqual([])
  expect(await findInFiles(join(farm.stateDir, 'logs'), all)).toEqual([])
})

it('tells another tenant nothing, whatever is asked, of files, texts, names and logs', async () => {
  const image = await db
    .selectFrom('images')
    .select('id')
    .where('name', '=', own.name)
    .executeTakeFirstOrThrow()
  const { context } = await db
    .selectFrom('builds')
    .select('context')
    .where('id', '=', buildId)
    .executeTakeFirstOrThrow()
  const fill = (path: string) =>
    path
      .replaceAll(/\/api\/images\/:id(\{[^}]*\})?/g, `/api/images/${image.id}`)
      .replaceAll('/api/builds/:id', `/api/builds/${buildId}`)
      .replaceAll(':project', 'team-a')
      .replaceAll(':digest', context ?? '')
      .replaceAll(/:kind\{([a-z]+)[^}]*\}/g, '$1')
      .replaceAll(/:(?:version|from|to|move)(\{[^}]*\})?/g, '1')
      .replaceAll(/:[a-z]+(\{[^}]*\})?/g, 'none')
  const asked = []
  for (const [route, { query = '' }] of routeTable) {
    const [method = '', path = ''] = route.split(' ')
    if (method !== 'GET' || !path.startsWith('/api/')) continue
    const whole = `${fill(path)}${query && `?${query.replaceAll(':project', 'team-a')}`}`
    const { status, body } = await stranger('GET', whole)
    asked.push([whole, status])
    expect([whole, holds(JSON.stringify(body), Object.values(own))]).toEqual([whole, []])
    expect([whole, holds(JSON.stringify(body), formsOf(secret))]).toEqual([whole, []])
  }
  expect(asked.length).toBeGreaterThan(25)
  expect(asked.filter(([, status]) => status === 200).length).toBeGreaterThan(5)
})
