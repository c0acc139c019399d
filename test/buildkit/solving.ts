import { randomUUID } from 'node:crypto'
import type { SolveOptions } from '../../agent/buildkit/solve-options.ts'
import { memoryDirectory } from '../../agent/buildkit/session/directory.ts'

/** A solve of `dockerfile` with nothing else; a test adds what it is about. */
export function solving(address: string, dockerfile: string): SolveOptions {
  return {
    address,
    ref: randomUUID(),
    sharedKey: '',
    frontendAttrs: { filename: 'Dockerfile', cmdline: 'kiln' },
    directories: {
      context: memoryDirectory({}),
      dockerfile: memoryDirectory({ Dockerfile: Buffer.from(dockerfile) }),
    },
    uploads: {},
    credentials: {},
    secrets: {},
    proxyNetwork: false,
    sourceRules: [],
    exporters: [],
    onProgress: () => undefined,
    signal: new AbortController().signal,
  }
}
