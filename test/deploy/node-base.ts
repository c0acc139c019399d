import { cp, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { run } from '../../process/run.ts'
import type { Kiln } from '../cli/kit/kiln.ts'
import type { Farm } from '../farm.ts'
import { pushDebian } from '../packages/debian-base.ts'

const name = 'node:24'

/**
 * Stands for the image of Node.js that the Dockerfiles of `deploy/` begin with: this machine's Debian, with the Node.js that
 * runs the tests and the npm beside it. @returns its name in the library; `undefined` where no Debian can be made.
 */
export async function buildNodeBase(farm: Farm, kiln: Kiln): Promise<string | undefined> {
  const debian = await pushDebian(farm)
  if (debian === undefined) return undefined
  const folder = await mkdtemp(join(tmpdir(), 'kiln-node-'))
  try {
    const npm = await run('sh', ['-c', 'realpath "$(command -v npm)"'], { limitMs: 10_000 })
    await cp(process.execPath, join(folder, 'node'))
    await cp(resolve(npm.stdout.trim(), '../..'), join(folder, 'npm'), { recursive: true })
    const dockerfile = `FROM ${debian}
COPY node /usr/local/bin/node
COPY npm /usr/local/lib/node_modules/npm
RUN ln -s ../lib/node_modules/npm/bin/npm-cli.js /usr/local/bin/npm && npm --version
`
    const built = kiln.start(['build', '--tag', name, '--file', '-', folder])
    built.child.stdin?.end(dockerfile)
    const { code, stderr } = await built.ended
    if (code !== 0) throw new Error(`no base with Node.js: ${stderr}`)
    return name
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}
