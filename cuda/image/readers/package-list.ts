import { maxPackages } from '#contract/wire/image-packages.ts'
import type { ListedPackage, Reader } from './reader.ts'
import { type Fields, readParagraphs } from './paragraphs.ts'

/** The list of a package manager that writes paragraphs. */
function readList(
  wanted: readonly string[],
  toPackage: (fields: Fields) => ListedPackage | undefined,
): Reader {
  const packages: ListedPackage[] = []
  let cut = false
  const paragraphs = readParagraphs(wanted, (fields) => {
    const one = toPackage(fields)
    if (one === undefined) return
    if (packages.length < maxPackages) packages.push(one)
    else cut = true
  })
  return {
    write: paragraphs.write,
    end: () => {
      paragraphs.end()
      return { kind: 'packages', packages, cut }
    },
  }
}

/** dpkg's `status`, and the files of `status.d` in images without dpkg, which say no status. */
export const readDpkg = (): Reader =>
  readList(['Package', 'Status', 'Version', 'Architecture', 'Source'], (fields) => {
    const { Package: name, Version: version = '', Architecture: arch, Status, Source } = fields
    const isInstalled = Status === undefined || Status.endsWith(' installed')
    if (name === undefined || !isInstalled) return undefined
    const source = Source?.replace(/ .*/, '')
    return { name, version, ...(arch && { arch }), ...(source && { source }) }
  })

/** apk's `installed`. Its fields have one letter. */
export const readApk = (): Reader =>
  readList(['P', 'V', 'A', 'o'], ({ P: name, V: version = '', A: arch, o: source }) => {
    if (name === undefined) return undefined
    const other = source === name ? undefined : source
    return { name, version, ...(arch && { arch }), ...(other && { source: other }) }
  })
