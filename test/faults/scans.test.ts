import { pino } from 'pino'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import type { ScanPolicy } from '#contract/scan.ts'
import { sql } from 'kysely'
import { findBuild } from '../../records/builds.ts'
import { findImage } from '../../records/images.ts'
import { inspectSoon } from '../../records/inspections.ts'
import { findProject, setPolicies } from '../../records/projects.ts'
import { farmScope } from '../../records/scope.ts'
import { summarise } from '../../server/views/build-detail.ts'
import { findSummary } from '../../server/views/version-list.ts'
import { inspectNext } from '../../worker/inspection/inspect-next.ts'
import type { TestDatabase } from '../database.ts'
import { type Library, split } from './kit/library.ts'
import type { ReadyHarbor } from './kit/ready-harbor.ts'
import { type StartedLibrary, startLibrary } from './kit/start-library.ts'

// What Harbor's scanner says is asked with POST …/artifacts/{reference}/scan and read from `scan_overview` of the artifact
// (Harbor src/controller/scan/base_controller.go). The titles name the rows of the fault matrix.
let started: StartedLibrary
let database: TestDatabase
let ready: ReadyHarbor
let library: Library
beforeAll(async () => {
  started = await startLibrary()
  ;({ database, ready, library } = started)
  await library.lookAtRegistry()
})
afterEach(() => {
  ready.harbor.state.scanner = 'works'
  ready.harbor.state.findings = []
  ready.harbor.faults.splice(0)
})
afterAll(async () => started[Symbol.asyncDispose]())

const finding = (severity: string) => ({
  id: `CVE-${severity}`,
  package: 'openssl',
  version: '1',
  fix_version: '2',
  severity,
})
const ofNone = { critical: 0, high: 0, medium: 0, low: 0, other: 0 }

/** Pushes an image of a project with this policy. */
async function push(name: string, policy: ScanPolicy) {
  const scope = farmScope(database.db, 'test')
  const project = await findProject(scope, 'default')
  if (project === undefined) throw new Error('no project')
  await setPolicies(scope, project, { scan_policy: policy })
  const { id } = await library.accept(name)
  const terms = await library.activities.validateBuild(id)
  expect(terms?.scans).toBe(policy.mode === 'none' ? undefined : true)
  return library.push(name, { buildId: id, attempt: await library.place(id) })
}

async function publish(made: Awaited<ReturnType<typeof push>>) {
  await library.publish(made)
  await library.tag(made)
  await library.finish(made.buildId)
}

async function version(name: string) {
  const image = await findImage(database.db, split(name))
  return image && findSummary(database.db, image, 1)
}

const quarantined = async (buildId: string) =>
  database.db.selectFrom('quarantine').select('code').where('build_id', '=', buildId).execute()

const inspectAll = async () => {
  const deps = { ...library, log: pino({ level: 'silent' }), random: () => 0.5 }
  while (await inspectNext(deps));
}
const scansAsked = () => ready.harbor.requests.filter((line) => /^POST .*\/scan$/.test(line)).length

describe('an image whose project reports', () => {
  it('is published with what the scanner found, whatever that is', async () => {
    ready.harbor.state.findings = [finding('Critical'), finding('High'), finding('Negligible')]
    const made = await push('reported:1', { mode: 'report', wait_seconds: 60 })
    await library.scan(made)
    await publish(made)
    expect((await version('reported:1'))?.scan).toMatchObject({
      state: 'done',
      findings: { ...ofNone, critical: 1, high: 1, other: 1 },
      late_findings: null,
    })
  })

  it('14: is published marked, never as clean, when the scanner does not end', async () => {
    ready.harbor.state.scanner = 'hangs'
    const made = await push('stuck:1', { mode: 'report', wait_seconds: 1 })
    await expect(library.activities.scanImage(made, made.digest)).rejects.toMatchObject({
      type: 'ScanGoesOn',
    })
    const waiting = await findBuild(database.db, made.buildId)
    expect(waiting && summarise(waiting)).toMatchObject({
      stage: 'pushing',
      waiting_reason: 'waiting for the scan',
    })
    await library.scan(made)
    await publish(made)
    expect((await version('stuck:1'))?.scan).toMatchObject({ state: 'timed_out', findings: null })
    expect(ready.harbor.requests).toContainEqual(expect.stringMatching(/^POST .*\/scan\/stop$/))
  })

  it.each([
    ['absent', 'unscanned'],
    ['fails', 'failed'],
  ] as const)('is published marked when the scanner is %s', async (scanner, state) => {
    ready.harbor.state.scanner = scanner
    const made = await push(`${scanner}:1`, { mode: 'report', wait_seconds: 60 })
    await library.scan(made)
    await publish(made)
    expect((await version(`${scanner}:1`))?.scan).toMatchObject({ state, findings: null })
  })

  it('14: waits for a Harbor that does not answer, and asks for the one scan once it does', async () => {
    const path = /\/artifacts\/sha256:[0-9a-f]+(\/scan)?$/
    ready.harbor.faults.push({ path, times: 3, reply: { status: 503, body: {} } })
    const before = scansAsked()
    const made = await push('away:1', { mode: 'report', wait_seconds: 60 })
    await library.scan(made)
    await publish(made)
    expect((await version('away:1'))?.scan).toMatchObject({ state: 'done', findings: ofNone })
    // Three that were answered with 503, and one that was taken.
    expect(scansAsked() - before).toBe(4)
  })
})

