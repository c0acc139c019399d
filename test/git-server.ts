import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { run } from '../process/run.ts'

/** Repositories over http, served by git's own program for it. */
export interface GitServer extends AsyncDisposable {
  /** `host:port`. */
  readonly host: string
  /** Makes a repository. */
  create(name: string): Promise<GitRepository>
}

export interface GitRepository {
  readonly url: string
  /** Commits files to a branch, which is made when there is none. @returns the commit. */
  commit(files: Readonly<Record<string, string>>, branch?: string): Promise<string>
  /** Puts an annotated tag on the last commit. */
  tag(name: string): Promise<void>
}

export async function startGitServer(): Promise<GitServer> {
  const root = await mkdtemp(join(tmpdir(), 'kiln-git-'))
  const server = createServer((request, response) => void answer(root, request, response))
  await once(server.listen(0, '127.0.0.1'), 'listening')
  const host = `127.0.0.1:${(server.address() as AddressInfo).port}`
  return {
    host,
    create: async (name) =>
      createRepository(join(root, `${name}.git`), `http://${host}/${name}.git`),
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections()
      server.close()
      await rm(root, { recursive: true, force: true })
    },
  }
}

async function createRepository(bare: string, url: string): Promise<GitRepository> {
  const work = `${bare}.work`
  const git = async (...args: readonly string[]) => {
    const identity = ['-c', 'user.name=test', '-c', 'user.email=test@example.org']
    const { stdout } = await run('git', [...identity, '-C', work, ...args], { limitMs: 20_000 })
    return stdout.trim()
  }
  await mkdir(work, { recursive: true })
  await run('git', ['init', '--quiet', '--bare', '-b', 'main', bare], { limitMs: 20_000 })
  await git('init', '--quiet', '-b', 'main')
  await git('remote', 'add', 'origin', bare)
  return {
    url,
    commit: async (files, branch = 'main') => {
      await git('checkout', '--quiet', '-B', branch)
      for (const [path, text] of Object.entries(files)) {
        await mkdir(dirname(join(work, path)), { recursive: true })
        await writeFile(join(work, path), text)
      }
      await git('add', '--all')
      await git('commit', '--quiet', '--allow-empty', '-m', 'change')
      await git('push', '--quiet', '--force', 'origin', branch)
      return git('rev-parse', 'HEAD')
    },
    tag: async (name) => {
      await git('tag', '-a', name, '-m', name)
      await git('push', '--quiet', 'origin', name)
    },
  }
}

/** Speaks CGI (RFC 3875) with git-http-backend. */
async function answer(root: string, request: IncomingMessage, response: ServerResponse) {
  const { pathname, search } = new URL(request.url ?? '/', 'http://localhost')
  const backend = spawn('git', ['http-backend'], {
    stdio: ['pipe', 'pipe', 'ignore'],
    env: {
      PATH: process.env['PATH'],
      GIT_PROJECT_ROOT: root,
      GIT_HTTP_EXPORT_ALL: '1',
      GIT_PROTOCOL: String(request.headers['git-protocol'] ?? ''),
      PATH_INFO: pathname,
      QUERY_STRING: search.slice(1),
      REQUEST_METHOD: request.method,
      CONTENT_TYPE: request.headers['content-type'] ?? '',
      HTTP_CONTENT_ENCODING: request.headers['content-encoding'] ?? '',
    },
  })
  request.pipe(backend.stdin)
  const output = Buffer.concat(await backend.stdout.toArray())
  const end = output.indexOf('\r\n\r\n')
  const headers = Object.fromEntries(
    output
      .subarray(0, end)
      .toString()
      .split('\r\n')
      .map((line) => line.split(': ') as [string, string]),
  )
  response.writeHead(Number.parseInt(headers['Status'] ?? '200', 10), headers)
  response.end(output.subarray(end + 4))
}
