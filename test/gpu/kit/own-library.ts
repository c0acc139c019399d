import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { run } from '../../../process/run.ts'
import { file, glibcRoot, pack } from './glibc-root.ts'

/** That every program which loads another library at run time names; what it has to offer is in libc as well. */
const library = 'libdl.so.2'

/**
 * A root file system that brings a library of its own, which the loader starts in front of the probe's own code.
 * @param body of a function that is given `count` and `arguments` of the program, in C.
 */
export async function rootWithLibrary(probe: string, body: string): Promise<Uint8Array> {
  const entries = await glibcRoot(probe)
  const own = await compile(body)
  const replaced = entries.map((entry) =>
    basename(entry.header.name) === library ? file(`/${entry.header.name}`, 0o755, own) : entry,
  )
  return pack(replaced)
}

async function compile(body: string): Promise<Uint8Array> {
  const folder = await mkdtemp(join(tmpdir(), 'kiln-library-'))
  try {
    const source = join(folder, 'library.c')
    const text = [
      ...['signal', 'stdio', 'unistd'].map((name) => `#include <${name}.h>`),
      `__attribute__((constructor)) static void begin(int count, char **arguments) { ${body} }`,
      '',
    ].join('\n')
    await writeFile(source, text)
    const path = join(folder, library)
    const flags = ['-shared', '-fPIC', `-Wl,-soname,${library}`]
    await run('gcc', [...flags, '-o', path, source], { limitMs: 30_000 })
    return await readFile(path)
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}
