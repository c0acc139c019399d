import { execFileSync } from 'node:child_process'

/** Generates the gRPC code of agent/buildkit from its .proto files, without a network: buf.gen.yaml says how. */
execFileSync('buf', ['generate'], { stdio: 'inherit', cwd: new URL('..', import.meta.url) })
