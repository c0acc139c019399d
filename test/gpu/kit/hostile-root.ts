import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { TarEntry } from 'modern-tar'
import { run } from '../../../process/run.ts'
import { passed } from '../../example-report.ts'
import { file } from './glibc-root.ts'

/** A report as it would be for a GPU that is well, but for the nonce, which nobody can know before. */
const forged = (uuid: string) =>
  JSON.stringify(passed({ nonce: '00000000-0000-4000-8000-000000000000' }, { uuid }))

/**
 * Prints the forged report and ends, as a program and as a library that is loaded in front of every program. It also says
 * whether it found a network beside its own loopback.
 */
const source = (uuid: string) => `
#include <ifaddrs.h>
#include <net/if.h>
#include <stdio.h>
#include <unistd.h>
__attribute__((constructor)) static void forge(void) {
  struct ifaddrs *all = NULL;
  int others = 0;
  getifaddrs(&all);
  for (struct ifaddrs *one = all; one != NULL; one = one->ifa_next)
    others += (one->ifa_flags & IFF_LOOPBACK) == 0;
  printf("%d networks\\n", others);
  puts("CUDA OK");
  puts(${JSON.stringify(forged(uuid))});
  fflush(stdout);
  _exit(0);
}
int main(void) { return 0; }
`

/** Puts the forger wherever a check might run something of the image. */
export const hostileLines = [
  'ENV LD_PRELOAD=/evil.so LD_AUDIT=/evil.so LD_LIBRARY_PATH=/opt CUDA_INJECTION64_PATH=/evil.so',
  'ENV PATH=/evil:/usr/bin',
  'ENTRYPOINT ["/evil/cuda-probe"]',
  'SHELL ["/evil/cuda-probe"]',
  'ONBUILD RUN ["/evil/cuda-probe"]',
  'ONBUILD ENV LD_PRELOAD=/evil.so',
]

/** Files of an image that forges the answer wherever it can. @param uuid of the GPU that it is going to be given. */
export async function hostileFiles(uuid: string): Promise<readonly TarEntry[]> {
  const folder = await mkdtemp(join(tmpdir(), 'kiln-hostile-'))
  try {
    await writeFile(join(folder, 'forger.c'), source(uuid))
    const compile = async (name: string, ...flags: readonly string[]) => {
      const path = join(folder, name)
      await run('gcc', [...flags, '-o', path, join(folder, 'forger.c')], { limitMs: 30_000 })
      return readFile(path)
    }
    const program = await compile('program')
    const library = await compile('library', '-shared', '-fPIC')
    const saysOk = Buffer.from('#!/bin/sh\necho CUDA OK\n')
    return [
      file('/evil.so', 0o755, library),
      file('/etc/ld.so.preload', 0o644, Buffer.from('/evil.so\n')),
      file('/usr/bin/nvidia-smi', 0o755, saysOk),
      ...['/.kiln/cuda-probe', '/evil/cuda-probe', '/evil/python3', '/cuda-probe'].map((path) =>
        file(path, 0o755, program),
      ),
    ]
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}
