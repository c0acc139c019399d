import { execFile } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { connect, type AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createServer, type TLSSocket } from 'node:tls'
import { promisify } from 'node:util'

/** Stands in front of a server in the clear, as one of a company’s own does. */
export interface TlsFront extends AsyncDisposable {
  readonly address: string
  /** The name in its certificate. */
  readonly name: string
  /** Paths of PEM files: its authority, and the certificate that it lets in. */
  readonly files: { readonly ca: string; readonly cert: string; readonly key: string }
}

/** Lets in whoever has a certificate of its own authority, and passes on to `host:port`. */
export async function startTlsFront(onward: string): Promise<TlsFront> {
  const folder = await mkdtemp(join(tmpdir(), 'kiln-tls-'))
  const name = 'temporal.corp'
  await certify(folder, name)
  const read = async (file: string) => readFile(join(folder, file))
  const [ca, cert, key] = await Promise.all(['ca.crt', 'server.crt', 'server.key'].map(read))
  const options = { ca, cert, key, requestCert: true, rejectUnauthorized: true }
  const open = new Set<TLSSocket>()
  const server = createServer({ ...options, ALPNProtocols: ['h2'] }, (socket) => {
    open.add(socket.on('close', () => open.delete(socket)))
    const [host = '', port = ''] = onward.split(':')
    const behind = connect(Number(port), host)
    socket.on('error', () => behind.destroy()).pipe(behind)
    behind.on('error', () => socket.destroy()).pipe(socket)
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    address: `127.0.0.1:${(server.address() as AddressInfo).port}`,
    name,
    files: {
      ca: join(folder, 'ca.crt'),
      cert: join(folder, 'client.crt'),
      key: join(folder, 'client.key'),
    },
    [Symbol.asyncDispose]: async () => {
      for (const socket of open) socket.destroy()
      await new Promise((resolve) => server.close(resolve))
      await rm(folder, { recursive: true, force: true })
    },
  }
}

async function certify(cwd: string, name: string): Promise<void> {
  const openssl = async (...args: readonly string[]) =>
    promisify(execFile)('openssl', args, { cwd })
  const key = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-days', '1']
  const root = ['-subj', '/CN=a private authority', '-keyout', 'ca.key', '-out', 'ca.crt']
  await openssl('req', '-x509', ...key, ...root)
  for (const [of, alternative] of [
    ['server', name],
    ['client', 'kiln'],
  ] as const) {
    const named = ['-subj', `/CN=${of}`, '-addext', `subjectAltName=DNS:${alternative}`]
    const signed = [
      '-addext',
      'basicConstraints=critical,CA:FALSE',
      '-CA',
      'ca.crt',
      '-CAkey',
      'ca.key',
    ]
    const made = ['-keyout', `${of}.key`, '-out', `${of}.crt`]
    await openssl('req', '-x509', ...key, ...named, ...signed, ...made)
  }
}
