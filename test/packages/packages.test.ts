import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { runInProcess } from '../cli/kit/in-process.ts'
import { createClient, type Submission } from '../client.ts'
import { createEnvironmentClient } from '../environments/client.ts'
import { type Farm, startFarm } from '../farm.ts'
import { pushDebian } from './debian-base.ts'

/** A base as people have them: a Python of its own, a user, an entrypoint, and something that looks like a framework. */
const withPython = (debian: string) => `FROM ${debian}
RUN useradd --create-home app && python3 -m venv /opt/venv
RUN <<EOF
set -e
cd /opt/venv/lib/python3*/site-packages
mkdir torch-2.1.0+cu118.dist-info
printf 'Metadata-Version: 2.1\\nName: torch\\nVersion: 2.1.0+cu118\\n' > torch-2.1.0+cu118.dist-info/METADATA
echo pip > torch-2.1.0+cu118.dist-info/INSTALLER
EOF
ENV PATH=/opt/venv/bin:/usr/sbin:/usr/bin:/sbin:/bin
WORKDIR /home/app
USER app
ENTRYPOINT ["/bin/echo", "kept"]
`

const lists = { apt: ['jq'], pip: ['Six', 'numpy >= 1.26', 'MarkupSafe'] }

interface Lock {
  readonly base: unknown
  readonly base_read: boolean
  readonly packages: Readonly<Record<'apt' | 'pip' | 'conda', readonly string[]>>
  readonly omitted: number
}

/** As slow as what offers the packages. */
const timeout = 600_000

