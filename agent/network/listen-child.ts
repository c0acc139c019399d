import { createSocket } from 'node:dgram'
import { createServer } from 'node:net'

/**
 * Run inside another network namespace by `listenIn` and `bindIn`: listens there and hands the socket to its parent. A
 * socket stays in the namespace in which it was made, so the parent then hears what comes there without being there itself.
 */
const [kind, host = '', port] = process.argv.slice(2)
const gone = (error: Error | null) => process.exit(error ? 1 : 0)
if (kind === 'udp') {
  const socket = createSocket('udp4')
  socket.bind(Number(port), host, () => process.send?.('listening', socket, undefined, gone))
} else {
  const server = createServer()
  server.listen({ host, port: Number(port) }, () => {
    process.send?.('listening', server, undefined, gone)
  })
}
