import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { until } from '../../process/until.ts'
import { HarborError } from '../../harbor/error.ts'
import { pushImage } from './push-image.ts'
import { type SomeHarbor, someHarbor } from './some-harbor.ts'

// Asks what test/fakes/harbor/README.md says, by its numbers, of the fake or of a real Harbor (KILN_TEST_HARBOR_URL).
// The API is /api/v2.0, described in Harbor's api/v2.0/swagger.yaml.

let some: SomeHarbor
const project = `kiln-${randomUUID().slice(0, 8)}`
const where = { project, repository: 'team/app' }
const collect = async <T>(rows: AsyncIterable<T>) => {
  const all: T[] = []
  for await (const row of rows) all.push(row)
  return all
}

beforeAll(async () => {
  some = await someHarbor()
  await some.harbor.projects.create(project, { public: false })
})
afterAll(async () => {
  for (const repository of ['team/app', 'team/copy']) {
    const at = { project, repository }
    for await (const { digest } of some.harbor.artifacts.list(at))
      await some.harbor.artifacts.delete(at, digest)
  }
  await some[Symbol.asyncDispose]()
})

describe('the system', () => {
  it('tells its version to those who are logged in, and not to strangers (1)', async () => {
    expect((await some.harbor.system.info()).version).toMatchObject({ major: 2 })
    const stranger = some.connect({ username: 'nobody', password: 'Wrong-12345' })
    expect((await stranger.system.info()).version).toBeUndefined()
  })

  it('tells the state of each component (1)', async () => {
    const { components } = await some.harbor.system.health()
    expect(components.map(({ name }) => name)).toContain('core')
  })
})

describe('projects', () => {
  it('are made once (1)', async () => {
    expect(await some.harbor.projects.create(project, {})).toBe(false)
    expect(await some.harbor.projects.find(project)).toMatchObject({ name: project })
    expect(await some.harbor.projects.find(`${project}-not`)).toBeUndefined()
  })

  it('are changed in what is named only (7)', async () => {
    await some.harbor.projects.update(project, { severity: 'high' })
    await some.harbor.projects.update(project, { autoScan: false })
    const { metadata } = (await some.harbor.projects.find(project)) ?? {}
    expect(metadata).toMatchObject({ severity: 'high', auto_scan: false, public: false })
  })

  it('whose name is a number are found by it (2.1)', async () => {
    const name = String(Date.now())
    await some.harbor.projects.create(name, {})
    expect(await some.harbor.projects.find(name)).toMatchObject({ name })
    expect(await some.harbor.projects.delete(name)).toBe(true)
    expect(await some.harbor.projects.delete(name)).toBe(false)
  })

  it('have a limit in bytes, and -1 for none (7)', async () => {
    const { project_id: id = 0 } = (await some.harbor.projects.find(project)) ?? {}
    const quota = await some.harbor.quotas.find(id)
    await some.harbor.quotas.limit(quota?.id ?? 0, 10_000_000)
    expect(await some.harbor.projects.usage(project)).toMatchObject({ limit: 10_000_000 })
    await some.harbor.quotas.limit(quota?.id ?? 0, -1)
    expect(await some.harbor.projects.usage(project)).not.toHaveProperty('limit')
    await expect(some.harbor.quotas.limit(quota?.id ?? 0, 0)).rejects.toMatchObject({ status: 400 })
  })
})

