import { generateKeyPairSync } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { packTar, type TarEntry } from 'modern-tar'
import sshpk from 'sshpk'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { createClient } from './client.ts'
import { type Farm, startFarm } from './farm.ts'

/** The longest that a project may be called: paths of sockets have to hold it. */
const project = 'p'.repeat(63)

let farm: Farm
beforeAll(async () => {
  farm = await startFarm()
  await send('POST', '/api/projects', { name: project })
})
afterAll(async () => farm[Symbol.asyncDispose]())

const client = () => createClient(farm.url)
const send = async (method: string, path: string, body: object) =>
  client().request(path, {
    method,
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  })
const put = async (name: string, value: string) =>
  send('PUT', `/api/projects/${project}/secrets/${name}`, { value })

/** Asks the agent behind $SSH_AUTH_SOCK for its key and for a signature, and checks that one belongs to the other. */
const script = `
const { connect } = require('node:net')
const { createPublicKey, verify } = require('node:crypto')
const length = (bytes) => { const head = Buffer.alloc(4); head.writeUInt32BE(bytes.length); return head }
const string = (bytes) => Buffer.concat([length(bytes), bytes])
const ask = (message) => new Promise((resolve, reject) => {
  const socket = connect(process.env.SSH_AUTH_SOCK).on('error', reject)
  let reply = Buffer.alloc(0)
  socket.on('data', (data) => {
    reply = Buffer.concat([reply, data])
    if (reply.length >= 4 && reply.length >= 4 + reply.readUInt32BE(0)) { socket.end(); resolve(reply.subarray(4)) }
  })
  socket.write(string(message))
})
const take = (bytes) => bytes.subarray(4, 4 + bytes.readUInt32BE(0))
void (async () => {
  const listed = await ask(Buffer.of(11))
  const blob = take(listed.subarray(5))
  const data = Buffer.from('a challenge')
  const signed = await ask(Buffer.concat([Buffer.of(13), string(blob), string(data), Buffer.alloc(4)]))
  const parts = take(signed.subarray(1))
  const signature = take(parts.subarray(4 + parts.readUInt32BE(0)))
  const x = blob.subarray(-32).toString('base64url')
  const key = createPublicKey({ format: 'jwk', key: { kty: 'OKP', crv: 'Ed25519', x } })
  if (!verify(null, data, key, signature)) throw new Error('the signature is wrong')
  console.log('signed by', blob.toString('base64'))
})()
`

/** A context with the script and the program that runs it, with the libraries that it is linked to. */
async function uploadScript(): Promise<string> {
  const { sharedObjects } = process.report.getReport() as unknown as { sharedObjects: string[] }
  const libraries = sharedObjects.filter((path) => path.startsWith('/lib'))
  const entries: TarEntry[] = [entry('ask.cjs', Buffer.from(script), 0o644)]
  for (const path of [process.execPath, ...libraries]) {
    entries.push(
      entry(path === process.execPath ? 'node' : path.slice(1), await readFile(path), 0o755),
    )
  }
  const reply = await client().request(`/api/contexts?project=${project}`, {
    method: 'POST',
    headers: { 'content-type': 'application/x-tar' },
    body: await packTar(entries),
  })
  expect(reply.status).toBe(201)
  return ((await reply.json()) as { context: string }).context
}

function entry(name: string, body: Buffer, mode: number): TarEntry {
  return { header: { name, size: body.length, mode }, body }
}

function makeKey(passphrase?: string) {
  const { privateKey } = generateKeyPairSync('ed25519', {
    privateKeyEncoding: { format: 'pem', type: 'pkcs8' },
    publicKeyEncoding: { format: 'pem', type: 'spki' },
  })
  const key = sshpk.parsePrivateKey(privateKey, 'pem')
  const options = passphrase === undefined ? {} : { passphrase }
  return {
    text: key.toString('ssh-private', options),
    blob: key.toPublic().toBuffer('rfc4253').toString('base64'),
  }
}

it('lets RUN sign with a key that it never sees', async () => {
  const { text, blob } = makeKey()
  expect((await put('deploy', text)).status).toBe(201)
  const dockerfile = [
    `FROM ${farm.baseImage}`,
    'COPY . /',
    'RUN --mount=type=ssh,required /node /ask.cjs',
    'RUN --mount=type=ssh,id=other test ! -e "$SSH_AUTH_SOCK"',
    'RUN test -z "$SSH_AUTH_SOCK"',
  ].join('\n')
  const options = { ssh: [{ secret: 'deploy' }] }
  const context = await uploadScript()
  const done = await client().build({ project, name: 'clones', dockerfile, context, options })
  expect(done).toMatchObject({ status: 'succeeded', failure: null, attempt: 1 })
  const texts = (await client().follow(done.id)).map(({ line }) => line.text)
  expect(texts).toContain(`signed by ${blob}`)
})

it.each([
  ['is none', 'hunter2', 'is no OpenSSH private key'],
  ['has a passphrase', makeKey('hunter2').text, 'has a passphrase'],
])('refuses a key that %s and names the field', async (_, value, why) => {
  await put('unusable', value)
  const options = { ssh: [{ id: 'a', secret: 'unusable' }] }
  const refused = await client().post({ project, name: 'x', dockerfile: 'FROM x\n', options })
  expect(refused.status).toBe(422)
  const text = await refused.text()
  expect(JSON.parse(text)).toMatchObject({
    code: 'secret_unusable',
    errors: [{ field: 'options.ssh.0.secret', message: expect.stringContaining(why) }],
  })
  expect(text).not.toContain('hunter2')
})

it('names the line of a required key that no option gives', async () => {
  const dockerfile = 'FROM x\nRUN --mount=type=ssh,required true\n'
  const refused = await client().post({ project, name: 'x', dockerfile })
  expect(refused.status).toBe(422)
  expect(await refused.json()).toMatchObject({ code: 'dockerfile_invalid', errors: [{ line: 2 }] })
})
