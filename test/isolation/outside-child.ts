import { createSocket } from 'node:dgram'
import { createServer } from 'node:http'

/**
 * Run in a network namespace by `startOutside`. Web servers on some addresses, and a resolver that knows the names
 * which it was given. Whatever is asked of a web server is told to the parent.
 */
const { web, resolver, names } = JSON.parse(process.argv[2] ?? '') as {
  web: readonly string[]
  resolver: string
  names: Readonly<Record<string, string>>
}

for (const host of web) {
  createServer((request, reply) => {
    const url = new URL(request.url ?? '/', `http://${host}`)
    process.send?.({ host, path: url.pathname })
    const to = url.searchParams.get('to')
    if (to === null) reply.end('REACHED')
    else reply.writeHead(302, { location: to }).end()
  }).listen(80, host)
}

const socket = createSocket('udp4')
socket.on('message', (query, from) => socket.send(answer(query), from.port, from.address))
socket.bind(53, resolver, () => process.send?.('ready'))

/** One question, and for A records one answer (RFC 1035, section 4). */
function answer(query: Buffer): Buffer {
  let end = 12
  const labels: string[] = []
  for (let size = query[end] ?? 0; size > 0; size = query[end] ?? 0) {
    labels.push(query.toString('latin1', end + 1, end + 1 + size))
    end += size + 1
  }
  const question = query.subarray(12, end + 5)
  const address = names[labels.join('.').toLowerCase()]
  const isA = question.readUInt16BE(question.length - 4) === 1
  const known = address === undefined ? 3 : 0
  const count = isA && address !== undefined ? 1 : 0
  const header = Buffer.from([
    query[0] ?? 0,
    query[1] ?? 0,
    0x81,
    0x80 | known,
    0,
    1,
    0,
    count,
    0,
    0,
    0,
    0,
  ])
  const record = [0xc0, 12, 0, 1, 0, 1, 0, 0, 0, 1, 0, 4, ...(address ?? '').split('.').map(Number)]
  return Buffer.concat([header, question, count === 1 ? Buffer.from(record) : Buffer.alloc(0)])
}