describe('an image whose project blocks', () => {
  const policy = { mode: 'block', severity: 'high', wait_seconds: 60 } as const

  it('is not published with a finding that is bad enough', async () => {
    ready.harbor.state.findings = [finding('High'), finding('Low')]
    const made = await push('bad:1', policy)
    const refused = library.scan(made)
    await expect(refused).rejects.toMatchObject({
      type: 'scan_findings',
      nonRetryable: true,
      message: expect.stringContaining('1 high, 1 low'),
    })
    // Asked again, as a worker is that was killed before it could tell, it says the same and asks for no second scan.
    const before = scansAsked()
    await expect(library.scan(made)).rejects.toMatchObject({ type: 'scan_findings' })
    expect(scansAsked()).toBe(before)
    expect(await version('bad:1')).toBeUndefined()
    expect(await quarantined(made.buildId)).toEqual([{ code: 'scan_findings' }])
  })

  it('is published with findings that are not', async () => {
    ready.harbor.state.findings = [finding('Medium')]
    const made = await push('good:1', policy)
    await library.scan(made)
    await publish(made)
    expect((await version('good:1'))?.scan).toMatchObject({ findings: { medium: 1 } })
  })

  it.each([
    ['86: the scanner hangs', 'hangs', 'scan_timed_out'],
    ['the scanner gives up', 'fails', 'scan_failed'],
    ['there is no scanner', 'absent', 'scan_failed'],
  ] as const)('is not published when %s', async (_, scanner, code) => {
    ready.harbor.state.scanner = scanner
    const made = await push(`blocked-${scanner}:1`, { ...policy, wait_seconds: 1 })
    await expect(library.scan(made)).rejects.toMatchObject({ type: code, nonRetryable: true })
    expect(await version(`blocked-${scanner}:1`)).toBeUndefined()
    expect(await quarantined(made.buildId)).toEqual([{ code }])
  })
})

describe('a published version', () => {
  it('86: is marked by what the scanner finds later, and its name stays where it is', async () => {
    const made = await push('late:1', { mode: 'block', severity: 'low', wait_seconds: 60 })
    await library.scan(made)
    await publish(made)
    await inspectAll()
    expect((await version('late:1'))?.scan).toMatchObject({ state: 'done', late_findings: null })
    // A day later the scanner knows more.
    await sql`update scans set asked_at = now() - interval '1 day' where build_id = ${made.buildId}`.execute(
      database.db,
    )
    ready.harbor.state.findings = [finding('Critical')]
    const before = scansAsked()
    await inspectSoon(database.db, [{ repository: 'late', digest: made.digest }])
    await inspectAll()
    expect(scansAsked() - before).toBe(1)
    const found = async () => {
      // As Harbor tells of the end of the scan.
      await inspectSoon(database.db, [{ repository: 'late', digest: made.digest }])
      await inspectAll()
      return (await version('late:1'))?.scan?.late_findings
    }
    await expect.poll(found, { timeout: 30_000 }).toMatchObject({ findings: { critical: 1 } })
    expect(await version('late:1')).toMatchObject({ current: true, scan: { findings: ofNone } })
    expect(scansAsked() - before).toBe(1)
    const rows = await database.db
      .selectFrom('audit')
      .select('detail')
      .where('action', '=', 'version.scan')
      .where('object', '=', made.digest)
      .execute()
    expect(rows).toHaveLength(1)
  })

  it('whose project asks for no scan is not looked at', async () => {
    ready.harbor.state.findings = [finding('Critical')]
    const made = await push('unasked:1', { mode: 'none' })
    await library.scan(made)
    await publish(made)
    const before = scansAsked()
    await inspectAll()
    expect(scansAsked()).toBe(before)
    expect((await version('unasked:1'))?.scan).toBeNull()
  })
})
