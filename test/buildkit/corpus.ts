import { execFile } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { link, mkdir, symlink, utimes, writeFile, chmod } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'

/** With these a path is close to what the kernel takes. */
const levels = 300
const perFolder = 1_000
/** More than any buffer on the way holds, and bytes that show when two of them change places. */
const largeBytes = 32 * 1024 * 1024

/** A folder with everything that a build context may hold and that somebody once got wrong. */
export async function makeCorpus(root: string, manyFiles: number): Promise<void> {
  await mkdir(root, { recursive: true })
  await makeNames(root)
  await makeModes(root)
  await makeLinks(root)
  await makeDeepTree(root)
  await writeFile(join(root, 'large'), randomBytes(largeBytes))
  await makeManyFiles(join(root, 'many'), manyFiles)
  await utimes(join(root, 'empty'), 1_234_567_890.5, 1_234_567_890.123456)
}

async function makeNames(root: string): Promise<void> {
  const names = [
    'empty',
    'a, b',
    ' leading and trailing ',
    'new\nline',
    'tab\t',
    'quote"\'`$(x)',
    'back\\slash',
    'star*[x]?',
    '!bang',
    '#hash',
    'ünïcödé',
    'cafe\u0301',
    'caf\u00E9',
    '日本語.txt',
    '😀',
    '.hidden',
    '..',
    'percent%20+',
    'x'.repeat(255),
  ].filter((name) => name !== '..')
  for (const [index, name] of names.entries())
    await writeFile(join(root, name), name === 'empty' ? '' : `content ${index}`)
  // Siblings whose order by bytes is neither that of paths nor that of UTF-16.
  for (const name of ['s', 's-', 's.d', 's0', '\uFF5E', '\u{1F600}']) {
    await mkdir(join(root, 'sorted', name), { recursive: true })
    await writeFile(join(root, 'sorted', name, 'file'), name)
  }
  const notUtf8 = Buffer.concat([Buffer.from(`${root}/`), Buffer.from([0x66, 0xff, 0xfe])])
  await writeFile(notUtf8, 'a name that is not UTF-8')
}

async function makeModes(root: string): Promise<void> {
  const modes = [0o000, 0o400, 0o644, 0o755, 0o777, 0o4755, 0o2755, 0o6711, 0o1644]
  const folder = join(root, 'modes')
  await mkdir(folder)
  for (const mode of modes) {
    const file = join(folder, mode.toString(8))
    await writeFile(file, 'x'.repeat(mode))
    await chmod(file, mode)
    await mkdir(`${file}.d`)
    await chmod(`${file}.d`, mode)
  }
  await promisify(execFile)('mkfifo', [join(folder, 'pipe')])
  await promisify(execFile)('mknod', [join(folder, 'null'), 'c', '1', '3'])
  await promisify(execFile)('mknod', [join(folder, 'disk'), 'b', '259', '70000'])
}

async function makeLinks(root: string): Promise<void> {
  const folder = join(root, 'links')
  await mkdir(join(folder, 'into'), { recursive: true })
  await writeFile(join(folder, 'into', 'file'), 'linked to')
  await writeFile(join(folder, 'first'), 'one file, three names')
  await link(join(folder, 'first'), join(folder, 'second'))
  await link(join(folder, 'first'), join(folder, 'into', 'third'))
  await link(join(folder, 'first'), join(root, 'zz-last-name'))
  await symlink('into/file', join(folder, 'relative'))
  await symlink('/links/into', join(folder, 'absolute'))
  await symlink('nowhere', join(folder, 'dangling'))
  await symlink('../../../etc/passwd', join(folder, 'outside'))
  await symlink('/etc/passwd', join(folder, 'outside-absolute'))
  await symlink('loop', join(folder, 'loop'))
  await symlink('ünïcödé', join(folder, 'to-unicode'))
}

async function makeDeepTree(root: string): Promise<void> {
  const parts = Array.from({ length: levels }, (_, level) => `level-${level}`)
  const deepest = join(root, 'deep', ...parts)
  await mkdir(deepest, { recursive: true })
  await writeFile(join(deepest, 'bottom'), 'found')
}

async function makeManyFiles(root: string, count: number): Promise<void> {
  for (let from = 0; from < count; from += perFolder) {
    const folder = join(root, `folder-${from / perFolder}`)
    await mkdir(folder, { recursive: true })
    const names = Array.from({ length: Math.min(perFolder, count - from) }, (_, at) => from + at)
    await Promise.all(names.map((name) => writeFile(join(folder, `${name}.txt`), `file ${name}\n`)))
  }
}
