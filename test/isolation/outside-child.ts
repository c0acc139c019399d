import { createSocket } from 'node:dgram'
import { createServer } from 'node:http'
import { answerQuery } from './answer-query.ts'

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
socket.on('message', (query, from) =>
  socket.send(answerQuery(query, names), from.port, from.address),
)
socket.bind(53, resolver, () => process.send?.('ready'))
