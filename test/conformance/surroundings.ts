import { generateKeyPairSync } from 'node:crypto'
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { gzipSync } from 'node:zlib'
import { packTar } from 'modern-tar'
import sshpk from 'sshpk'
import { type GitRepository, startGitServer } from '../git-server.ts'

/** What builds fetch from: a web server, and a repository with the branches `main` and `other` and the tag `v1`. */
export interface Surroundings extends AsyncDisposable {
  /** `host:port`. */
  readonly web: string
  readonly git: string
  readonly repository: GitRepository
  /** The last commit of `main`. */
  readonly commit: string
  /** Value of the secret and text of the OpenSSH key that builds are given, by name. */
  readonly secrets: Readonly<Record<string, string>>
}

const modified = new Date(1_600_000_000_000).toUTCString()

export async function startSurroundings(): Promise<Surroundings> {
  await using stack = new AsyncDisposableStack()
  const gitServer = stack.use(await startGitServer())
  const repository = await gitServer.create('team/app')
  await repository.commit({ 'old.txt': 'old\n' }, 'other')
  const commit = await repository.commit({
    'a.txt': 'a\n',
    'sub/b.txt': 'b\n',
    '.dockerignore': 'sub\n',
  })
  await repository.tag('v1')
  const files: Readonly<Record<string, Uint8Array>> = {
    '/served.txt': Buffer.from('served\n'),
    '/archive.tar.gz': gzipSync(
      await packTar([
        { header: { name: 'in/side', size: 2, mode: 0o750, mtime: new Date(0) }, body: 'x\n' },
      ]),
    ),
  }
  const server = createServer((request, response) => {
    const file = files[request.url ?? '']
    if (file === undefined) return response.writeHead(404).end()
    return response.writeHead(200, { 'last-modified': modified }).end(file)
  })
  await once(server.listen(0, '127.0.0.1'), 'listening')
  const web = `127.0.0.1:${(server.address() as AddressInfo).port}`
  stack.defer(async () => {
    server.closeAllConnections()
    server.close()
    await once(server, 'close')
  })
  const owned = stack.move()
  return {
    web,
    git: gitServer.host,
    repository,
    commit,
    secrets: { token: 'a token of 24 characters', other: 'another', key: createKey() },
    [Symbol.asyncDispose]: async () => owned.disposeAsync(),
  }
}

function createKey(): string {
  const { privateKey } = generateKeyPairSync('ed25519', {
    privateKeyEncoding: { format: 'pem', type: 'pkcs8' },
    publicKeyEncoding: { format: 'pem', type: 'spki' },
  })
  return sshpk.parsePrivateKey(privateKey, 'pem').toString('ssh-private')
}