describe('artifacts', () => {
  it('of a repository with a slash are found: its name is encoded twice (2.1)', async () => {
    const digest = await pushImage(some, `${project}/team/app`, { tag: 'v1', text: 'one' })
    const found = await some.harbor.artifacts.find(where, 'v1')
    expect(found).toMatchObject({ digest, tags: [{ name: 'v1' }], accessories: [] })
    expect(await some.harbor.artifacts.find(where, digest)).toMatchObject({ digest })
    expect(await some.harbor.artifacts.find(where, 'v2')).toBeUndefined()
  })

  it('of a repository that does not exist are an empty list (2.1)', async () => {
    const absent = { project, repository: 'team/absent' }
    expect(await collect(some.harbor.artifacts.list(absent))).toEqual([])
  })

  it('are listed over many pages (2.4)', async () => {
    const repository = 'many'
    for (let number = 0; number < 105; number += 1) {
      await pushImage(some, `${project}/${repository}`, { text: `many ${number}` })
    }
    const all = await collect(some.harbor.artifacts.list({ project, repository }))
    expect(new Set(all.map(({ digest }) => digest)).size).toBe(105)
    for (const { digest } of all)
      await some.harbor.artifacts.delete({ project, repository }, digest)
  })

  it('get new tags, and no tag ever moves by it (4)', async () => {
    const one = await pushImage(some, `${project}/team/app`, { tag: 'a', text: 'one' })
    const two = await pushImage(some, `${project}/team/app`, { tag: 'b', text: 'two' })
    expect(await some.harbor.artifacts.addTag(where, one, 'stable')).toBe(true)
    expect(await some.harbor.artifacts.addTag(where, two, 'stable')).toBe(false)
    expect(await some.harbor.artifacts.find(where, 'stable')).toMatchObject({ digest: one })
    expect(await some.harbor.artifacts.removeTag(where, two, 'stable')).toBe(false)
    expect(await some.harbor.artifacts.removeTag(where, one, 'stable')).toBe(true)
    const tags = await collect(some.harbor.artifacts.tags(where, one))
    expect(tags.map(({ name }) => name)).not.toContain('stable')
  })

  it('are copied with all their tags, twice without harm; an unknown source is an error (4, 2.5)', async () => {
    const digest = await pushImage(some, `${project}/team/app`, { tag: 'copied', text: 'three' })
    const to = { project, repository: 'team/copy' }
    await some.harbor.artifacts.copy({ ...where, digest }, to)
    await some.harbor.artifacts.copy({ ...where, digest }, to)
    expect(await some.harbor.artifacts.find(to, 'copied')).toMatchObject({ digest })
    const absent = { ...where, digest: `sha256:${'0'.repeat(64)}` as typeof digest }
    await expect(some.harbor.artifacts.copy(absent, to)).rejects.toMatchObject({ status: 400 })
  })

  it('with an immutable tag cannot go (4)', async () => {
    const digest = await pushImage(some, `${project}/fixed`, { tag: 'v1', text: 'fixed' })
    const rule = { repositories: 'fixed', tags: 'v*' }
    await some.harbor.immutableRules.add(project, rule)
    expect(await collect(some.harbor.immutableRules.list(project))).toMatchObject([rule])
    const at = { project, repository: 'fixed' }
    await expect(some.harbor.artifacts.removeTag(at, digest, 'v1')).rejects.toMatchObject({
      status: 412,
    })
    await expect(some.harbor.artifacts.delete(at, digest)).rejects.toMatchObject({ status: 412 })
    const again = pushImage(some, `${project}/fixed`, { tag: 'v1', text: 'fixed' })
    await expect(again).rejects.toThrow('412')
  })
})

describe('robots', () => {
  it('can do what they are granted and no more, and end when they are deleted (3)', async () => {
    const access = [
      { resource: 'repository', action: 'pull' },
      { resource: 'artifact', action: 'read' },
    ]
    const robot = await some.harbor.robots.create({
      name: `reader-${randomUUID().slice(0, 8)}`,
      description: 'reads',
      level: 'project',
      days: 1,
      grants: [{ kind: 'project', namespace: project, access }],
    })
    const harbor = some.connect({ username: robot.name, password: robot.secret })
    expect(await harbor.artifacts.find(where, 'v1')).toBeDefined()
    await expect(
      harbor.artifacts.addTag(where, (await harbor.artifacts.find(where, 'v1'))!.digest, 'no'),
    ).rejects.toMatchObject({ status: 403 })
    const secret = await some.harbor.robots.refreshSecret(robot.id)
    await expect(harbor.artifacts.find(where, 'v1')).rejects.toMatchObject({ status: 401 })
    const renewed = some.connect({ username: robot.name, password: secret })
    expect(await renewed.artifacts.find(where, 'v1')).toBeDefined()
    const { project_id: id = 0 } = (await some.harbor.projects.find(project)) ?? {}
    expect(await collect(some.harbor.robots.list(id))).toMatchObject([
      { id: robot.id, name: robot.name },
    ])
    expect(await some.harbor.robots.delete(robot.id)).toBe(true)
    expect(await some.harbor.robots.delete(robot.id)).toBe(false)
    expect(await some.harbor.robots.find(robot.id)).toBeUndefined()
  })

  it('live for whole days, at least one (3)', async () => {
    const robot = { name: 'short', description: '', level: 'system', days: 0, grants: [] } as const
    await expect(some.harbor.robots.create(robot)).rejects.toMatchObject({ status: 400 })
  })

  it('are never granted every project', async () => {
    const grants = [
      { kind: 'project', namespace: '*', access: [{ resource: 'project', action: 'update' }] },
    ] as const
    const robot = { name: 'all', description: '', level: 'system', days: 1, grants } as const
    await expect(some.harbor.robots.create(robot)).rejects.toThrow(RangeError)
  })
})

