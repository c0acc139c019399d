import { readdir, readFile, readlink } from 'node:fs/promises'
import { basename, dirname, join, resolve } from 'node:path'
import { packTar, type TarEntry } from 'modern-tar'
import { run } from '../../../process/run.ts'

const limitMs = 10_000
const mtime = new Date(0)

/** Parts of Python's library that no probe needs, and that are large. */
const unneeded =
  /^(__pycache__|test|idlelib|tkinter|turtledemo|ensurepip|lib2to3|site-packages|dist-packages|pydoc_data)$|^config-/

/**
 * The smallest root file system in which a program that is linked against glibc starts: the loader and the libraries of
 * this machine that the program names.
 */
export async function glibcRoot(program: string): Promise<readonly TarEntry[]> {
  const libraries = await librariesOf(program)
  const files = await Promise.all(
    libraries.map(async (path) => file(path, 0o755, await readFile(path))),
  )
  const folders = ['/tmp/', '/etc/'].map((name) => folder(name))
  return [...folders, ...files]
}

/** The same with this machine's Python at /usr/local/bin/python3, and no packages. */
export async function pythonRoot(program: string): Promise<readonly TarEntry[]> {
  const script =
    'import sys, sysconfig; print(sys.executable, sysconfig.get_path("stdlib"), sep="\\n")'
  // Not the environment of the test: what it sets up for node is nothing for Python.
  const { stdout } = await run('python3', ['-I', '-c', script], {
    limitMs,
    environment: process.env,
  })
  const [executable = '', library = ''] = stdout.split('\n')
  const python = join('/usr/local/bin', 'python3')
  const linked = await librariesOf(executable)
  const known = new Set(await librariesOf(program))
  const more = linked.filter((path) => !known.has(path))
  return [
    ...(await glibcRoot(program)),
    file(python, 0o755, await readFile(executable)),
    ...(await Promise.all(more.map(async (path) => file(path, 0o755, await readFile(path))))),
    ...(await tree(library, `/usr/local/lib/${basename(library)}`)),
  ]
}

export async function pack(entries: readonly TarEntry[]): Promise<Uint8Array> {
  return packTar([...entries])
}

export function file(path: string, mode: number, body: Uint8Array): TarEntry {
  const bytes = new Uint8Array(body)
  return {
    header: { name: path.slice(1), type: 'file', mode, mtime, size: bytes.length },
    body: bytes,
  }
}

function folder(path: string): TarEntry {
  return { header: { name: path.slice(1), type: 'directory', mode: 0o755, mtime, size: 0 } }
}

/** The paths by which the loader opens what the program needs, itself included. */
async function librariesOf(program: string): Promise<readonly string[]> {
  const { stdout } = await run('ldd', [program], { limitMs })
  return [...stdout.matchAll(/(\/\S+) \(0x/g)].map(([, path]) => path ?? '')
}

async function tree(source: string, target: string): Promise<readonly TarEntry[]> {
  const entries = await readdir(source, { withFileTypes: true })
  const kept = entries.filter(({ name }) => !unneeded.test(name))
  const parts = await Promise.all(
    kept.map(async (entry) => {
      const [from, to] = [join(source, entry.name), join(target, entry.name)]
      if (entry.isDirectory()) return tree(from, to)
      const path = entry.isSymbolicLink() ? resolve(dirname(from), await readlink(from)) : from
      return [file(to, 0o644, await readFile(path))]
    }),
  )
  return [folder(`${target}/`), ...parts.flat()]
}
