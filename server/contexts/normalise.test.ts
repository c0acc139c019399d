import { execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import {
  chmod,
  link,
  mkdir,
  mkdtemp,
  readFile,
  rm,
  symlink,
  truncate,
  writeFile,
} from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gzipSync, zstdCompressSync } from 'node:zlib'
import { packTar, type TarEntry } from 'modern-tar'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { Refusal } from '../refusal.ts'
import { normalise } from './normalise.ts'
import { readUpload } from './read-upload.ts'

let folder = ''
let count = 0
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'kiln-normalise-'))
})
afterAll(async () => rm(folder, { recursive: true }))

const limits = { bytes: 256 * 1024 ** 2, entries: 1000, ratio: 200 }

const take = async (
  upload: Uint8Array,
  { type = 'application/x-tar', ...rest }: Partial<typeof limits> & { type?: string } = {},
) => {
  count += 1
  const files = { spool: join(folder, `${count}.spool`), ordered: join(folder, `${count}.ordered`) }
  const own = { ...limits, ...rest }
  // Small pieces: what a parser does at the seams shows up.
  const body = (async function* pieces() {
    for (let at = 0; at < upload.length; at += 1000) yield upload.subarray(at, at + 1000)
  })()
  const { tar, file } = await normalise(readUpload(body, type, own), own, files)
  const bytes = await readFile(file)
  return { ...tar, content: bytes, inOnePass: file === files.spool }
}

const list = (tar: Uint8Array) =>
  execFileSync('tar', ['-tvf', '-', '--numeric-owner', '--quoting-style=literal'], { input: tar })
    .toString()
    .trim()
    .split('\n')
    .map((line) => line.replace(/^(\S+) +0\/0 +(\d+) 1970-01-01 00:00 /, '$1 $2 '))

const file = (name: string, body: string, rest: Partial<TarEntry['header']> = {}): TarEntry => ({
  header: { name, size: Buffer.byteLength(body), ...rest },
  body,
})
const other = (name: string, type: NonNullable<TarEntry['header']['type']>, linkname = '') => ({
  header: { name, type, size: 0, ...(linkname && { linkname }) },
})
const sha256 = (bytes: Uint8Array) => `sha256:${createHash('sha256').update(bytes).digest('hex')}`

const normalFlags =
  '--sort=name --format=gnu --mtime=@0 --owner=0 --group=0 --numeric-owner --hard-dereference'

