import { execFile } from 'node:child_process'
import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { createWriteStream } from 'node:fs'
import {
  chmod,
  chown,
  mkdir,
  mkdtemp,
  readFile,
  rm,
  stat,
  symlink,
  truncate,
  utimes,
  writeFile,
} from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { Writable } from 'node:stream'
import { promisify } from 'node:util'
import { unpackTar } from 'modern-tar'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { Definition, Op, type SourceOp } from '../../agent/buildkit/gen/llb.ts'
import type { Directory } from '../../agent/buildkit/session/directory.ts'
import { diskDirectory } from '../../agent/buildkit/session/disk-directory.ts'
import type { FilterOptions } from '../../agent/buildkit/session/filter.ts'
import { solve } from '../../agent/buildkit/solve.ts'
import { makeCorpus } from './corpus.ts'
import { startTestDaemon, type TestDaemon } from './daemon.ts'
import { solving } from './solving.ts'

let daemon: TestDaemon
beforeAll(async () => {
  daemon = await startTestDaemon()
})
afterAll(async () => daemon[Symbol.asyncDispose]())

const thousand = Array.from({ length: 1_000 }, (_, at) => at)
const everything: FilterOptions = { includePatterns: [], excludePatterns: [], followPaths: [] }

/** The tars that this client and buildctl get of one Dockerfile with one context, nothing of it cached. */
async function buildBoth(context: string, dockerfile: string) {
  const folder = `${context}.built`
  await mkdir(folder, { recursive: true })
  await writeFile(join(folder, 'Dockerfile'), dockerfile)
  const options = solving(daemon.address, dockerfile)
  const ours = join(folder, 'ours.tar')
  await solve({
    ...options,
    sharedKey: context,
    frontendAttrs: { ...options.frontendAttrs, 'no-cache': '', dockerfilekey: 'dockerfile' },
    directories: { ...options.directories, context: diskDirectory(context) },
    exporters: [{ type: 'tar', attrs: {}, output: async () => createWriteStream(ours) }],
  })
  const theirs = join(folder, 'theirs.tar')
  const locals = ['--local', `context=${context}`, '--local', `dockerfile=${folder}`]
  const output = ['--output', `type=tar,dest=${theirs}`]
  const frontend = ['--frontend', 'dockerfile.v0', '--no-cache', '--progress=plain']
  await daemon.buildctl('build', ...frontend, ...locals, ...output)
  return { ours, theirs }
}

async function listTar(tar: string): Promise<readonly string[]> {
  const args = ['--list', '--verbose', '--full-time', '--numeric-owner', '--file', tar]
  const { stdout } = await promisify(execFile)('tar', args, { maxBuffer: 2 ** 30 })
  return stdout.split('\n')
}

const withoutTimes = (lines: readonly string[]) =>
  lines.map((line) => line.replace(/ \d{4}-\d\d-\d\d \d\d:\d\d:\d\d /, ' '))

