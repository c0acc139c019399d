import { connect, createServer, type Server } from 'node:net'

/** Passes connections on to `host:port`. */
export function forwardTo(host: string, port: number): Server {
  return createServer((from) => {
    const to = connect(port, host)
    for (const [one, other] of [
      [from, to],
      [to, from],
    ] as const) {
      one.on('error', () => other.destroy())
      one.on('close', () => other.destroy())
      one.pipe(other)
    }
  })
}

/** As a program: `forward.ts PORT HOST PORT` listens on loopback, of the network that it is started in. */
if (process.argv[1] === import.meta.filename) {
  const [port, host = '', to] = process.argv.slice(2)
  forwardTo(host, Number(to)).listen(Number(port), '127.0.0.1')
}
