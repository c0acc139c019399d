/** The path of an entry as the kernel takes it. */
export function bytesOf(folder: string, path: string): Buffer {
  return Buffer.concat([Buffer.from(`${folder}/`), Buffer.from(path, 'latin1')])
}

/** The path of an entry for people. */
export function shown(path: string): string {
  return `/${Buffer.from(path, 'latin1').toString()}`
}

/** The same from what a person has written. */
export function pathOf(text: string): string {
  return Buffer.from(text.replace(/^\/+|\/+$/g, '')).toString('latin1')
}

/** The folder that an entry is in, and its name there. */
export function cutName(path: string): readonly [string, string] {
  const cut = path.lastIndexOf('/')
  return [path.slice(0, Math.max(0, cut)), path.slice(cut + 1)]
}