describe('a directory on disk', () => {
  it('gives the daemon byte for byte what buildctl gives it', async () => {
    const context = join(daemon.folder, 'corpus')
    await makeCorpus(context, 25_000)
    // Neither user nor owner crosses over, and there is no socket in an image.
    await chown(join(context, 'empty'), 1234, 5678)
    await using _ = await listenOn(join(context, 'socket'))
    const { ours, theirs } = await buildBoth(context, 'FROM scratch\nCOPY --exclude=socket . /\n')
    const listed = await listTar(ours)
    expect(listed.length).toBeGreaterThan(25_140)
    expect(listed).toEqual(await listTar(theirs))
    expect((await readFile(ours)).equals(await readFile(theirs))).toBe(true)
  }, 600_000)

  it.each([
    [
      'patterns with commas, exceptions and a thousand lines',
      'COPY . /',
      [
        'a, b',
        'x,y*',
        '**/secret',
        'out',
        '!out/keep',
        '*.log',
        '!*.log/deep',
        ...thousand.map((at) => `line-${at}, and "more" ünïcödé`),
      ],
    ],
    ['paths that lead through links', 'COPY in-link/f? link /', ['nothing']],
    [
      'a thousand paths with commas that are asked for one by one',
      `COPY ${JSON.stringify([...thousand.map((at) => `asked/${at}, a`), '/'])}`,
      ['asked/7, a', '!asked/7, a'],
    ],
    ['parents of what is included alone', 'COPY --parents deep/*/c ./d*/**/e /', ['nothing']],
  ])('leaves the same out as buildctl: %s', async (name, copy, ignored) => {
    const context = join(daemon.folder, name.replaceAll(/\W/g, '-'))
    const files = ['a, b', 'a', 'x,yz', 'x', 'secret', 'd/secret', 'd/e', 'out/a', 'out/keep/b']
    for (const file of [
      ...files,
      'deep/b/c',
      'deep/b/d',
      '1.log',
      '2.log/deep/x',
      'line-7',
      'real/f1',
    ])
      await writeFiles(context, { [file]: file })
    await writeFiles(context, {
      '.dockerignore': ignored.join('\n'),
      'line-3, and "more" ünïcödé': '',
    })
    // Each file is held against each line, so only those are there that a case is about.
    for (const at of copy.includes('asked/') ? thousand : thousand.slice(0, 10))
      await writeFiles(context, { [`asked/${at}, a`]: '', [`asked/${at}`]: '' })
    await symlink('/real', join(context, 'in-link'))
    await symlink('in-link/f1', join(context, 'link'))
    const { ours, theirs } = await buildBoth(context, `FROM scratch\n${copy}\n`)
    // All contexts of buildctl share a copy in the daemon, and a folder in which it drops something gets another time.
    const [listed, expected] = [await listTar(ours), await listTar(theirs)].map(withoutTimes)
    expect(listed?.length).toBeGreaterThan(2)
    expect(listed).toEqual(expected)
  })

  it('sends no more than the patterns ask for', async () => {
    const context = join(daemon.folder, 'asked')
    await writeFiles(context, { 'a/b/wanted': '', 'a/b/other': '', 'c/d': '', 'a/link-target': '' })
    await symlink('../a/link-target', join(context, 'c', 'link'))
    const directory = diskDirectory(context)
    const paths = async (filter: Partial<FilterOptions>) => {
      const found: string[] = []
      for await (const group of directory.list({ ...everything, ...filter }))
        found.push(...group.map(({ path }) => path))
      return found
    }
    expect(await paths({ includePatterns: ['a/b/w*'] })).toEqual(['a', 'a/b', 'a/b/wanted'])
    expect(await paths({ followPaths: ['c/link'] })).toEqual(['a', 'a/link-target', 'c', 'c/link'])
    expect(await paths({ followPaths: ['../../c/d'] })).toEqual(['c', 'c/d'])
    expect(await paths({ followPaths: ['c', '.'] })).toHaveLength(8)
    expect(await paths({ excludePatterns: ['*', '!a/b/o*'] })).toEqual(['a', 'a/b', 'a/b/other'])
    await expect(paths({ includePatterns: ['[a'] })).rejects.toThrow('"[a" is not a pattern')
  })

  it('takes a thousand include patterns, with commas and exceptions', async () => {
    const context = join(daemon.folder, 'included')
    await writeFiles(context, { 'a, b': '', a: '', b: '', 'x,y/1': '', 'x,y/no': '', ünï: '' })
    const patterns = ['a, b', 'x,y', '!x,y/no', 'ün*', ...thousand.map((at) => `none-${at}, or`)]
    const identifier = 'local://files'
    const attrs = { 'local.includepattern': JSON.stringify(patterns) }
    const inputs = { context: definition({ identifier, attrs }) }
    const files = await buildFrom(diskDirectory(context), 'FROM scratch\nCOPY . /\n', inputs)
    expect([...files.keys()].toSorted()).toEqual(['a, b', 'x,y/', 'x,y/1', 'ünï'])
  })

  it('fails by name on what this process may not read', async () => {
    await using stack = new AsyncDisposableStack()
    // Beside the daemon, whose folder nobody else may enter.
    const context = await mkdtemp(join(tmpdir(), 'kiln-unreadable-'))
    stack.defer(async () => rm(context, { recursive: true }))
    await chmod(context, 0o755)
    await writeFiles(context, { 'closed file': 'x', 'closed/inside': 'x', open: 'open' })
    await chmod(join(context, 'closed file'), 0o000)
    await chmod(join(context, 'closed'), 0o700)
    stack.use(asNobody())
    const directory = diskDirectory(context)
    const all = async (filter: Partial<FilterOptions>) =>
      (await collect(directory.list({ ...everything, ...filter }))).flat().map(({ path }) => path)
    await expect(all({})).rejects.toThrow('cannot read "closed": EACCES')
    expect(await all({ excludePatterns: ['closed'] })).toEqual(['closed file', 'open'])
    const reading = collect(directory.read('closed file'))
    await expect(reading).rejects.toThrow('cannot read "closed file": EACCES')
    expect(Buffer.concat(await collect(directory.read('open'))).toString()).toBe('open')
  })

  it('tells times to the nanosecond', async () => {
    const context = join(daemon.folder, 'times')
    await writeFiles(context, { file: '' })
    await utimes(join(context, 'file'), 0, 1_234_567_890.123_456)
    const { mtimeNs } = await stat(join(context, 'file'), { bigint: true })
    expect(mtimeNs % 1_000_000n).not.toBe(0n)
    for await (const group of diskDirectory(context).list(everything))
      expect(group).toEqual([expect.objectContaining({ path: 'file', modTime: mtimeNs })])
  })

  it('never leaves its root, whatever links point at', async () => {
    const context = join(daemon.folder, 'inside')
    await writeFiles(daemon.folder, { 'outside/secret': 'secret' })
    await writeFiles(context, { file: 'file' })
    await symlink('../outside', join(context, 'up'))
    await symlink(join(daemon.folder, 'outside'), join(context, 'absolute'))
    for (const name of ['up', 'absolute']) {
      const build = buildFrom(diskDirectory(context), `FROM scratch\nCOPY ${name}/secret /\n`)
      await expect(build).rejects.toThrow(`"/${name}/secret": not found`)
    }
  })
})

