import { randomBytes } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Connection } from '@temporalio/client'
import { pino } from 'pino'
import { createNewId } from '#contract/id.ts'
import { buildOptions } from '#contract/wire/build-options.ts'
import { readSettings } from '../embedded/config.ts'
import { startComponents } from '../embedded/farm.ts'
import { createReport } from '../embedded/report.ts'
import { migrateUp } from '../migrations/migrate.ts'
import { acceptBuilds } from '../records/accept-builds.ts'
import { connect } from '../records/connect.ts'
import { noTraces } from '../observation/traces.ts'
import { relayOutbox } from '../outbox/relay.ts'
import { createWorkflows } from '../outbox/workflows.ts'
import { testEnvironment } from '../test/farm.ts'
import { inParallel } from './harness/in-parallel.ts'
import { runBench } from './harness/report.ts'

/** Workflows that the outbox starts, against the same starts without it. Nobody works on them. */
const perRound = 400
const atOnce = 50

await using stack = new AsyncDisposableStack()
const stateDir = await mkdtemp(join(tmpdir(), 'kiln-test-'))
stack.defer(async () => rm(stateDir, { recursive: true, force: true }))
const settings = readSettings(testEnvironment(stateDir))
const components = stack.use(
  await startComponents({ settings, report: createReport(process.stdout) }),
)
await migrateUp(components.databaseUrl)
const db = connect(components.databaseUrl)
stack.defer(async () => db.destroy())
const { address, namespace } = components.temporal
const connection = await Connection.connect({ address })
stack.defer(async () => connection.close())
const workflows = createWorkflows(connection, namespace)
const log = pino({ level: 'warn' })
const newId = createNewId(Date.now, (bytes) => crypto.getRandomValues(bytes))

async function acceptSome(): Promise<void> {
  const project = await db.selectFrom('projects').select('id').executeTakeFirstOrThrow()
  const round = randomBytes(6).toString('hex')
  const builds = Array.from({ length: perRound }, (_, index) => ({
    id: newId('build'),
    actor: 'bench',
    projectId: project.id,
    name: `bench/${round}-${index}`,
    repository: `bench/${round}-${index}`,
    tag: 'latest',
    description: '',
    baseImage: null,
    dockerfile: 'FROM scratch\n',
    options: buildOptions.parse({}),
    secrets: [],
    context: null,
    sources: { named: {} },
  }))
  await acceptBuilds(db, builds)
}

const start = async () =>
  workflows.startBuild({ buildId: newId('build'), image: 'bench/raw', project: 'default' })
await inParallel(perRound, atOnce, start)

await runBench([
  {
    name: `${perRound} workflows started`,
    ours: {
      name: 'outbox',
      run: async () => {
        await acceptSome()
        const begun = performance.now()
        while (await relayOutbox({ db, workflows, traces: noTraces, log }));
        const left = await db.selectFrom('outbox').select('id').execute()
        if (left.length > 0) throw new Error(`${left.length} are left`)
        return performance.now() - begun
      },
    },
    theirs: { name: 'raw', run: async () => inParallel(perRound, atOnce, start) },
    pairs: 9,
    // At least 0.9 times as many a second.
    target: { ratio: 1 / 0.9 },
  },
])
