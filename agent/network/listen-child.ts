import { createServer } from 'node:net'

/**
 * Run inside another network namespace by `listenIn`: listens there and hands the socket to its parent. A socket stays
 * in the namespace in which it was made, so the parent then accepts connections there without being there itself.
 */
const [host, port] = process.argv.slice(2)
const server = createServer()
server.listen({ host, port: Number(port) }, () => {
  process.send?.('listening', server, undefined, (error) => process.exit(error ? 1 : 0))
})
