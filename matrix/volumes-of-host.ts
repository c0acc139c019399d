import type { EnvironmentVolume } from '#contract/volume.ts'
import type { Host, WaitTexts } from '../records/environment-placement.ts'

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
export function explainVolumes(wanted: readonly Wanted[], hosts: readonly Offers[]): WaitTexts {
  const known = [...new Set(hosts.flatMap(({ volumes }) => volumes.map(({ name }) => name)))]
  for (const one of wanted) {
    if (!known.includes(one.volume)) {
      const names = known.toSorted().join(', ')
      const [others, zhOthers] =
        known.length === 0
          ? ['none is offered', '没有提供任何卷']
          : [`there are ${names}`, `可用的有 ${names}`]
      return {
        en: `no node offers the volume ${one.volume}: ${others}`,
        zh: `没有节点提供卷 ${one.volume}：${zhOthers}`,
      }
    }
    if (!hosts.some((host) => offers(host, one))) {
      return {
        en: `the volume ${one.volume} can only be read: ask for it with read_only`,
        zh: `卷 ${one.volume} 只能读取：请以 read_only 申请`,
      }
    }
  }
  const names = wanted.map(({ volume }) => volume).join(', ')
  return {
    en: `no single node offers the volumes ${names} together: ask for fewer of them`,
    zh: `没有一个节点同时提供卷 ${names}：请减少申请的卷`,
  }
}
