import { readFile } from 'node:fs/promises'

export interface Mount {
  readonly path: string
  readonly type: string
  readonly options: readonly string[]
}

/** What is mounted in this process's mount namespace, in the order of mounting. */
export async function readMounts(): Promise<readonly Mount[]> {
  const lines = (await readFile('/proc/self/mounts', 'utf8')).split('\n').filter(Boolean)
  return lines.map((line) => {
    const [, path = '', type = '', options = ''] = line.split(' ')
    return { path: unescape(path), type, options: options.split(',') }
  })
}

/** The kernel writes blanks and backslashes as three octal digits. */
function unescape(path: string): string {
  return path.replace(/\\(\d{3})/g, (_, code: string) => String.fromCodePoint(parseInt(code, 8)))
}