describe('the normal form', () => {
  it('is what GNU tar writes, so that a client can know the digest', async () => {
    const long = 'n'.repeat(150)
    const made = join(folder, 'made')
    await mkdir(join(made, 'a', `d${long}`), { recursive: true })
    await mkdir(join(made, 'a-b'))
    await writeFile(join(made, 'a', 'x.sh'), 'echo\n')
    await chmod(join(made, 'a', 'x.sh'), 0o4755)
    await link(join(made, 'a', 'x.sh'), join(made, 'a', 'z'))
    await symlink('x.sh', join(made, 'a', 'link'))
    await symlink(long, join(made, 'a', long))
    await writeFile(join(made, 'a-b', '\u{1F600}'), 'a'.repeat(5000))
    await writeFile(join(made, 'a-b', '\uFFFA'), 'b'.repeat(512))
    const expected = execFileSync('tar', [...normalFlags.split(' '), '-C', made, '-c', '.'])
    const unsorted = execFileSync('tar', ['-C', made, '-c', 'a-b', 'a', '--format=pax'])
    const sorted = await take(expected)
    expect(sorted.inOnePass).toBe(true)
    expect(sorted.content.equals(expected)).toBe(true)
    const ordered = await take(unsorted)
    expect(ordered.inOnePass).toBe(false)
    expect(ordered.content.equals(expected)).toBe(true)
    expect(ordered).toMatchObject({ digest: sha256(expected), bytes: expected.length, files: 6 })
  })

  it('is the same for every packing', async () => {
    const tar = Buffer.from(await packTar([file('b', '1'), file('a', '2')]))
    const plain = await take(tar)
    for (const [type, packed] of [
      ['application/gzip', gzipSync(tar)],
      ['application/zstd', zstdCompressSync(tar)],
    ] as const) {
      expect((await take(packed, { type })).digest).toBe(plain.digest)
    }
  })

  it('has every folder, of equal paths the last, and nothing that .dockerignore excludes', async () => {
    const tar = await packTar([
      file('small', '1'),
      file('logs/big.txt', 'x'.repeat(3_000_000)),
      file('twice', 'first'),
      { header: { name: 'logs/', type: 'directory', mode: 0o700, size: 0 } },
      file('.dockerignore', 'small\nlogs\n!logs/deep/keep.txt\n'),
      file('logs/deep/keep.txt', 'kept'),
      file('twice', 'second!'),
    ])
    const taken = await take(tar)
    expect(list(taken.content)).toEqual([
      'drwxr-xr-x 0 ./',
      '-rw-r--r-- 31 ./.dockerignore',
      'drwx------ 0 ./logs/',
      'drwxr-xr-x 0 ./logs/deep/',
      '-rw-r--r-- 4 ./logs/deep/keep.txt',
      '-rw-r--r-- 7 ./twice',
    ])
    expect(taken.files).toBe(3)
  })

  it('is what the ignore file beside the Dockerfile says where there is one', async () => {
    const tar = await packTar([
      file('.dockerignore', 'a\n'),
      file('Dockerfile.dockerignore', '*\n!a\n'),
      file('a', 'kept'),
      file('b', 'excluded'),
    ])
    expect(list((await take(tar)).content)).toEqual(['drwxr-xr-x 0 ./', '-rw-r--r-- 4 ./a'])
  })

  it('names the ignore file that cannot be read', async () => {
    const tar = await packTar([file('.dockerignore', 'a\n[\n')])
    await expect(take(tar)).rejects.toMatchObject({
      code: 'context_invalid',
      message: expect.stringContaining('".dockerignore": "[" is not a pattern'),
    })
  })

  it('has the bytes of its target for a hard link', async () => {
    const tar = await packTar([file('a', 'bytes', { mode: 0o755 }), other('b', 'link', './a')])
    const { content } = await take(tar)
    expect(list(content)).toContain('-rwxr-xr-x 5 ./b')
    expect(content.includes(Buffer.from('bytes'), content.lastIndexOf('./b'))).toBe(true)
  })

  it('of nothing is the folder alone', async () => {
    const root = ['drwxr-xr-x 0 ./']
    expect(list((await take(Buffer.alloc(1024))).content)).toEqual(root)
    const excluded = await packTar([file('.dockerignore', '**\n'), file('a/b', 'x')])
    expect(list((await take(excluded)).content)).toEqual(root)
  })
})

describe('a form', () => {
  const form = async (parts: readonly [name: string, path: string, text: string][]) => {
    const data = new FormData()
    for (const [name, path, text] of parts) data.append(name, new Blob([text]), path)
    const reply = new Response(data)
    const type = reply.headers.get('content-type') ?? ''
    return { type, bytes: new Uint8Array(await reply.arrayBuffer()) }
  }

  it('gives the same context as a tar of the same files', async () => {
    const { type, bytes } = await form([
      ['file', 'src/grün.txt', 'text'],
      ['executable', 'src/run.sh', 'x'.repeat(100_000)],
      ['file', 'empty', ''],
    ])
    const tar = await packTar([
      file('empty', ''),
      file('src/run.sh', 'x'.repeat(100_000), { mode: 0o755 }),
      file('src/grün.txt', 'text'),
    ])
    expect((await take(bytes, { type })).digest).toBe((await take(tar)).digest)
  })

  it.each([
    ['../x', 'file', '".."'],
    ['/x', 'file', 'absolute'],
    ['x', 'mode', 'must be called file or executable'],
  ])('is refused for %s as %s', async (path, name, why) => {
    const { type, bytes } = await form([[name, path, 'text']])
    await expect(take(bytes, { type })).rejects.toThrow(why)
  })

  it('is refused when it is cut off, names no boundary or has a part without a filename', async () => {
    const { type, bytes } = await form([['file', 'x', 'text'.repeat(1000)]])
    await expect(take(bytes.subarray(0, -100), { type })).rejects.toThrow('cut off')
    await expect(take(bytes, { type: 'multipart/form-data' })).rejects.toThrow('no boundary')
    const data = new FormData()
    data.append('file', 'text')
    const reply = new Response(data)
    const stray = new Uint8Array(await reply.arrayBuffer())
    const strayType = reply.headers.get('content-type') ?? ''
    await expect(take(stray, { type: strayType })).rejects.toThrow('has no filename')
  })
})

