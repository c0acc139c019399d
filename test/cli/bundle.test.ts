import { execFile } from 'node:child_process'
import { copyFile, mkdtemp, rm } from 'node:fs/promises'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { run } from '../../process/run.ts'

const ask = promisify(execFile)
let folder: string
let file: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'kiln-one-file-'))
  await run(process.execPath, ['tools/bundle-cli.ts'], {
    limitMs: 60_000,
    environment: process.env,
  })
  file = join(folder, 'kiln')
  await copyFile('dist/kiln.js', file)
})
afterAll(async () => rm(folder, { recursive: true, force: true }))

/** Away from the repository and all that lies in it. */
const kiln = async (args: readonly string[], environment: Readonly<Record<string, string>> = {}) =>
  ask(process.execPath, [file, ...args], { cwd: folder, env: { HOME: folder, ...environment } })

it('is one file that runs alone, in both languages', async () => {
  expect((await kiln(['--version'])).stdout).toMatch(/^\d+\.\d+\.\d+\n$/)
  expect((await kiln(['help', 'build'])).stdout).toContain('build an image from a folder')
  expect((await kiln(['--lang', 'zh', 'help', 'build'])).stdout).toContain('构建镜像')
  expect((await kiln(['completion', 'bash'])).stdout).toContain('complete')
})

it('asks a server', async () => {
  const server = createServer((request, reply) => {
    const isRight = request.headers.authorization === 'Bearer a-token'
    reply.setHeader('content-type', 'application/json')
    const projects = [{ name: 'vision', created_at: '2026-01-01T00:00:00Z' }]
    reply.end(JSON.stringify({ projects: isRight ? projects : [] }))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  try {
    const { stdout } = await kiln(['projects', '--json'], {
      KILN_SERVER: `http://127.0.0.1:${port}`,
      KILN_TOKEN: 'a-token',
    })
    expect(JSON.parse(stdout)).toMatchObject({ projects: [{ name: 'vision' }] })
  } finally {
    server.close()
  }
})
