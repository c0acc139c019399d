import { gzipSync, zstdCompressSync } from 'node:zlib'
import { packTar, type TarEntry } from 'modern-tar'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createClient } from './client.ts'
import { type Farm, startFarm } from './farm.ts'

let farm: Farm
beforeAll(async () => {
  farm = await startFarm()
})
afterAll(async () => farm[Symbol.asyncDispose]())

const client = () => createClient(farm.url)

const file = (name: string, text: string, rest: Partial<TarEntry['header']> = {}): TarEntry => {
  const body = new TextEncoder().encode(text)
  return { header: { name, size: body.length, ...rest }, body }
}
const link = (name: string, linkname: string): TarEntry => ({
  header: { name, type: 'symlink', linkname, size: 0 },
})

const upload = async (entries: readonly TarEntry[]) => {
  const reply = await client().upload(await packTar(entries))
  expect(reply.status).toBe(201)
  return (await reply.json()) as { context: string; bytes: number; files: number }
}

describe('a build context', () => {
  it('is what COPY copies: modes, links, unicode names, and without what .dockerignore excludes', async () => {
    const { context, files } = await upload([
      file('.dockerignore', '# comment\nsecret*\nlogs\n!logs/keep.txt\na, b\n'),
      file('app/run.sh', '#!/bin/sh\necho ran\n', { mode: 0o755 }),
      file('app/grün 二.txt', 'unicode'),
      link('app/link', 'run.sh'),
      file('secret.txt', 'excluded'),
      file('a, b', 'excluded too'),
      file('logs/big.txt', 'excluded'),
      file('logs/keep.txt', 'kept'),
      file('Dockerfile', 'FROM scratch\n'),
    ])
    expect(files).toBe(6)
    const dockerfile = [
      `FROM ${farm.baseImage}`,
      'COPY . /c',
      'RUN test "$(/c/app/run.sh)" = ran && test "$(readlink /c/app/link)" = run.sh',
      'RUN test "$(cat "/c/app/grün 二.txt")" = unicode && test -f /c/logs/keep.txt',
      'RUN ! test -e /c/secret.txt && ! test -e /c/logs/big.txt && ! test -e "/c/a, b"',
    ].join('\n')
    const done = await client().build({ name: 'with-context', dockerfile, context })
    expect(done).toMatchObject({ status: 'succeeded', failure: null, attempt: 1 })
    const texts = (await client().follow(done.id)).map(({ line }) => line.text)
    expect(texts.filter((text) => text.startsWith('ERROR'))).toEqual([])
  })

  it('is the same whatever the times and the packing, so unchanged files are built from the cache', async () => {
    const first = await upload([file('x', '1', { mtime: new Date(1) })])
    const later = await packTar([file('x', '1', { mtime: new Date() })])
    for (const [type, pack] of [
      ['application/gzip', gzipSync],
      ['application/zstd', zstdCompressSync],
    ] as const) {
      const reply = await client().upload(new Uint8Array(pack(later)), type)
      expect(await reply.json()).toEqual(first)
    }
    const dockerfile = `FROM ${farm.baseImage}\nCOPY x /x\nRUN cat /proc/sys/kernel/random/uuid > /id\n`
    const build = async (context: string) =>
      client().build({ name: 'cached-context', dockerfile, context })
    const one = await build(first.context)
    expect((await build(first.context)).digest).toBe(one.digest)
    const other = await upload([file('x', '2')])
    expect((await build(other.context)).digest).not.toBe(one.digest)
  })

  it('is the own one of each of two builds that run at the same time', async () => {
    const build = async (name: string) => {
      const { context } = await upload([file('who', name), file('bulk', name.repeat(500_000))])
      const dockerfile = `FROM ${farm.baseImage}\nCOPY who /\nRUN grep -qx ${name} /who\n`
      return client().build({ name, dockerfile, context })
    }
    for (const round of ['a', 'b', 'c']) {
      const both = await Promise.all([build(`one-${round}`), build(`two-${round}`)])
      expect(both).toMatchObject([{ failure: null }, { failure: null }])
    }
  })

  it('names the line of a COPY whose file the context does not have', async () => {
    const { context } = await upload([file('there', '1')])
    const dockerfile = `FROM ${farm.baseImage}\nCOPY there /\nCOPY missing /\n`
    const build = await client().build({ name: 'lacking', dockerfile, context })
    expect(build).toMatchObject({
      status: 'failed',
      failure: { code: 'source_not_found', line: 3 },
    })
  })
})