describe('an upload is refused', () => {
  it.each([
    ['absolute', [file('/etc/passwd', 'x')]],
    ['".."', [file('a/../../x', 'x')]],
    ['leads out', [other('a', 'symlink', '../../etc/passwd')]],
    ['which is no file before it', [other('a', 'link', 'b')]],
    ['which is no file before it', [other('a', 'directory'), other('b', 'link', 'a')]],
    ['a block device is not taken', [other('a', 'block-device')]],
    ['a character device is not taken', [other('a', 'character-device')]],
    ['a named pipe is not taken', [other('a', 'fifo')]],
    ['lies below "a", which is no folder', [file('a', 'x'), file('a/b/c', 'x')]],
    ['lies below "a", which is no folder', [file('a/b', 'x'), other('a', 'symlink', 'z')]],
    ['control character', [file('a\nb', 'x')]],
  ] as [string, TarEntry[]][])('%s', async (why, entries) => {
    const error: unknown = await take(await packTar(entries)).catch((thrown: unknown) => thrown)
    expect(error).toBeInstanceOf(Refusal)
    expect(error).toMatchObject({ code: 'context_invalid', message: expect.stringContaining(why) })
    expect(String(error)).toContain(JSON.stringify(entries.at(-1)?.header.name))
  })

  it('for a sparse file, whose content would be a map and pieces', async () => {
    const made = join(folder, 'sparse')
    await writeFile(made, '')
    await truncate(made, 1024 ** 2)
    for (const format of ['gnu', 'pax']) {
      const tar = execFileSync('tar', ['-S', `--format=${format}`, '-C', folder, '-c', 'sparse'])
      await expect(take(tar)).rejects.toThrow('not taken')
    }
  })

  it('for bytes that are no archive, that end early, or are packed otherwise', async () => {
    await expect(take(Buffer.from('x'.repeat(2000)))).rejects.toThrow('cut off or not packed')
    await expect(take(Buffer.alloc(8), { type: 'application/gzip' })).rejects.toThrow('cut off')
    await expect(take(Buffer.alloc(8), { type: 'application/zip' })).rejects.toMatchObject({
      code: 'unsupported_media_type',
    })
    const tar = await packTar([file('a', 'x'.repeat(5000))])
    await expect(take(tar.subarray(0, 3000))).rejects.toThrow('cut off')
    await expect(take(tar.subarray(0, -1024))).rejects.toThrow('its end is missing')
  })

  it('for what goes over a limit', async () => {
    const two = await packTar([file('a', 'x'.repeat(600)), other('b', 'link', 'a')])
    await expect(take(two, { entries: 1 })).rejects.toThrow('more than 1 files')
    await expect(take(two, { bytes: 1000 })).rejects.toMatchObject({ code: 'body_too_large' })
    const zeros = Buffer.alloc(80 * 1024 ** 2)
    const bomb = zstdCompressSync(
      Buffer.from(await packTar([{ header: { name: 'zeros', size: zeros.length }, body: zeros }])),
    )
    expect(bomb.length).toBeLessThan(100_000)
    const type = 'application/zstd'
    await expect(take(bomb, { type })).rejects.toThrow('more than 200 times')
    await expect(take(bomb, { type, bytes: 1024 ** 2 })).rejects.toThrow('also unpacked')
    expect((await take(bomb, { type, ratio: 100_000 })).bytes).toBeGreaterThan(zeros.length)
  })

  it('for hard links that add up to more than the limit', async () => {
    const links = Array.from({ length: 500 }, (_, at) => other(`l${at}`, 'link', 'a'))
    const tar = await packTar([file('a', 'x'.repeat(1024 ** 2)), ...links])
    await expect(take(tar)).rejects.toMatchObject({ code: 'body_too_large' })
  })
})
