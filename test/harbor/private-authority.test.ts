import { execFile } from 'node:child_process'
import { randomBytes, randomUUID } from 'node:crypto'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { getCACertificates, setDefaultCACertificates } from 'node:tls'
import { promisify } from 'node:util'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { memoryDirectory } from '../../agent/buildkit/session/directory.ts'
import { solve } from '../../agent/buildkit/solve.ts'
import { trustAuthority } from '../../registry/trust-authority.ts'
import { createHarbor } from '../../harbor/harbor.ts'
import { createRegistryClient } from '../../registry/client.ts'
import { startTestDaemon, type TestDaemon } from '../buildkit/daemon.ts'
import { solving } from '../buildkit/solving.ts'
import { type FakeHarbor, startFakeHarbor } from '../fakes/harbor/harbor.ts'

// TLS in front of a Harbor is its operator's: nothing here depends on what Harbor answers.

let folder: string
let authority: string
let harbor: FakeHarbor
let daemon: TestDaemon
const usual = getCACertificates('default')
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'kiln-authority-'))
  const tls = await makeCertificate(folder)
  authority = join(folder, 'ca.crt')
  harbor = await startFakeHarbor(tls)
  daemon = await startTestDaemon(harbor.url.host, authority)
})
afterAll(async () => {
  setDefaultCACertificates([...usual])
  await daemon[Symbol.asyncDispose]()
  await harbor[Symbol.asyncDispose]()
  await rm(folder, { recursive: true, force: true })
})

/** Of an authority that nobody knows, for 127.0.0.1. */
async function makeCertificate(at: string) {
  const openssl = async (...args: readonly string[]) =>
    promisify(execFile)('openssl', [...args], { cwd: at })
  const key = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes']
  const root = ['-x509', '-days', '1', '-subj', '/CN=a private authority']
  await openssl('req', ...root, ...key, '-keyout', 'ca.key', '-out', 'ca.crt')
  const leaf = ['-subj', '/CN=registry', '-addext', 'subjectAltName=IP:127.0.0.1']
  await openssl('req', ...leaf, ...key, '-keyout', 'leaf.key', '-out', 'leaf.csr')
  const signing = ['-CA', 'ca.crt', '-CAkey', 'ca.key', '-CAcreateserial', '-days', '1']
  await openssl(
    'x509',
    '-req',
    '-in',
    'leaf.csr',
    ...signing,
    '-copy_extensions',
    'copy',
    '-out',
    'leaf.crt',
  )
  const read = async (name: string) => readFile(join(at, name), 'utf8')
  return { key: await read('leaf.key'), cert: await read('leaf.crt') }
}

it('is trusted by the control plane and by a daemon, once it is named, and not before', async () => {
  const client = createRegistryClient(harbor.url, harbor.admin)
  await expect(client.readManifest('kiln/app', '1')).rejects.toThrow('no answer')
  trustAuthority(authority)
  const surroundings = { newRequestId: randomUUID, random: () => 0, now: () => Date.now() }
  const admin = createHarbor({ ...surroundings, url: harbor.url, credential: harbor.admin })
  await admin.projects.create('kiln', {})
  const { username, password } = harbor.admin
  const options = solving(daemon.address, 'FROM scratch\nCOPY f /\n')
  const answer = await solve({
    ...options,
    frontendAttrs: { ...options.frontendAttrs, dockerfilekey: 'dockerfile' },
    directories: { ...options.directories, context: memoryDirectory({ f: randomBytes(9) }) },
    credentials: { [harbor.url.host]: { username, secret: password } },
    exporters: [{ type: 'image', attrs: { name: `${harbor.url.host}/kiln/app:1`, push: 'true' } }],
  })
  expect((await client.readManifest('kiln/app', '1'))?.digest).toBe(answer['containerimage.digest'])
})

it('must be in the file', async () => {
  expect(() => trustAuthority(join(folder, 'ca.key'))).toThrow('holds no certificate')
})
