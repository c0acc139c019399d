import { createHash } from 'node:crypto'

/** The two ends of the wire between a daemon's namespace and the host, on a network of four addresses. */
export interface Link {
  /** Name of the device on the host; the kernel takes 15 characters. */
  readonly device: string
  readonly hostAddress: string
  readonly ownAddress: string
}

const linkBits = 30

/** What the devices of all daemons of an agent begin with on the host. */
export function devicePrefix(scope: string): string {
  return `kn${scope.slice(0, 6)}`
}

/** What the device of a project is called on the host. */
export function deviceName(scope: string, project: string): string {
  return `${devicePrefix(scope)}${hashOf(scope, project).toString('hex').slice(0, 7)}`
}

function hashOf(scope: string, project: string): Buffer {
  return createHash('sha256').update(`${scope} ${project}`).digest()
}

/**
 * Picks addresses for a project from the subnet, the same each time unless somebody on this machine has them already.
 * @throws RangeError when all are taken.
 */
export function chooseLink(
  { scope, project, subnet }: { scope: string; project: string; subnet: string },
  taken: ReadonlySet<string>,
): Link {
  const [base = '', bits = ''] = subnet.split('/')
  const count = 2 ** (linkBits - Number(bits))
  const hash = hashOf(scope, project)
  const first = hash.readUInt32BE() % count
  for (let step = 0; step < count; step += 1) {
    const start = toNumber(base) + ((first + step) % count) * 4
    const hostAddress = toAddress(start + 1)
    if (taken.has(hostAddress)) continue
    return { device: deviceName(scope, project), hostAddress, ownAddress: toAddress(start + 2) }
  }
  throw new RangeError(
    `no address of ${subnet} is free: set KILN_EGRESS_SUBNET to a larger network`,
  )
}

function toNumber(address: string): number {
  return address.split('.').reduce((sum, part) => sum * 256 + Number(part), 0)
}

function toAddress(value: number): string {
  return [24, 16, 8, 0].map((shift) => (value >>> shift) & 255).join('.')
}
