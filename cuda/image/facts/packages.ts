import type { ImagePackage, ImagePackages } from '#contract/image-packages.ts'
import { imagePackage, maxPackages } from '#contract/wire/image-packages.ts'
import type { Overlay } from '../overlay.ts'

type Files = Overlay['files']

/** The packages that the lists in the image name, each once, in an order that depends on nothing else. */
export function listPackages({ files, truncated }: Overlay): ImagePackages {
  const found = [...files.keys()].flatMap((path) => packagesAt(files, path))
  const valid = found.filter((one) => imagePackage.safeParse(one).success)
  const sorted = new Map(valid.map((one) => [keyOf(one), one] as const).toSorted(byKey))
  const packages = [...sorted.values()]
  const cut = [...files.values()].some(({ content }) => content?.kind === 'packages' && content.cut)
  const os = readOs(files)
  return {
    packages: packages.slice(0, maxPackages),
    ...(os && { os }),
    unread: [...files.keys()].some((path) => rpm.test(path)) ? ['rpm'] : [],
    truncated: truncated || cut || packages.length > maxPackages || valid.length < found.length,
  }
}

const rpm = /^(var\/lib\/rpm|usr\/lib\/sysimage\/rpm)\//
const distInfo = /^(?:(.*)\/)?([^/-]+)-([^/-]+)\.dist-info\/METADATA$/
const eggInfo = /^(?:(.*)\/)?([^/]+?)-([^/-]+)(?:-py[\d.]+)?\.egg-info(?:\/PKG-INFO)?$/
const condaMeta = /^(?:(.*)\/)?conda-meta\/([^/]+)-([^/-]+)-[^/-]+\.json$/

function packagesAt(files: Files, path: string): readonly ImagePackage[] {
  const content = files.get(path)?.content
  if (content?.kind === 'packages') {
    const kind = path.includes('dpkg') ? 'deb' : 'apk'
    return content.packages.map((one) => ({ kind, ...one }))
  }
  return [
    ...match(distInfo, path, 'python'),
    ...match(eggInfo, path, 'python'),
    ...match(condaMeta, path, 'conda'),
  ]
}

function match(pattern: RegExp, path: string, kind: 'python' | 'conda'): readonly ImagePackage[] {
  const [, place = '', name, version] = pattern.exec(path) ?? []
  if (name === undefined || version === undefined) return []
  const normal = kind === 'python' ? name.toLowerCase().replace(/[-.]+/g, '_') : name
  return [{ kind, name: normal, version, place: `/${place}` }]
}

function readOs(files: Files): ImagePackages['os'] {
  const paths = ['etc/os-release', 'usr/lib/os-release']
  const text = paths.map((path) => files.get(path)?.content).find((one) => one?.kind === 'text')
  if (text?.kind !== 'text') return undefined
  const value = (name: string) =>
    new RegExp(`^${name}=["']?([\\w.-]{1,64})["']?\\s*$`, 'm').exec(text.text)?.[1]
  const [id, version] = [value('ID'), value('VERSION_ID')]
  return id === undefined ? undefined : { id, ...(version !== undefined && { version }) }
}

function keyOf({ kind, name, version, arch = '', place = '' }: ImagePackage): string {
  return [kind, name, version, arch, place].join('\0')
}

function byKey([a]: readonly [string, unknown], [b]: readonly [string, unknown]): number {
  return a < b ? -1 : Number(a > b)
}
