import { execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { createServer } from 'node:net'
import { once } from 'node:events'
import { chmod, link, mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { CommandError } from '../command-error.ts'
import { findExclusion } from './find-exclusion.ts'
import { measureContext } from './measure-context.ts'
import { packEntries } from './pack-entries.ts'

let root: string
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'kiln-pack-'))
  await chmod(root, 0o755)
})
afterEach(async () => rm(root, { recursive: true, force: true }))

async function put(path: string, text = path): Promise<void> {
  await mkdir(dirname(join(root, path)), { recursive: true })
  await writeFile(join(root, path), text)
}

/** The packer that the normal form is described by. */
function tarDigest(...names: readonly string[]): string {
  const options = '--sort=name --format=gnu --mtime=@0 --owner=0 --group=0 --numeric-owner'
  const tar = execFileSync('tar', [...options.split(' '), '--hard-dereference', '-c', ...names], {
    cwd: root,
    maxBuffer: 1 << 28,
    env: { ...process.env, LC_ALL: 'C' },
  })
  return `sha256:${createHash('sha256').update(tar).digest('hex')}`
}

const measure = async (dockerfile = join(root, 'Dockerfile')) =>
  measureContext(root, await findExclusion(root, dockerfile))
const pathsOf = async (dockerfile?: string) =>
  (await measure(dockerfile)).entries.map(({ path }) => path)

describe('measureContext', () => {
  it('comes to the digest of what GNU tar packs', async () => {
    await put('Dockerfile', 'FROM scratch\n')
    await put('a/deep/er/file', 'x'.repeat(2_500_000))
    await put('a-b/file')
    await put('a.b')
    await put('empty', '')
    await put(`long/${'n'.repeat(120)}/file`)
    await put('grün 二 \u{1F600}')
    await put('run.sh')
    await chmod(join(root, 'run.sh'), 0o755)
    await symlink('run.sh', join(root, 'link'))
    await link(join(root, 'run.sh'), join(root, 'hard'))
    const { digest, files } = await measure()
    expect(digest).toBe(tarDigest('.'))
    expect(files).toBe(10)
  })

  it('leaves out what .dockerignore excludes, and keeps the folders above what it does not', async () => {
    await put('.dockerignore', 'node_modules\nbuild\n!build/keep/this\n**/*.log\n')
    await put('node_modules/big/file')
    await put('build/other')
    await put('build/keep/this')
    await put('build/keep/that')
    await put('src/a.log')
    await put('src/a.ts')
    expect(await pathsOf()).toEqual([
      '',
      '.dockerignore',
      'build',
      'build/keep',
      'build/keep/this',
      'src',
      'src/a.ts',
    ])
  })

  it('follows the ignore file of the Dockerfile, and sends none that says otherwise', async () => {
    await put('.dockerignore', 'one\n')
    await put('docker/gpu.Dockerfile.dockerignore', 'two\n')
    await put('one')
    await put('two')
    const paths = await pathsOf(join(root, 'docker/gpu.Dockerfile'))
    expect(paths).toEqual(['', 'docker', 'docker/gpu.Dockerfile.dockerignore', 'one'])
  })

  it('does not send the ignore file of a Dockerfile that is not the one to build', async () => {
    await put('Dockerfile.dockerignore', 'one\n')
    await put('.dockerignore', 'two\n')
    await put('one')
    await put('two')
    expect(await pathsOf(join(root, 'other'))).toEqual(['', '.dockerignore', 'one'])
    expect(await pathsOf()).toEqual(['', '.dockerignore', 'Dockerfile.dockerignore', 'two'])
  })

  it('leaves sockets out and refuses what else is no file, by its path', async () => {
    const server = createServer().listen(join(root, 'socket'))
    await once(server, 'listening')
    expect(await pathsOf()).toEqual([''])
    server.close()
    execFileSync('mkfifo', [join(root, 'pipe')])
    await expect(measure()).rejects.toThrow(/^pipe: only files/)
    await put('.dockerignore', 'pipe\n')
    expect(await pathsOf()).toEqual(['', '.dockerignore'])
  })

  it('refuses a link that leads out, and a pattern that is none', async () => {
    await symlink('../elsewhere', join(root, 'out'))
    await expect(measure()).rejects.toThrow('out: the link leads out of the context')
    await put('.dockerignore', '!\n')
    await expect(measure()).rejects.toBeInstanceOf(CommandError)
  })
})

describe('packEntries', () => {
  it('makes no archive of a file that has become shorter', async () => {
    await put('file', 'four')
    const { entries } = await measure()
    await put('file', 'one')
    const pack = async () => {
      for await (const piece of packEntries(root, entries)) expect(piece.length).toBeGreaterThan(0)
    }
    await expect(pack()).rejects.toThrow('became shorter')
  })
})
