import { createHash } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { Unsaveable } from '../../agent/saving/unsaveable.ts'
import { writeLayer, type WrittenLayer } from '../../agent/saving/write-layer.ts'
import { surveyUpper } from '../../agent/saving/survey-upper.ts'
import { makeOverlay, readLayer, type TarEntry, type TestOverlay } from './overlay.ts'

const image = `
mkdir -p etc opt/tool/data usr/lib/gone home
echo one > opt/tool/one; echo two > opt/tool/two; echo old > usr/lib/gone/file
echo conf > etc/conf; ln -s conf etc/link; echo x > home/replaced; mkdir home/emptied; echo y > home/emptied/y`

/** As the kernel keeps them: user 1000 may read a file, and what is made in a folder. */
const setLists = `
import os, struct
entries = [(1, 6, -1), (2, 4, 1000), (4, 4, -1), (16, 4, -1), (32, 0, -1)]
value = struct.pack("<I", 2) + b"".join(struct.pack("<HHi", *entry) for entry in entries)
os.setxattr("opt/shared", "system.posix_acl_access", value)
os.setxattr("opt/inherits", "system.posix_acl_default", value)`

const changes = `
rm opt/tool/one
rm -r usr/lib/gone
rm -r home/emptied; mkdir home/emptied; echo new > home/emptied/new
rm home/replaced; mkdir home/replaced; echo inside > home/replaced/inside
echo 'two and more' >> opt/tool/two
mkdir -m 1777 opt/tool/open; chown 1000:7 opt/tool/open
echo program > opt/program; chmod 4755 opt/program
ln opt/program opt/same
cp /bin/true opt/capable; setcap cap_net_bind_service+ep opt/capable
mkfifo -m 600 opt/pipe
echo shared > opt/shared; mkdir opt/inherits
python3 -c '${setLists}'
ln -s /nowhere/at/all opt/dangling
touch -- '-dash' "$(printf 'not\\377utf8')" 'new
line' "a b\\\\n"
printf %0300d 0 > "opt/$(printf %0150d 0)"
truncate -s 0 -- -dash`

let overlay: TestOverlay
let layer: WrittenLayer
let file: string
let entries: readonly TarEntry[]
const signal = new AbortController().signal
const entry = (name: string) => entries.find((one) => one.name === name)

beforeAll(async () => {
  overlay = await makeOverlay(image)
  await overlay.sh(changes)
  const server = createServer().listen(join(overlay.root, 'opt/socket'))
  await new Promise((resolve) => server.once('listening', resolve))
  file = join(overlay.folder, 'layer')
  const choices = { drop: [], keep: [], mounts: [] }
  const { isLeftOut } = await surveyUpper(overlay.upper, choices, signal)
  layer = await writeLayer({ upper: overlay.upper, file }, isLeftOut, signal)
  entries = await readLayer(await readFile(file))
  server.close()
})
afterAll(async () => overlay[Symbol.asyncDispose]())

it('says deletions and replacements as whiteouts, before anything else', () => {
  const names = entries.map(({ name }) => name)
  const whiteouts = names.filter((name) => name.includes('.wh.'))
  expect(whiteouts.toSorted()).toEqual([
    'home/emptied/.wh..wh..opq',
    'home/replaced/.wh..wh..opq',
    'opt/tool/.wh.one',
    'usr/lib/.wh.gone',
  ])
  expect(names.slice(0, whiteouts.length).toSorted()).toEqual(whiteouts.toSorted())
  expect(entry('home/emptied/new')).toMatchObject({ text: 'new\n' })
  expect(entry('home/replaced/inside')).toMatchObject({ text: 'inside\n' })
  expect(names).not.toContain('opt/tool/one')
  expect(names).not.toContain('etc/conf')
})

