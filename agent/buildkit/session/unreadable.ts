/** The error for a path of a directory that could not be read. */
export function unreadable(path: string, error: unknown): Error {
  return new Error(`cannot read ${JSON.stringify(path === '' ? '.' : path)}: ${reasonOf(error)}`, {
    cause: error,
  })
}

/** Whether there is no such file any more, or something else than a folder on the way to it. */
export function isGone(error: unknown): boolean {
  return codeOf(error) === 'ENOENT' || codeOf(error) === 'ENOTDIR'
}

/** The code alone where there is one: the message would tell where on this machine the directory lies. */
function reasonOf(error: unknown): string {
  return codeOf(error) ?? (error instanceof Error ? error.message : String(error))
}

function codeOf(error: unknown): string | undefined {
  return error instanceof Error && 'code' in error ? String(error.code) : undefined
}
