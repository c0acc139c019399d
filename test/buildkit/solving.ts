import { randomUUID } from 'node:crypto'
import type { SolveOptions } from '../../agent/buildkit/solve-options.ts'
import { memoryDirectory } from '../../agent/buildkit/session/directory.ts'
import { diskDirectory } from '../../agent/buildkit/session/disk-directory.ts'

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

/** The same with a context on disk. */
export function solvingIn(address: string, context: string, dockerfile: string): SolveOptions {
  const options = solving(address, dockerfile)
  return {
    ...options,
    sharedKey: context,
    frontendAttrs: { ...options.frontendAttrs, dockerfilekey: 'dockerfile' },
    directories: { ...options.directories, context: diskDirectory(context) },
  }
}