describe('an upload', () => {
  it('of a form is built like a tar of the same files', async () => {
    const form = new FormData()
    form.append('executable', new Blob(['#!/bin/sh\necho ran\n']), 'bin/run.sh')
    form.append('file', new Blob(['text']), 'text.txt')
    const reply = await client().request('/api/contexts', { method: 'POST', body: form })
    expect(reply.status).toBe(201)
    const { context } = (await reply.json()) as { context: string }
    const dockerfile = `FROM ${farm.baseImage}\nCOPY . /c\nRUN test "$(/c/bin/run.sh)" = ran && test -f /c/text.txt\n`
    const done = await client().build({ name: 'from-form', dockerfile, context })
    expect(done).toMatchObject({ status: 'succeeded' })
  })

  it('without any file is the empty context', async () => {
    const { context, files } = await upload([])
    expect(files).toBe(0)
    const dockerfile = `FROM ${farm.baseImage}\nCOPY . /c\nRUN test -z "$(ls -A /c)"\n`
    const done = await client().build({ name: 'from-nothing', dockerfile, context })
    expect(done).toMatchObject({ status: 'succeeded' })
  })

  const other = (name: string, type: TarEntry['header']['type'], linkname = ''): TarEntry => ({
    header: { name, ...(type && { type }), size: 0, ...(linkname && { linkname }) },
  })
  it.each<[string, TarEntry[]]>([
    ['the path is absolute', [file('/etc/passwd', 'x')]],
    ['the path has a ".." in it', [file('a/../../x', 'x')]],
    ['the link leads out of the context', [link('a', '../../etc/passwd')]],
    ['which is no file before it', [other('a', 'link', '../../etc/passwd')]],
    ['which is no file before it', [other('a', 'link', '/etc/passwd')]],
    ['lies below "a", which is no folder', [link('a', '/etc'), file('a/passwd', 'x')]],
    ['a block device is not taken', [other('a', 'block-device')]],
    ['a character device is not taken', [other('a', 'character-device')]],
    ['a named pipe is not taken', [other('a', 'fifo')]],
  ])('is refused with the entry and the reason: %s', async (reason, entries) => {
    const reply = await client().upload(await packTar(entries))
    expect(reply.status).toBe(422)
    const name = JSON.stringify(entries.at(-1)?.header.name)
    expect(await reply.json()).toMatchObject({
      code: 'context_invalid',
      detail: expect.stringMatching(RegExp.escape(`${name}: `)),
      errors: [{ field: 'context', message: expect.stringContaining(reason) }],
    })
  })

  it('that unpacks to far more than it is long is refused', async () => {
    const zeros = await packTar([
      { header: { name: 'zeros', size: 80 * 1024 ** 2 }, body: new Uint8Array(80 * 1024 ** 2) },
    ])
    for (const [type, pack] of [
      ['application/gzip', gzipSync],
      ['application/zstd', zstdCompressSync],
    ] as const) {
      const bomb = new Uint8Array(pack(zeros))
      expect(bomb.length).toBeLessThan(zeros.length / 500)
      const reply = await client().upload(bomb, type)
      expect(reply.status).toBe(422)
      expect(await reply.json()).toMatchObject({
        code: 'context_invalid',
        detail: expect.stringContaining('more than 200 times'),
      })
    }
  })

  it('that is refused early still gets its answer, and the server takes the next', async () => {
    const refused = await packTar([
      file('../x', 'x'),
      { header: { name: 'large', size: 32 * 1024 ** 2 }, body: new Uint8Array(32 * 1024 ** 2) },
    ])
    const reply = await client().upload(refused)
    expect(reply.status).toBe(422)
    expect(await reply.json()).toMatchObject({
      code: 'context_invalid',
      detail: expect.stringContaining('"../x"'),
      errors: [{ field: 'context' }],
    })
    expect((await upload([file('x', '1')])).files).toBe(1)
  })
})

describe('a build is refused', () => {
  it('when a build names a context that was never uploaded', async () => {
    const context = `sha256:${'0'.repeat(64)}`
    const reply = await client().post({ name: 'x', dockerfile: 'FROM x\n', context })
    expect(reply.status).toBe(422)
    expect(await reply.json()).toMatchObject({
      code: 'context_unknown',
      errors: [{ field: 'context' }],
    })
  })
})
