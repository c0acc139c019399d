import { connect, createServer, type Server, type Socket } from 'node:net'

/** Bytes that pass. @returns false when these are the last: they arrive nowhere, and nothing follows them. */
export type Watch = (bytes: Buffer, towards: 'server' | 'client') => boolean

/** Passes connections on to `host:port`. @param watch for each connection. */
export function forwardTo(host: string, port: number, watch?: () => Watch): Server {
  return createServer((client) => {
    const server = connect(port, host)
    const see = watch?.()
    const pass = (from: Socket, to: Socket, towards: 'server' | 'client') => {
      from.on('error', () => to.destroy())
      from.on('close', () => to.destroy())
      if (see === undefined) from.pipe(to)
      else from.on('data', (bytes) => void (see(bytes, towards) ? to.write(bytes) : from.pause()))
    }
    pass(client, server, 'server')
    pass(server, client, 'client')
  })
}

/** Tells once of a manifest that the registry has taken: whoever has put it there is not told. */
export function watchPushes(told: () => void): () => Watch {
  return () => {
    let asked = ''
    return (bytes, towards) => {
      const head = bytes.toString('latin1', 0, 2_000)
      if (towards === 'server') asked = /^[A-Z]+ \S+ HTTP/.exec(head)?.[0] ?? asked
      const isPut = /^PUT \S+\/manifests\//.test(asked)
      if (towards === 'server' || !isPut || !head.startsWith('HTTP/1.1 201')) return true
      told()
      return false
    }
  }
}

/** As a program: `forward.ts PORT HOST PORT` listens on loopback, of the network that it is started in. */
if (process.argv[1] === import.meta.filename) {
  const [port, host = '', to] = process.argv.slice(2)
  forwardTo(host, Number(to)).listen(Number(port), '127.0.0.1')
}