describe('builds from lists of packages', { timeout }, () => {
  let farm: Farm
  let debian: string | undefined
  beforeAll(async () => {
    farm = await startFarm({ environment: { KILN_VOLUMES: 'certificates:/etc/ssl/certs' } })
    debian = await pushDebian(farm)
    if (debian === undefined) return
    await build({ name: 'python-base', dockerfile: withPython(debian) })
  }, timeout)
  afterAll(async () => farm[Symbol.asyncDispose]())

  const client = () => createClient(farm.url)
  const build = async (body: Submission) => {
    const id = await client().submit(body)
    return client().until(id, ({ status }) => status !== 'building', 400_000)
  }
  const post = async (path: string, body: object, headers: Readonly<Record<string, string>> = {}) =>
    client().request(path, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...headers },
      body: JSON.stringify(body),
    })
  /** The packages of a version are read soon after it is published. */
  const readLock = async (name: string): Promise<Lock> => {
    const { id } = (await client().images()).find((image) => image.name === name) ?? { id: 0 }
    for (let tries = 0; tries < 120; tries += 1) {
      const reply = await client().request(`/api/images/${id}/versions/1/lock`)
      if (reply.status === 200) {
        const lock = (await reply.json()) as Lock
        if (lock.base_read) return lock
      }
      await sleep(500)
    }
    throw new Error(`nobody has read the packages of ${name}`)
  }
  const printed = async (id: string) =>
    (await client().follow(id)).map(({ line }) => line.text).join('\n')

  it('puts them on the base, and keeps its user and entrypoint', async ({ skip }) => {
    skip(debian === undefined, 'no Debian could be made here')
    expect(await client().images()).toContainEqual(expect.objectContaining({ name: 'python-base' }))
    const body = { name: 'made', base_image: 'python-base', packages: lists }
    const preview = (await (await post('/api/images/preview', body)).json()) as object
    const done = await build(body)
    expect(done).toMatchObject({ status: 'succeeded', failure: null, attempt: 1 })
    const normal = { apt: ['jq'], pip: ['markupsafe', 'numpy>=1.26', 'six'] }
    expect(done.packages).toMatchObject(normal)
    expect(preview).toMatchObject({ dockerfile: done.dockerfile, packages: normal })
    expect(done.dockerfile).not.toMatch(/jq|numpy|six|markupsafe/i)
    const check = `FROM made
RUN jq --version && python -c 'import numpy, six, markupsafe._speedups; print(numpy.zeros(2))'
RUN test "$(id -un)" = app && test ! -e /run/kiln && test -z "$(ls /var/lib/apt/lists | grep _)"`
    expect(await build({ name: 'check', dockerfile: check })).toMatchObject({ failure: null })
    const { id } = (await client().images()).find(({ name }) => name === 'made') ?? { id: 0 }
    const version = await (await client().request(`/api/images/${id}/versions/1`)).json()
    expect(version).toMatchObject({ build: { packages: normal, dockerfile: done.dockerfile } })
    const held = /stays as it is: torch==2\.1\.0\+cu118/
    expect(await printed(done.id)).toMatch(held)
  })

  it('takes it all from the cache the second time, whatever the order', async ({ skip }) => {
    skip(debian === undefined, 'no Debian could be made here')
    const packages = { apt: ['jq', 'jq'], pip: [...lists.pip].toReversed() }
    const again = await build({ name: 'again', base_image: 'python-base', packages })
    expect(again).toMatchObject({ status: 'succeeded' })
    expect(again.steps.cached / again.steps.total).toBeGreaterThan(0.5)
    expect((await printed(again.id)).match(/^CACHED$/gm)?.length).toBeGreaterThanOrEqual(2)
  })

  it('makes the same versions again from the lock of a version', async ({ skip }) => {
    skip(debian === undefined, 'no Debian could be made here')
    const lock = await readLock('made')
    expect(lock).toMatchObject({ base: { reference: 'python-base' }, base_read: true, omitted: 0 })
    const pinned = [...lock.packages.apt, ...lock.packages.pip]
    expect(pinned.map((item) => item.replace(/=.*/, ''))).toEqual(
      expect.arrayContaining(['jq', 'libjq1', 'markupsafe', 'numpy', 'six']),
    )
    expect(pinned.filter((item) => item.startsWith('torch'))).toEqual([])
    const again = await build({ name: 'locked', from_lock: { image: 'made', version: 1 } })
    expect(again).toMatchObject({ status: 'succeeded', failure: null, packages: lock.packages })
    expect((await readLock('locked')).packages).toEqual(lock.packages)
  })

  it('warns of what does not fit the base', async ({ skip }) => {
    skip(debian === undefined, 'no Debian could be made here')
    const packages = { pip: ['tensorflow==2.11.0'] }
    const reply = await post('/api/images/preview', { base_image: 'python-base', packages })
    expect(await reply.json()).toMatchObject({
      warnings: [{ code: 'FRAMEWORK_OTHER_PYTHON', fix: expect.stringContaining('tensorflow==') }],
    })
    const warned = [{ code: 'FRAMEWORK_OTHER_PYTHON', fix: expect.stringContaining('换用其他') }]
    const path = '/api/images/build?lang=zh'
    const body = { name: 'warned', base_image: 'python-base', packages }
    const accepted = await post(path, body, { 'idempotency-key': 'warned-1' })
    const { build_id: id, warnings } = (await accepted.json()) as Record<string, string>
    expect([accepted.status, warnings]).toMatchObject([202, warned])
    await client().until(String(id), ({ status }) => status !== 'building', 400_000)
    const again = await post(path, body, { 'idempotency-key': 'warned-1' })
    expect(await again.json()).toMatchObject({ build_id: id, warnings: warned })
    const many = ['many-1', 'many-2'].map((name) => ({ ...body, name }))
    const key = { 'idempotency-key': 'warned-2' }
    const batch = async () =>
      (await (await post('/api/images/build/batch?lang=zh', { builds: many }, key)).json()) as {
        readonly builds: readonly { readonly build_id: string; readonly warnings: unknown }[]
      }
    const first = await batch()
    expect(first).toMatchObject({ builds: [{ warnings: warned }, { warnings: warned }] })
    for (const one of first.builds) {
      await client().until(one.build_id, ({ status }) => status !== 'building', 400_000)
    }
    expect(await batch()).toEqual(first)
    const asked = ['build', '-t', 'warned', '--base', 'python-base', '--pip', ...packages.pip, '-d']
    const terminal = { server: farm.url, home: farm.stateDir, language: 'zh' } as const
    const { code, stdout, stderr } = await runInProcess(asked, terminal)
    expect({ code, stderr }).toEqual({
      code: 0,
      stderr: expect.stringMatching(/^警告：.*tensorflow.*换用其他/m),
    })
    await client().cancel(stdout.trim())
  })

  it('makes a build of what pip has installed in an environment', async ({ skip }) => {
    skip(debian === undefined, 'no Debian could be made here')
    const dockerfile = 'FROM python-base\nUSER root\nENTRYPOINT []\n'
    expect(await build({ name: 'notebook', dockerfile })).toMatchObject({ failure: null })
    const environments = createEnvironmentClient(farm)
    // Whom this machine trusts may be more than whom pip does.
    const install = 'export PIP_CERT=/certificates/ca-certificates.crt; pip install six==1.16.0'
    const script = `${install} && pip uninstall -y setuptools && echo installed; exec sleep 6005.5`
    const id = await environments.run({
      image: 'notebook',
      command: ['sh', '-c', script],
      volumes: [{ volume: 'certificates', path: '/certificates' }],
      memory_bytes: 2 ** 29,
    })
    const log = async () => environments.log(id)
    await expect.poll(log, { timeout: 240_000, interval: 1_000 }).toMatch(/^installed$/m)
    const reply = await environments.ask('POST', `/${id}/recipe`, {})
    const recipe = (await reply.json()) as Required<
      Pick<Submission, 'base_image' | 'packages' | 'dockerfile'>
    >
    expect(recipe).toMatchObject({
      packages: { apt: [], pip: ['six==1.16.0'], conda: [] },
      not_covered: { packages: [], omitted: 0, removed: [{ kind: 'python', name: 'setuptools' }] },
    })
    await environments.stop(id)
    const { base_image: base, packages } = recipe
    const done = await build({ name: 'from-recipe', base_image: base, packages })
    expect(done).toMatchObject({ status: 'succeeded', failure: null })
    expect(done.dockerfile).toBe(recipe.dockerfile)
    const { pip } = (await readLock('from-recipe')).packages
    expect(pip).toContain('six==1.16.0')
  })

  it('lets no package replace what the base is built around', async ({ skip }) => {
    skip(debian === undefined, 'no Debian could be made here')
    const packages = { pip: ['torchvision==0.20.0'] }
    const done = await build({ name: 'swapped', base_image: 'python-base', packages })
    expect(await printed(done.id)).toMatch(/torch==2\.1\.0\+cu118/)
    expect(done.failure).toMatchObject({ code: 'packages_held', actor: 'user' })
  })

  it('says why where the Python of the base is not its own', async ({ skip }) => {
    skip(debian === undefined, 'no Debian could be made here')
    const done = await build({ name: 'managed', base_image: debian, packages: { pip: ['six'] } })
    expect(done.failure).toMatchObject({ code: 'packages_python_managed', exitCode: 84 })
  })

  it.each([
    ['apt', 'packages_no_apt'],
    ['pip', 'packages_no_python'],
    ['conda', 'packages_no_conda'],
  ] as const)('says that a base has nothing for %s', async (kind, code) => {
    const packages = { [kind]: ['jq'] }
    const done = await build({ name: `no-${kind}`, base_image: farm.baseImage, packages })
    expect(done.failure).toMatchObject({ code, actor: 'user' })
  })

  it('names each item that it refuses, before anything is queued', async () => {
    const packages = { apt: ['jq', 'jq; id'], pip: ['six', '-r x', 'a @ https://example.org/a'] }
    const body = { name: 'hostile', base_image: farm.baseImage, packages }
    for (const path of ['/api/images/build', '/api/images/preview']) {
      const reply = await post(path, body)
      expect(reply.status).toBe(422)
      expect(await reply.json()).toMatchObject({
        code: 'packages_invalid',
        errors: [
          { field: 'packages.apt[1]' },
          { field: 'packages.pip[1]' },
          { field: 'packages.pip[2]' },
        ],
      })
    }
  })

  it('names the one of ten thousand that it refuses', async () => {
    const apt = Array.from({ length: 10_000 }, (_, index) => `package-${index}`)
    apt[7654] = 'a$(id)'
    const body = { name: 'many', base_image: farm.baseImage, packages: { apt } }
    const reply = await post('/api/images/build', body)
    expect(reply.status).toBe(422)
    expect(await reply.json()).toMatchObject({ errors: [{ field: 'packages.apt[7654]' }] })
    const more = { ...body, packages: { apt: [...apt, 'jq'] } }
    expect((await post('/api/images/build', more)).status).toBe(400)
  })

  it.each([
    [{ packages: { pip: ['six'] } }, 'invalid_request', 'base_image'],
    [{ packages: { pip: ['six'] }, base_image: 'no such' }, 'base_unreadable', 'base_image'],
    [{ packages: { pip: ['six'] }, dockerfile: 'FROM a' }, 'invalid_request', 'packages'],
    [{}, 'invalid_request', 'dockerfile'],
    [{ packages: { pip: [1] }, base_image: 'a' }, 'invalid_request', 'packages.pip.0'],
    [{ packages: { pip: ['a\0'] }, base_image: 'a' }, 'invalid_request', 'packages.pip.0'],
    [{ packages: {}, base_image: 'a' }, 'packages_invalid', 'packages'],
  ])('refuses %j', async (body, code, field) => {
    const reply = await post('/api/images/build', { name: 'refused', ...body })
    expect(reply.status).toBeLessThan(500)
    const problem = (await reply.json()) as { code: string; errors: { field: string }[] }
    expect(problem.code).toBe(code)
    expect(problem.errors.map((error) => error.field)).toContain(field)
  })
})
