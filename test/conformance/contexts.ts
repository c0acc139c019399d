import { execFileSync } from 'node:child_process'
import { chmod, lutimes, mkdir, readdir, symlink, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { gzipSync, zstdCompressSync } from 'node:zlib'
import { packTar, type TarEntry } from 'modern-tar'

/** A file by its text or bytes, a symbolic link by its target, a folder by its mode. */
type Entry =
  | string
  | Uint8Array
  | { readonly text: string; readonly mode: number }
  | { readonly link: string }
  | { readonly folder: number }

const tree: Readonly<Record<string, Entry>> = {
  'a.txt': 'a\n',
  'b.txt': 'b\n',
  'notes.txt': 'notes\n',
  'with space.txt': 'space\n',
  'arr[0].dat': 'brackets\n',
  'arr0.dat': 'no brackets\n',
  'r.md': 'r\n',
  'read.md': 'read\n',
  'run.sh': { text: '#!/bin/sh\n', mode: 0o755 },
  'sub/b.txt': 'b below\n',
  'sub/inner/deep.txt': 'deep\n',
  'sub/inner/deep.md': 'deep\n',
}

const links: Readonly<Record<string, Entry>> = {
  file: 'file\n',
  'folder/inside': 'inside\n',
  'folder/up': { link: '../file' },
  'to-file': { link: 'file' },
  'to-folder': { link: 'folder' },
  dangling: { link: 'nowhere' },
}

const modes: Readonly<Record<string, Entry>> = {
  readable: { text: 'x', mode: 0o444 },
  private: { text: 'x', mode: 0o600 },
  setuid: { text: 'x', mode: 0o4755 },
  setgid: { text: 'x', mode: 0o2711 },
  none: { text: 'x', mode: 0o000 },
  empty: '',
  'empty-folder': { folder: 0o755 },
  'closed-folder': { folder: 0o700 },
  'sticky-folder': { folder: 0o1777 },
}

const names: Readonly<Record<string, Entry>> = {
  'grün/二.txt': 'unicode\n',
  'a, b': 'comma\n',
  '-dash': 'dash\n',
  ' leading blank': 'blank\n',
  'semi;colon & "quotes"': 'signs\n',
  '~tilde': 'tilde\n',
  [`long-${'n'.repeat(200)}`]: 'long\n',
}

const toIgnore: Readonly<Record<string, Entry>> = {
  'kept.txt': 'kept\n',
  'secret.txt': 'no\n',
  'a, b': 'no\n',
  'one.log': 'no\n',
  'two.log': 'kept\n',
  'logs/big.txt': 'no\n',
  'logs/keep.txt': 'kept\n',
  'logs/deeper/keep.txt': 'no\n',
  'temp/x': 'no\n',
  'other/temp/x': 'kept\n',
  'any/where/cache.tmp': 'no\n',
  'cache.tmp': 'no\n',
  x1: 'no\n',
  x12: 'kept\n',
  'rooted/file': 'no\n',
  'build/out/y': 'no\n',
  'build/out/z/y': 'kept\n',
  '.hidden': 'kept\n',
  'c++/x': 'no\n',
  'copy (1).txt': 'no\n',
  'copy 1.txt': 'kept\n',
  'deep/a/b/c/d.o': 'no\n',
  'deep/a/b/c/keep.o': 'kept\n',
  'deep/d.o': 'kept\n',
  '# no comment': 'no\n',
  'folder/Dockerfile': 'kept\n',
}

const ignored: Readonly<Record<string, Entry>> = {
  ...toIgnore,
  '.dockerignore': [
    '# a comment',
    'secret*',
    'a, b',
    '*.log',
    '!two.log',
    'logs',
    '!logs/keep.txt',
    'temp/',
    '**/*.tmp',
    'x?',
    '  /rooted  ',
    'build/*/y',
    'c++/',
    'copy (?)*',
    'deep/**/b/**/*.o',
    '!  **/keep.o',
    ' # no comment',
    '',
  ].join('\n'),
}

const ignoredByOwnFile: Readonly<Record<string, Entry>> = {
  'kept.txt': 'kept\n',
  'other.txt': 'no\n',
  'of-the-general-file.txt': 'kept, as the general file is not read\n',
  '.dockerignore': 'of-the-general-file.txt\n',
  'Dockerfile.dockerignore': 'other.txt\n',
}

const ignoredByEmptyFile: Readonly<Record<string, Entry>> = {
  ...ignoredByOwnFile,
  'Dockerfile.dockerignore': '',
}

async function archives(): Promise<Readonly<Record<string, Entry>>> {
  const plain = await packTar(archiveEntries())
  return {
    'plain.tar': plain,
    'packed.tar.gz': gzipSync(plain),
    'packed.tar.zst': zstdCompressSync(plain),
    'packed.tar.xz': execFileSync('xz', ['-c'], { input: plain }),
    'packed.tar.bz2': execFileSync('bzip2', ['-c'], { input: plain }),
    'named-wrong.bin': gzipSync(plain),
    'pretends.tar.gz': 'only its name is one of an archive\n',
    'empty.tar': '',
  }
}

function archiveEntries(): TarEntry[] {
  const mtime = new Date(86_400_000)
  const entry = (header: Partial<TarEntry['header']>, text = ''): TarEntry => ({
    header: { name: '', size: text.length, mtime, uid: 5, gid: 6, ...header },
    ...(text === '' ? {} : { body: new TextEncoder().encode(text) }),
  })
  return [
    entry({ name: 'inside.txt', mode: 0o640 }, 'inside\n'),
    entry({ name: 'folder/', type: 'directory', mode: 0o750 }),
    entry({ name: 'folder/run', mode: 0o4755 }, 'run\n'),
    entry({ name: 'soft', type: 'symlink', linkname: 'folder/run' }),
    entry({ name: 'hard', type: 'link', linkname: 'inside.txt' }),
  ]
}

const contexts = {
  tree: async () => tree,
  links: async () => links,
  modes: async () => modes,
  names: async () => names,
  ignored: async () => ignored,
  ignoredByOwnFile: async () => ignoredByOwnFile,
  ignoredByEmptyFile: async () => ignoredByEmptyFile,
  archives,
} as const

export type ContextName = keyof typeof contexts

/** Writes the files of a context into a folder, with the one time that Kiln gives the files of a context. */
export async function writeContext(name: ContextName, folder: string): Promise<void> {
  const entries = Object.entries(await contexts[name]())
  for (const [path, entry] of entries) await write(join(folder, path), entry)
  for (const path of await readdir(folder, { recursive: true })) {
    await lutimes(join(folder, path), 0, 0)
  }
}

async function write(path: string, entry: Entry): Promise<void> {
  await mkdir(dirname(path), { recursive: true })
  if (typeof entry === 'string' || entry instanceof Uint8Array) return writeFile(path, entry)
  if ('link' in entry) return symlink(entry.link, path)
  if ('folder' in entry) await mkdir(path)
  else await writeFile(path, entry.text)
  return chmod(path, 'folder' in entry ? entry.folder : entry.mode)
}
