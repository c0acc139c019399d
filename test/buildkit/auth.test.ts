import { randomBytes, randomUUID } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { grpcCode } from '../../agent/buildkit/error.ts'
import { memoryDirectory } from '../../agent/buildkit/session/directory.ts'
import type { RegistryCredential } from '../../agent/buildkit/session/registry-credential.ts'
import { createTokenAuthority } from '../../agent/buildkit/session/token-authority.ts'
import { solve } from '../../agent/buildkit/solve.ts'
import { startRecordingProxy } from '../fakes/recording-proxy.ts'
import { startTokenRegistry, type TokenRegistry } from '../fakes/token-registry.ts'
import { startTestDaemon, type TestDaemon } from './daemon.ts'
import { solving } from './solving.ts'

const username = 'robot'
const password = 'long-lived-password'
const refreshToken = 'refresh-me-1234'
const basic = Buffer.from(`${username}:${password}`).toString('base64')
const login = { username, secret: password }

let registry: TokenRegistry
let daemon: TestDaemon
beforeAll(async () => {
  registry = await startTokenRegistry({ username, password, refreshToken })
  daemon = await startTestDaemon(registry.host)
})
afterAll(async () => {
  await daemon[Symbol.asyncDispose]()
  await registry[Symbol.asyncDispose]()
})

const authority = () => createTokenAuthority(`http://${registry.host}`)
const newImage = () => `${registry.host}/team/${randomUUID()}`

/** Pushes an image and builds on it, so that a token is asked for both ways. @returns what the daemon was sent. */
async function pushAndPull(credential: RegistryCredential, image = newImage()): Promise<string> {
  await using proxy = await startRecordingProxy(daemon.address.replace('unix://', ''))
  const push = async (name: string, dockerfile: string) => {
    const options = solving(proxy.address, dockerfile)
    await solve({
      ...options,
      frontendAttrs: { ...options.frontendAttrs, dockerfilekey: 'dockerfile' },
      credentials: { [registry.host]: credential },
      directories: { ...options.directories, context: memoryDirectory({ f: randomBytes(9) }) },
      exporters: [{ type: 'image', attrs: { name, push: 'true' } }],
    })
  }
  await push(`${image}:1`, 'FROM scratch\nCOPY f /f\n')
  await push(`${image}:2`, `FROM ${image}:1\nCOPY f /g\n`)
  return proxy.sent()
}

const isTold = (sent: string) => [password, basic, refreshToken].some((text) => sent.includes(text))

describe('a registry with a token service', () => {
  it('is logged in to with tokens, and the password never passes over the session', async () => {
    const before = { asked: registry.asked.length, shown: registry.shown.length }
    const sent = await pushAndPull({ ...login, authority: authority() })
    expect(isTold(sent)).toBe(false)
    // A token did go there, so what is looked at is what the daemon was sent.
    const shown = registry.shown.slice(before.shown)
    expect(shown.some((header) => sent.includes(header.replace('Bearer ', '')))).toBe(true)
    const asked = registry.asked.slice(before.asked)
    expect(asked.every(({ status }) => status === 200)).toBe(true)
    expect(asked.some(({ scope }) => /repository:team\/.*:.*push/.test(scope))).toBe(true)
    expect(asked.filter(({ program }) => /buildkit/i.test(program))).toEqual([])
  })

  it('takes an OAuth refresh token as well', async () => {
    const before = registry.asked.length
    const sent = await pushAndPull({
      username: '',
      secret: refreshToken,
      authority: authority(),
    })
    expect(isTold(sent)).toBe(false)
    const used = new Set(registry.asked.slice(before).map((asked) => asked.login))
    expect(used).toEqual(new Set([refreshToken]))
  })

  it('gives the daemon fewer tokens when solves share their authority', async () => {
    const [shared, image] = [{ ...login, authority: authority() }, newImage()]
    const count = async (credential: RegistryCredential) => {
      const before = registry.asked.length
      await pushAndPull(credential, image)
      return registry.asked.length - before
    }
    await count(shared)
    expect(await count(shared)).toBeLessThan(await count({ ...login, authority: authority() }))
  })

  it('may have its token service elsewhere, and move it', async () => {
    const moving = authority()
    const elsewhere = registry.realm.replace('127.0.0.1', 'localhost')
    for (const [realm, credential] of [
      [elsewhere, login],
      [elsewhere.replace('/token', '/moved/token'), { username: '', secret: refreshToken }],
    ] as const) {
      using _ = registry.announce(realm)
      const pushed = pushAndPull({ ...credential, authority: moving })
      await expect(pushed).resolves.toContain('token-')
    }
  })

  it('may be asked itself although it names its service to the daemon alone', async () => {
    using _ = registry.announce(undefined, /^node$/)
    const sent = await pushAndPull({ ...login, authority: authority() })
    expect(isTold(sent)).toBe(false)
  })

  it('has the password asked for by the daemon where there is no authority', async () => {
    expect(isTold(await pushAndPull(login))).toBe(true)
  })
})

describe('a login', () => {
  it('goes to no token service that only the daemon was told of', async () => {
    await using thief = await startTokenRegistry({ username, password, refreshToken })
    using _ = registry.announce(thief.realm, /buildkit/i)
    const stolen = pushAndPull({ ...login, authority: authority() })
    await expect(stolen).rejects.toThrow(`${thief.realm} is not the token service that`)
    expect(thief.asked).toEqual([])
  })

  it('fails by its reason, and never as if the daemon were lost', async () => {
    const refused = pushAndPull({ username, secret: 'wrong', authority: authority() })
    await expect(refused).rejects.toThrow(`the token service ${registry.realm} answered 401`)
    const unanswered = createTokenAuthority('http://127.0.0.1:1')
    const silent = pushAndPull({ ...login, authority: unanswered })
    await expect(silent).rejects.toThrow('the registry 127.0.0.1:1 did not answer')
    for (const failed of [refused, silent])
      await expect(failed).rejects.toMatchObject({ code: grpcCode.unknown })
  })
})

describe('a registry that takes Basic alone', () => {
  it('is logged in to by the daemon, which is handed the password', async () => {
    using _ = registry.announce(undefined)
    const before = registry.asked.length
    expect(isTold(await pushAndPull({ ...login, authority: authority() }))).toBe(true)
    expect(registry.asked.length).toBe(before)
  })
})