describe('a file that changes after it was listed', () => {
  const change = async (name: string, act: (path: string) => Promise<void>) => {
    const context = join(daemon.folder, name)
    await writeFiles(context, { changing: 'x'.repeat(1_000_000), steady: 'steady' })
    const directory = diskDirectory(context)
    return buildFrom({
      ...directory,
      async *list(filter) {
        for await (const group of directory.list(filter)) {
          if (group.some(({ path }) => path === 'changing')) await act(join(context, 'changing'))
          yield group
        }
      },
    })
  }

  it('is sent as it is by now', async () => {
    for (const length of [300_000, 3_000_000, 0]) {
      const files = await change(`of-${length}`, async (path) => truncate(path, length))
      expect(files.get('changing')?.length).toBe(length)
      expect(files.get('steady')?.toString()).toBe('steady')
    }
  })

  it('is sent up to where it ends when it shrinks while it is read', async () => {
    const context = join(daemon.folder, 'shrinks')
    await writeFiles(context, { changing: 'x'.repeat(1_000_000), steady: 'steady' })
    const directory = diskDirectory(context)
    const files = await buildFrom({
      ...directory,
      async *read(path) {
        for await (const bytes of directory.read(path)) {
          yield bytes
          if (path === 'changing') await truncate(join(context, path), 300_000)
        }
      },
    })
    expect(files.get('changing')?.length).toBeGreaterThanOrEqual(262_144)
    expect(files.get('changing')?.length).toBeLessThan(1_000_000)
    expect(files.get('steady')?.toString()).toBe('steady')
  })

  it.each([
    ['is gone', 'ENOENT', async (path: string) => rm(path)],
    [
      'is a folder',
      'it is no file any more',
      async (path: string) => {
        await rm(path)
        await mkdir(path)
      },
    ],
    [
      'is a link out of here',
      'ELOOP',
      async (path: string) => {
        await rm(path)
        await symlink('/etc/passwd', path)
      },
    ],
    [
      'is a pipe that nobody writes to',
      'it is no file any more',
      async (path: string) => {
        await rm(path)
        await promisify(execFile)('mkfifo', [path])
      },
    ],
  ])('fails the build by name when it %s', async (name, reason, act) => {
    const build = change(name.replaceAll(' ', '-'), act)
    await expect(build).rejects.toThrow(`cannot read "changing": ${reason}`)
  })
})

/** Files of the image that `COPY . /` makes of the directory, which an input may read as `local://files`. */
async function buildFrom(
  directory: Directory,
  dockerfile = 'FROM scratch\nCOPY . /\n',
  inputs: Readonly<Record<string, Uint8Array>> = {},
): Promise<ReadonlyMap<string, Buffer>> {
  const options = solving(daemon.address, dockerfile)
  const parts: Buffer[] = []
  const output = new Writable({
    write: (chunk: Buffer, _encoding, written) => {
      parts.push(chunk)
      written()
    },
  })
  await solve({
    ...options,
    sharedKey: options.ref,
    frontendAttrs: { ...options.frontendAttrs, dockerfilekey: 'dockerfile' },
    directories: { ...options.directories, context: directory, files: directory },
    inputs,
    exporters: [{ type: 'tar', attrs: {}, output: async () => output }],
  })
  const entries = await unpackTar(new Uint8Array(Buffer.concat(parts)))
  return new Map(entries.map(({ header, data }) => [header.name, Buffer.from(data ?? [])]))
}

async function collect<T>(items: AsyncIterable<T>): Promise<readonly T[]> {
  const all: T[] = []
  for await (const item of items) all.push(item)
  return all
}

/** A definition of nothing but this source. */
function definition(source: SourceOp): Uint8Array {
  const first = Buffer.from(Op.encode({ inputs: [], op: { $case: 'source', source } }).finish())
  const digest = `sha256:${createHash('sha256').update(first).digest('hex')}`
  const last = Op.encode({ inputs: [{ digest, index: 0n }], op: undefined }).finish()
  const metadata = { [digest]: { description: {} } }
  return Definition.encode({ def: [first, Buffer.from(last)], metadata }).finish()
}

/** This process without the rights of root, until it is disposed. */
function asNobody(): Disposable {
  process.seteuid?.('nobody')
  return { [Symbol.dispose]: () => process.seteuid?.(0) }
}

async function writeFiles(folder: string, files: Readonly<Record<string, string>>): Promise<void> {
  for (const [name, text] of Object.entries(files)) {
    await mkdir(dirname(join(folder, name)), { recursive: true })
    await writeFile(join(folder, name), text)
  }
}

async function listenOn(path: string): Promise<AsyncDisposable> {
  const server = createServer().listen(path)
  await once(server, 'listening')
  return server
}
