import { createServer } from 'node:net'

/** Whether something on this machine could listen on 127.0.0.1:port now. */
export async function isPortFree(port: number): Promise<boolean> {
  const held = await listen({ port, host: '127.0.0.1', exclusive: true })
  await held?.[Symbol.asyncDispose]()
  return held !== undefined
}

/**
 * Keeps a port that is free for a component that will listen on it later. Between the two another launcher on this machine
 * could find the same port free, so each holds a socket of the abstract namespace for every port that it has picked; the
 * system takes it back from a launcher that died.
 * @returns undefined when the port is in use or claimed.
 */
export async function claimPort(port: number): Promise<AsyncDisposable | undefined> {
  const claim = await listen({ path: `\0kiln-port-${port}` })
  if (claim === undefined || (await isPortFree(port))) return claim
  await claim[Symbol.asyncDispose]()
  return undefined
}

interface Address {
  readonly port?: number
  readonly host?: string
  readonly exclusive?: boolean
  readonly path?: string
}

function listen(address: Address): Promise<AsyncDisposable | undefined> {
  return new Promise((resolve) => {
    const server = createServer()
    server.once('error', () => resolve(undefined))
    server.listen(address, () => resolve(server.unref()))
  })
}
