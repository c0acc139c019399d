import type { EnvironmentVolume } from '#contract/volume.ts'
import type { Host } from '../records/environment-placement.ts'

type Wanted = Pick<EnvironmentVolume, 'volume' | 'read_only'>
type Offers = Pick<Host, 'volumes'>

/** Whether a node offers all of these volumes as they are wanted. Pure. */
export function hasVolumes(host: Offers, wanted: readonly Wanted[]): boolean {
  return wanted.every((one) => offers(host, one))
}

function offers({ volumes }: Offers, { volume, read_only: readOnly }: Wanted): boolean {
  return volumes.some(({ name, mode }) => name === volume && (readOnly || mode !== 'ro'))
}

/** Why no node has all of them, with the smallest change that would help, in words. Pure. */
export function explainVolumes(wanted: readonly Wanted[], hosts: readonly Offers[]): string {
  const known = [...new Set(hosts.flatMap(({ volumes }) => volumes.map(({ name }) => name)))]
  for (const one of wanted) {
    if (!known.includes(one.volume)) {
      const others =
        known.length === 0 ? 'none is offered' : `there are ${known.toSorted().join(', ')}`
      return `no node offers the volume ${one.volume}: ${others}`
    }
    if (!hosts.some((host) => offers(host, one))) {
      return `the volume ${one.volume} can only be read: ask for it with read_only`
    }
  }
  const names = wanted.map(({ volume }) => volume).join(', ')
  return `no single node offers the volumes ${names} together: ask for fewer of them`
}