describe('scans', () => {
  it('end with findings, one at a time (5)', async ({ skip }) => {
    if (some.fake === undefined) skip('findings are set on the fake only')
    some.fake!.state.findings = [
      { id: 'CVE-1', package: 'zlib', version: '1', fix_version: '2', severity: 'Critical' },
    ]
    const digest = await pushImage(some, `${project}/team/app`, { tag: 'scanned', text: 'scanned' })
    expect(await some.harbor.scans.report(where, digest)).toBeUndefined()
    expect(await some.harbor.scans.start(where, digest, 'vulnerability')).toBe('started')
    expect(await some.harbor.scans.start(where, digest, 'vulnerability')).toBe('running')
    const ended = async () =>
      (await some.harbor.artifacts.find(where, digest))?.scan_overview?.scan_status === 'Success'
    await until(ended, { what: 'the scan', limitMs: 10_000, everyMs: 20 })
    expect(await some.harbor.scans.report(where, digest)).toMatchObject([
      { id: 'CVE-1', severity: 'Critical' },
    ])
  })

  it('that hang are stopped, and a project without scanner says so (5)', async ({ skip }) => {
    if (some.fake === undefined) skip('the scanner of a real Harbor is left alone')
    const digest = await pushImage(some, `${project}/team/app`, { tag: 'hangs', text: 'hangs' })
    some.fake!.state.scanner = 'hangs'
    await some.harbor.scans.start(where, digest, 'vulnerability')
    await some.harbor.scans.stop(where, digest, 'vulnerability')
    expect((await some.harbor.artifacts.find(where, digest))?.scan_overview).toMatchObject({
      scan_status: 'Stopped',
    })
    some.fake!.state.scanner = 'absent'
    expect(await some.harbor.scans.start(where, digest, 'sbom')).toBe('no_scanner')
    some.fake!.state.scanner = 'works'
  })
})

describe('policies', () => {
  it('call back with a header of ours, changed in place (6)', async () => {
    const hook = {
      name: 'kiln',
      address: 'http://127.0.0.1:1/',
      authorization: 'Bearer x',
      events: ['PUSH_ARTIFACT'],
    }
    await some.harbor.webhooks.add(project, hook)
    const [found] = await collect(some.harbor.webhooks.list(project))
    expect(found).toMatchObject({ name: 'kiln', event_types: ['PUSH_ARTIFACT'] })
    await some.harbor.webhooks.update(project, found?.id ?? 0, {
      ...hook,
      events: ['QUOTA_EXCEED'],
    })
    expect(await collect(some.harbor.webhooks.list(project))).toMatchObject([
      { event_types: ['QUOTA_EXCEED'] },
    ])
    const wrong = some.harbor.webhooks.add(project, { ...hook, name: 'x', events: ['NO_SUCH'] })
    await expect(wrong).rejects.toMatchObject({ status: 400 })
  })

  it('tell what a retention would delete before it does (4)', async () => {
    const { project_id: projectId = 0 } = (await some.harbor.projects.find(project)) ?? {}
    const id = await some.harbor.retention.create(projectId, [
      { repositories: '**', tags: '**', keepLatest: 1 },
    ])
    const run = await some.harbor.retention.preview(id)
    const ended = async () =>
      (await some.harbor.retention.executions(id)).some(
        (one) => one.id === run && one.dry_run && one.status !== 'Running',
      )
    await until(ended, { what: 'the preview', limitMs: 60_000, everyMs: 100 })
    const tasks = await some.harbor.retention.tasks(id, run)
    expect(tasks.find(({ repository }) => repository.endsWith('team/app'))).toMatchObject({
      retained: 1,
    })
    await expect(some.harbor.retention.create(projectId, [])).rejects.toBeInstanceOf(HarborError)
  })
})
