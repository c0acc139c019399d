import { lstat, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { buffer } from 'node:stream/consumers'
import { type Header, pack } from 'tar-stream'
import { expect, it } from 'vitest'
import { squashLayers } from '../../agent/saving/squash-layers.ts'
import { Unsaveable } from '../../agent/saving/unsaveable.ts'
import { writeLayer } from '../../agent/saving/write-layer.ts'
import { makeOverlay, readLayer } from './overlay.ts'

const { signal } = new AbortController()
const mediaType = 'application/vnd.oci.image.layer.v1.tar+zstd'

const base =
  'mkdir -p a/b c d; echo one > a/b/one; echo two > c/two; echo three > d/three; echo f > file'
/** Each on the ones before, as saves are. */
const saves = [
  'echo big > big; rm -r a/b; echo 1 > c/new; echo kept > kept; ln kept same; rm file; mkdir file; echo in > file/in',
  'rm big; mkdir a/b; echo again > a/b/again; rm -r d; rm -r file; echo f2 > file; echo 2 >> c/new',
  'mkdir d; echo 4 > d/four; cp /bin/true tool; setcap cap_chown+ep tool; rm c/two; chmod 700 c',
]

it('makes of layers the one that leads to the same files', async () => {
  const { folder, upper, root, sh, ...overlay } = await makeOverlay(base)
  await using _ = overlay
  const layers: { path: string; mediaType: string }[] = []
  // The lower folder of each further overlay is what the one before shows.
  let shown = root
  const stack = new AsyncDisposableStack()
  for (const [index, script] of saves.entries()) {
    const next = stack.use(await makeOverlay(`cp -a ${shown}/. .`))
    await next.sh(script)
    const file = join(folder, `layer-${index}`)
    await writeLayer({ upper: next.upper, file }, () => false, signal)
    layers.push({ path: file, mediaType })
    shown = next.root
  }
  const squashed = join(folder, 'squashed')
  const marks = await squashLayers(squashed, layers, signal)
  const file = join(folder, 'whole')
  await writeLayer({ upper: squashed, file }, () => false, signal, marks)
  const names = (await readLayer(await readFile(file))).map(({ name }) => name)
  const whiteouts = names.filter((name) => name.includes('.wh.'))
  // Of what was never below all of them it is said once more that it is gone: that does no harm.
  expect(whiteouts.toSorted()).toEqual([
    '.wh.big',
    'a/b/.wh..wh..opq',
    'c/.wh.two',
    'd/.wh..wh..opq',
  ])
  expect(names).not.toContain('big')
  expect(names).not.toContain('file/in')
  // Laid over the base again by hand, as a runtime does.
  const whole = `rm -rf a/b c/two d file; tar -C . --xattrs --xattrs-include='*' --exclude='.wh.*' -xf -`
  const list = `find . -printf '%P %y %m %l\\n' | sort; find . -type f -printf '%P %n\\n' | sort; getcap -r .; find . -type f | sort | xargs cat`
  const laid = await sh(`zstd -dc < ${file} | (${whole}); ${list}`)
  const wanted = await stackedList(shown, list, sh)
  expect(laid).toBe(wanted)
  expect(upper).toContain(folder)
  await stack.disposeAsync()
})

type Packed = Pick<Header, 'name'> & Partial<Header>

const packLayer = async (path: string, entries: readonly Packed[]) => {
  const archive = pack()
  for (const entry of entries) archive.entry({ ...entry }, '')
  archive.finalize()
  await writeFile(path, await buffer(archive))
  return { path, mediaType: 'application/vnd.oci.image.layer.v1.tar' }
}
const file = (name: string) => ({ name })
const folderOf = (name: string) => ({ name, type: 'directory' }) as const

/** An image whose lowest layer has `a` as a link to a folder of the host. */
const squashOver = async (entries: readonly Packed[]) => {
  const folder = await mkdtemp(join(tmpdir(), 'kiln-squash-'))
  const host = join(folder, 'host')
  await mkdir(join(host, 'below'), { recursive: true })
  await writeFile(join(host, 'file'), 'precious')
  const target = { name: 'a', type: 'symlink', linkname: host } as const
  const layers = [
    await packLayer(join(folder, 'below'), [folderOf('b'), target]),
    await packLayer(join(folder, 'above'), entries),
  ]
  const squashed = join(folder, 'squashed')
  return {
    squashed,
    laid: squashLayers(squashed, layers, signal),
    readHost: async () => [await readdir(host), await readFile(join(host, 'file'), 'utf8')],
    [Symbol.asyncDispose]: async () => rm(folder, { recursive: true }),
  }
}
const untouched = [['below', 'file'], 'precious']

it.each([
  ['deletes in it', [file('a/.wh.file')]],
  ['empties it', [file('a/.wh..wh..opq')]],
  ['says so before it has the folder', [file('a/.wh.file'), file('a/new')]],
])('has a folder in the place of a link, and %s', async (_, entries) => {
  await using over = await squashOver([folderOf('a'), ...entries])
  await over.laid
  expect(await over.readHost()).toEqual(untouched)
  expect((await lstat(join(over.squashed, 'a'))).isDirectory()).toBe(true)
})

it.each([
  ['deletes below a link', [file('a/.wh.file')]],
  ['empties a folder below a link', [file('a/below/.wh..wh..opq')]],
  ['has a file below a link', [file('a/new')]],
  ['has a folder below a link', [folderOf('a/new')]],
  ['names a file below a link', [{ name: 'own', type: 'link', linkname: 'a/file' } as const]],
  [
    'has a link and something below it',
    [{ name: 'c', type: 'symlink', linkname: 'b' } as const, file('c/d')],
  ],
  ['deletes what is above', [file('b/.wh...')]],
  ['deletes a folder by no name', [file('b/.wh.')]],
  ['deletes a folder by its own name', [file('b/.wh..')]],
  ['empties everything', [file('.wh..wh..opq')]],
  ['has a file above', [file('../new')]],
  ['names a file above', [{ name: 'own', type: 'link', linkname: '../host/file' } as const]],
])('squashes no layer that %s', async (_, entries: readonly Packed[]) => {
  await using over = await squashOver(entries)
  await expect(over.laid).rejects.toThrow(Unsaveable)
  expect(await over.readHost()).toEqual(untouched)
})

const stackedList = async (shown: string, list: string, sh: (script: string) => Promise<string>) =>
  sh(`cd ${shown}; ${list}`)
