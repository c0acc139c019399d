import { networkInterfaces } from 'node:os'

/** Where networks of builds and environments reach this machine, as they never do its loopback; `undefined` where it has that alone. */
export function ownAddress(): string | undefined {
  return Object.values(networkInterfaces())
    .flatMap((found) => found ?? [])
    .find(({ family, internal }) => family === 'IPv4' && !internal)?.address
}