it('keeps owners, modes, links and names as they are', () => {
  expect(entry('opt/tool/two')).toMatchObject({ text: 'two\ntwo and more\n' })
  expect(entry('opt/tool/open/')).toMatchObject({ owner: '1000:7', mode: 0o1777 })
  expect(entry('opt/program')).toMatchObject({ mode: 0o4755, type: 'file', text: 'program\n' })
  expect(entry('opt/same')).toMatchObject({ type: 'link', linkname: 'opt/program' })
  expect(entry('opt/pipe')).toMatchObject({ type: 'fifo', mode: 0o600 })
  expect(entry('opt/dangling')).toMatchObject({ type: 'symlink', linkname: '/nowhere/at/all' })
  for (const name of ['-dash', 'new\nline', String.raw`a b\n`, `opt/${'0'.repeat(150)}`]) {
    expect([name, entry(name)?.type]).toEqual([name, 'file'])
  }
})

it('keeps capabilities byte for byte, and nothing of the overlay itself', async () => {
  const { text } = entry('opt/capable') ?? { text: '' }
  expect(text.length).toBeGreaterThan(0)
  const target = join(overlay.folder, 'applied')
  const extracted = await overlay.sh(`mkdir ${target}; zstd -dc < ${file} | tar -C ${target} \
    --xattrs --xattrs-include='*' -x opt/capable; getcap ${target}/opt/capable`)
  expect(extracted).toContain('cap_net_bind_service=ep')
  const marks = entries.flatMap(({ pax }) => Object.keys(pax)).filter((key) => /trusted/.test(key))
  expect(marks).toEqual([])
})

it('keeps lists of who may do what, as runtimes take them', async () => {
  const keys = (name: string) => Object.keys(entry(name)?.pax ?? {})
  expect(keys('opt/shared')).toContain('SCHILY.xattr.system.posix_acl_access')
  expect(keys('opt/inherits/')).toContain('SCHILY.xattr.system.posix_acl_default')
  const target = join(overlay.folder, 'with-lists')
  const read = `import os; print(*(os.getxattr(f"{top}/opt/shared", "system.posix_acl_access").hex() for top in (".", "${target}")))`
  const lists = await overlay.sh(`mkdir ${target}; zstd -dc < ${file} | tar -C ${target} \
    --xattrs --xattrs-include='*' -x opt/shared; python3 -c '${read}'`)
  const [before, after] = lists.trim().split(' ')
  expect(before).toMatch(/^02000000/)
  expect(after).toBe(before)
})

it('has no sockets, and says so', () => {
  expect(layer.passedOver).toEqual(['/opt/socket'])
  expect(entry('opt/socket')).toBeUndefined()
})

it('is named by the digests of what was written', async () => {
  const bytes = await readFile(file)
  expect(layer.bytes).toBe(bytes.length)
  const hash = createHash('sha256').update(bytes).digest('hex')
  expect(layer.digest).toBe(`sha256:${hash}`)
  const sum = await overlay.sh(`zstd -dc < ${file} | sha256sum`)
  expect(layer.diffId).toBe(`sha256:${sum.split(' ')[0]}`)
})

it('is given up when it is stopped', async () => {
  const stop = AbortSignal.abort(new Error('enough'))
  const written = writeLayer({ upper: overlay.upper, file: `${file}-2` }, () => false, stop)
  await expect(written).rejects.toThrow('enough')
})

it.each(['.wh.shadow', '.wh..wh..opq', '.wh.folder/in'])(
  'takes no %s of an environment for a deletion',
  async (name) => {
    await using other = await makeOverlay('mkdir a; echo x > a/shadow')
    await other.sh(`cd a; mkdir -p "$(dirname ${name})"; touch ${name}`)
    const paths = { upper: other.upper, file: join(other.folder, 'layer') }
    await expect(writeLayer(paths, () => false, signal)).rejects.toThrow(Unsaveable)
    const isLeftOut = (path: string) => path.startsWith('a/.wh.')
    await writeLayer(paths, isLeftOut, signal)
    expect((await readLayer(await readFile(paths.file))).map((one) => one.name)).toEqual(['a/'])
  },
)
