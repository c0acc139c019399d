import { once } from 'node:events'
import { createServer, type Server } from 'node:http'
import { connect } from 'node:net'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createClient } from '../client.ts'
import { type Farm, startFarm } from '../farm.ts'
import { hostAddress, metadataAddress, type Outside, startOutside } from './outside.ts'

let outside: Outside
let farm: Farm
/** Listens on every address of this machine, as a service of the node may do. */
let service: Server
let servicePort: number
let serviceAsked = 0

beforeAll(async () => {
  outside = await startOutside()
  service = createServer((_, reply) => {
    serviceAsked += 1
    reply.end('REACHED')
  }).listen(0, '0.0.0.0')
  await once(service, 'listening')
  const address = service.address()
  servicePort = typeof address === 'object' ? (address?.port ?? 0) : 0
  farm = await startFarm({ environment: { KILN_BUILD_DNS: outside.resolver } })
})
afterAll(async () => {
  await farm[Symbol.asyncDispose]()
  service.close()
  await outside[Symbol.asyncDispose]()
})

const client = () => createClient(farm.url)

/** Everything of this machine and around it that a build must not reach, by address. */
const forbidden = () => [
  `127.0.0.1:${new URL(farm.url).port}`,
  `127.0.0.1:${new URL(farm.databaseUrl).port}`,
  farm.temporal.address,
  new URL(farm.registry.url).host,
  `${hostAddress()}:${servicePort}`,
  `${metadataAddress}:80`,
]

/** The same by names that lead there. */
const forbiddenNames = () => [
  `${outside.names.metadata}:80`,
  `${outside.names.loopback}:${new URL(farm.url).port}`,
  `${outside.names.host}:80`,
]

async function logOf(id: string): Promise<readonly string[]> {
  return (await client().follow(id)).map(({ line }) => line.text)
}

it('stands on servers that this machine itself does reach', async () => {
  expect(await (await fetch(`http://${metadataAddress}/`)).text()).toBe('REACHED')
  expect(await (await fetch(`http://${hostAddress()}:${servicePort}/`)).text()).toBe('REACHED')
  expect(outside.asked).toEqual([`${metadataAddress}/`])
  expect(serviceAsked).toBe(1)
  for (const target of forbidden().slice(0, 4)) {
    const { hostname, port } = new URL(`http://${target}`)
    expect([target, await canConnect(hostname, Number(port))]).toEqual([target, true])
  }
})

/** Asks `host:port/path` by hand: what the base image has to fetch with cannot resolve names. */
const askThrough = {
  proxy: [
    'address=${http_proxy#http://}; port=${address##*:}; port=${port%/}; address=${address%%:*}',
    'ask() { printf "GET http://$1 HTTP/1.0\\r\\n\\r\\n" | nc -w 3 $address $port; }',
  ],
  open: [
    'ask() {',
    '  host=${1%%/*}; port=${host##*:}; host=${host%%:*}',
    '  case $host in *[a-z]*) host=$(nslookup $host | tail -n +3 | sed -n "s/^Address.*: *//p" | head -1);; esac',
    '  printf "GET /${1#*/} HTTP/1.0\\r\\n\\r\\n" | nc -w 3 $host $port',
    '}',
  ],
}

describe.each(['proxy', 'open'] as const)('RUN with network %s', (network) => {
  const run = async (name: string, lines: readonly string[]) => {
    const script = ['#', ...askThrough[network], ...lines, 'true']
    const dockerfile = [`FROM ${farm.baseImage}`, 'RUN <<EOF', ...script, 'EOF'].join('\n')
    const done = await client().build({ name, dockerfile, options: { network } })
    expect(done).toMatchObject({ status: 'succeeded', failure: null })
    return logOf(done.id)
  }

  it('reaches a public name', async () => {
    const log = await run(`public-${network}`, [`ask ${outside.publicName}:80/from-${network}`])
    expect(log).toContain('REACHED')
    expect(outside.asked).toContain(`198.51.100.2/from-${network}`)
  })

  it('reaches no host loopback, Postgres, Temporal or metadata address, not by a 302 either', async () => {
    const before = [outside.asked.length, serviceAsked]
    const targets = [...forbidden(), ...forbiddenNames()]
    const redirected = targets.map((to) => `${outside.publicName}:80/r?to=http://${to}/`)
    const asks = [...targets.map((target) => `${target}/`), ...redirected]
    const sockets = forbidden().map((target) => target.replace(':', ' '))
    const log = await run(`private-${network}`, [
      ...asks.map((url) => `ask "${url}"`),
      ...sockets.map((target) => `nc -w 3 ${target} < /dev/null && echo OPEN ${target}`),
    ])
    const opened = log.filter((line) => /OPEN|REACHED|HTTP\/1.. 200/.test(line))
    expect(opened).toEqual([])
    const hits = outside.asked.slice(before[0]).filter((hit) => hit !== '198.51.100.2/r')
    expect([hits, serviceAsked]).toEqual([[], before[1]])
  })

  it('cannot send to the gateway of its own network', async () => {
    const log = await run(`gateway-${network}`, [
      'gateway=$(ip route | sed -n "s/^default via \\([^ ]*\\).*/\\1/p")',
      'echo "gateway: $gateway"',
      `nc -w 3 \${gateway:-127.0.0.1} ${servicePort} < /dev/null && echo OPEN`,
    ])
    expect(log).toContain(network === 'open' ? 'gateway: 198.18.0.1' : 'gateway: ')
    expect(log).not.toContain('OPEN')
  })
})

describe('ADD', () => {
  const add = async (url: string) =>
    client().build({ name: 'adds', dockerfile: `FROM ${farm.baseImage}\nADD ${url} /x\n` })

  it('fetches from a public name', async () => {
    expect(await add(`http://${outside.publicName}/file`)).toMatchObject({ status: 'succeeded' })
    expect(outside.asked).toContain('198.51.100.2/file')
  })

  it('fetches from no host loopback, Postgres, Temporal or metadata address, and says so before it tries', async () => {
    for (const target of forbidden()) {
      const build = await add(`http://${target}/x`)
      expect(build).toMatchObject({ status: 'failed', failure: { code: 'source_denied', line: 2 } })
    }
  })

  it('fetches from none of them by a 302 or by a name that leads there', async () => {
    const before = [outside.asked.length, serviceAsked]
    const redirects = [...forbidden(), ...forbiddenNames()].map(
      (to) => `http://${outside.publicName}/r?to=http://${to}/v2/`,
    )
    const names = [outside.names.metadata, outside.names.host].map((name) => `http://${name}/x`)
    for (const url of [...redirects, ...names]) {
      const build = await add(url)
      expect([url, build.status, build.failure?.message]).toEqual([
        url,
        'failed',
        // The registry is what a daemon must reach, and it wants a password.
        expect.stringMatching(/connection refused|invalid response status 401/),
      ])
    }
    const hits = outside.asked.slice(before[0]).filter((hit) => hit !== '198.51.100.2/r')
    expect([hits, serviceAsked]).toEqual([[], before[1]])
  })
})

async function canConnect(host: string, port: number): Promise<boolean> {
  const socket = connect(port, host)
  return once(socket, 'connect').then(
    () => Boolean(socket.destroy()),
    () => false,
  )
}
