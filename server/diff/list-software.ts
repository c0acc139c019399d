import type { ImageFacts } from '#contract/image-facts.ts'

/** What an image holds that is made for CUDA or Python, each with its version. Pure. */
export function listSoftware(facts: ImageFacts): ReadonlyMap<string, string> {
  const { toolkit, libraries, frameworks, pythons, libc } = facts
  const list = new Map<string, string>()
  const add = (name: string, version: string) => {
    const known = list.get(name)
    list.set(name, known === undefined ? version : `${known}, ${version}`)
  }
  if (toolkit !== undefined) add('cuda', toolkit.version)
  for (const { name, version, cuda } of frameworks) {
    add(name, cuda === undefined ? version : `${version} (CUDA ${cuda})`)
  }
  for (const { name, version } of libraries) add(name, version)
  for (const version of pythons) add('python', version)
  if (libc.version !== undefined) add(libc.kind, libc.version)
  return list
}
